using System.Reflection.Emit;

namespace DistGrad.Execute.Loops;

/// <summary>
/// A loop over rows of whole vectors, within one method: between rows, addresses move on by steps of their own, what
/// stands for a row is read again, and what a row is reduced to is written.
/// </summary>
internal sealed partial class LoopEmitter
{
    /// <summary>The method for rows; where isOnLines, results that pass the caches lie on cache lines.</summary>
    public static RowsBody EmitRows(Loop loop, bool isOnLines = false)
    {
        var emitter = new LoopEmitter(loop, isOnLines: isOnLines, isByRows: true);
        emitter.EmitAllRows();
        var body = emitter.method.CreateDelegate<RowsBody>();
        // As for a loop, the runtime compiles it now; no rows touch nothing.
        unsafe
        {
            body(null, 0, 0, null);
        }
        return body;
    }

    private void EmitAllRows()
    {
        var row = il.DefineLabel();
        EmitEntry();
        il.MarkLabel(row);
        for (var i = 0; i < loop.Operands.Length; i++)
        {
            if (loop.Operands[i].IsRepeated)
                RepeatOperand(i);
        }
        EachAccumulator((fold, turn) =>
        {
            il.Emit(OpCodes.Call, loop.Folds[fold].Fold.NothingMethod);
            il.Emit(OpCodes.Stloc, accumulators[fold][turn]);
        });
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Stloc, at);
        EmitLoop();
        for (var fold = 0; fold < accumulators.Length; fold++)
            WriteRow(fold);
        for (var slot = 0; slot < addresses.Length; slot++)
            StepOn(slot);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Starg_S, (byte)1);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Brtrue, row);
        il.Emit(OpCodes.Ret);
    }

    private void RepeatOperand(int i)
    {
        var operand = loop.Operands[i];
        il.Emit(OpCodes.Ldloc, addresses[i]);
        Call(operand.IsTruth ? nameof(LaneMemory.RepeatTruth) : nameof(LaneMemory.Repeat), operand.Lane);
        il.Emit(OpCodes.Stloc, values[i]);
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

    private void StepOn(int slot)
    {
        il.Emit(OpCodes.Ldloc, addresses[slot]);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Ldc_I4, slot * nint.Size);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldind_I);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, addresses[slot]);
    }
}
