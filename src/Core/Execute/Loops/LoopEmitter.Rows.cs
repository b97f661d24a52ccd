using System.Reflection.Emit;

namespace DistGrad.Execute.Loops;

/// <summary>
/// A loop over rows, within one method: between rows, addresses move on by steps of their own, what stands for a row is
/// read again, and what a row is reduced to is written. What a row has behind its whole vectors is one more vector, of
/// which only the row's own lanes are read, reduced and written.
/// </summary>
internal sealed partial class LoopEmitter
{
    /// <summary>Rows that are reduced into columns together.</summary>
    private const int RowsTogether = 4;

    /// <summary>The method for rows; where isOnLines, results that pass the caches lie on cache lines.</summary>
    public static RowsBody EmitRows(Loop loop, LoopRows rows, bool isOnLines = false)
    {
        var emitter = new LoopEmitter(loop, isOnLines: isOnLines, rows: rows);
        emitter.EmitAllRows();
        var body = emitter.method.CreateDelegate<RowsBody>();
        // As for a loop, the runtime compiles it now; no rows touch nothing.
        unsafe
        {
            body(null, 0, 0);
        }
        return body;
    }

    private void EmitAllRows()
    {
        EmitEntry();
        if (loop.Folds.Length > 0 && !loop.IsRow && AreShort)
            EmitRowsTogether();
        var row = il.DefineLabel();
        il.MarkLabel(row);
        RepeatOperands(new(0, 1, values));
        EachAccumulator((fold, turn) =>
        {
            il.Emit(OpCodes.Call, loop.Folds[fold].Fold.NothingMethod);
            il.Emit(OpCodes.Stloc, accumulators[fold][turn]);
        });
        Begin();
        EmitLoop();
        for (var fold = 0; fold < accumulators.Length && loop.IsRow; fold++)
            WriteRow(fold);
        StepOn(1);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Brtrue, row);
        il.Emit(OpCodes.Ret);
    }

    // With what they have behind whole vectors, rows are twice the code.
    private bool AreShort => (rows is { HasVectors: true, Tail: > 0 } ? 2 : 1) * loop.Weight <= MostCopied;

    // Columns' accumulators lie in memory: several rows are taken into them at a time, one after the other.
    private void EmitRowsTogether()
    {
        var (four, few, some) = (il.DefineLabel(), il.DefineLabel(), il.DefineLabel());
        Copy[] copies = [.. Enumerable.Range(0, RowsTogether).Select(i => new Copy(i, RowsTogether, ValuesOf(i)))];
        il.MarkLabel(four);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldc_I4, RowsTogether);
        il.Emit(OpCodes.Blt, few);
        foreach (var copy in copies)
            RepeatOperands(copy);
        Begin();
        EmitVectors(copies);
        StepOn(RowsTogether);
        il.Emit(OpCodes.Br, four);
        il.MarkLabel(few);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Brtrue, some);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(some);

        LocalBuilder[] ValuesOf(int copy) =>
        [
            .. values.Select((v, i) => copy > 0 && i < loop.Operands.Length && loop.Operands[i].IsRepeated
                ? il.DeclareLocal(v.LocalType)
                : v),
        ];
    }

    // Whole vectors, if there are any, and then what is left of the row; of some columns nothing may be.
    private void EmitVectors(ReadOnlySpan<Copy> copies)
    {
        var (tail, done) = (il.DefineLabel(), il.DefineLabel());
        if (rows is not { Tail: > 0 })
        {
            EmitLoop(copies);
            return;
        }
        if (rows.HasVectors)
        {
            BranchUnless(1, tail);
            EmitLoop(copies);
        }
        il.MarkLabel(tail);
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Bge, done);
        foreach (var copy in copies)
            EmitBody(copy with { IsTail = true });
        il.MarkLabel(done);
    }

    /// <summary>Whether an operand is what it was for the row before, and so need not be read again.</summary>
    private bool IsAsBefore(int operand, Copy copy) =>
        rows is not null && !loop.IsRow && copy.Number > 0 && rows.Steps[operand] == 0;

    private void Begin()
    {
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Stloc, at);
    }

    private void RepeatOperands(Copy copy)
    {
        for (var i = 0; i < loop.Operands.Length; i++)
        {
            var operand = loop.Operands[i];
            if (!operand.IsRepeated)
                continue;
            il.Emit(OpCodes.Ldloc, addresses[i]);
            if (copy.Number > 0)
                Add(copy.Number * rows!.Steps[i]);
            Call(operand.IsTruth ? nameof(LaneMemory.RepeatTruth) : nameof(LaneMemory.Repeat), operand.Lane);
            il.Emit(OpCodes.Stloc, copy.Values[i]);
        }
    }

    // Accumulators took turns by changing places. Wherever they stand at the end, the same two meet: the first and the
    // third, the second and the fourth.
    private void WriteRow(int fold)
    {
        foreach (var accumulator in accumulators[fold])
            il.Emit(OpCodes.Ldloc, accumulator);
        il.Emit(OpCodes.Ldloc, addresses[loop.FoldSlot(fold)]);
        il.Emit(OpCodes.Call, loop.Folds[fold].Fold.CollapseMethod);
    }

    // So many rows are done.
    private void StepOn(int count)
    {
        for (var slot = 0; slot < addresses.Length; slot++)
        {
            if (rows!.Steps[slot] == 0)
                continue;
            il.Emit(OpCodes.Ldloc, addresses[slot]);
            Add(count * rows.Steps[slot]);
            il.Emit(OpCodes.Stloc, addresses[slot]);
        }
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldc_I4, count);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Starg_S, (byte)1);
    }
}
