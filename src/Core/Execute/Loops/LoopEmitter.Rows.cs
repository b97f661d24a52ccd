using System.Reflection.Emit;

namespace DistGrad.Execute.Loops;

/// <summary>
/// A loop over rows of whole vectors, within one method: between rows, addresses move on by steps of their own, what
/// stands for a row is read again, and what a row is reduced to is written.
/// </summary>
internal sealed partial class LoopEmitter
{
    /// <summary>Rows that are reduced into columns together.</summary>
    private const int RowsTogether = 4;

    /// <summary>The method for rows; where isOnLines, results that pass the caches lie on cache lines.</summary>
    public static RowsBody EmitRows(Loop loop, nint[] steps, bool isOnLines = false)
    {
        var emitter = new LoopEmitter(loop, isOnLines: isOnLines, steps: steps);
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
        if (loop.Folds.Length > 0 && !loop.IsRow && IsShort)
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

    // Columns' accumulators lie in memory: several rows are taken into them at a time, one after the other.
    private void EmitRowsTogether()
    {
        var (rows, few, some) = (il.DefineLabel(), il.DefineLabel(), il.DefineLabel());
        Copy[] copies = [.. Enumerable.Range(0, RowsTogether).Select(i => new Copy(i, RowsTogether, ValuesOf(i)))];
        il.MarkLabel(rows);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldc_I4, RowsTogether);
        il.Emit(OpCodes.Blt, few);
        foreach (var copy in copies)
            RepeatOperands(copy);
        Begin();
        EmitLoop(copies);
        StepOn(RowsTogether);
        il.Emit(OpCodes.Br, rows);
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

    /// <summary>Whether an operand is what it was for the row before, and so need not be read again.</summary>
    private bool IsAsBefore(int operand, Copy copy) =>
        steps is not null && !loop.IsRow && copy.Number > 0 && steps[operand] == 0;

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
                Add(copy.Number * steps![i]);
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
    private void StepOn(int rows)
    {
        for (var slot = 0; slot < addresses.Length; slot++)
        {
            if (steps![slot] == 0)
                continue;
            il.Emit(OpCodes.Ldloc, addresses[slot]);
            Add(rows * steps[slot]);
            il.Emit(OpCodes.Stloc, addresses[slot]);
        }
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldc_I4, rows);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Starg_S, (byte)1);
    }
}
