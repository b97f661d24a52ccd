using System.Reflection.Emit;

namespace DistGrad.Execute.Loops;

/// <summary>
/// The accumulators of a loop's reductions in its method. Those of rows are locals all the time, four each; those of
/// columns lie in memory, and the ones at hand are in a local while rows are taken into them.
/// </summary>
internal sealed class LoopAccumulators
{
    /// <summary>Accumulators of a row.</summary>
    public const int OfRow = LaneFold.RowBytes / LaneFunction.VectorBytes;

    private readonly LoopMethod method;
    private readonly Loop loop;
    private readonly ILGenerator code;

    /// <summary>
    /// Of each reduction along rows, the accumulators, the one that takes the next vector first; of one along columns,
    /// that of the columns at hand.
    /// </summary>
    private readonly LocalBuilder[][] locals;

    public LoopAccumulators(LoopMethod method)
    {
        (this.method, loop, code) = (method, method.Loop, method.Code);
        locals =
        [
            .. loop.Folds.Select(f => Enumerable.Range(0, loop.IsRow ? OfRow : 1)
                .Select(_ => code.DeclareLocal(method.Values[f.Value].LocalType)).ToArray()),
        ];
    }

    /// <summary>Those of a row go on from where they were left.</summary>
    public void Resume() => EachOfRow((fold, turn) =>
    {
        LoadAddress(fold, turn);
        code.CallMemory(nameof(LaneMemory.Load), LaneOf(fold));
        code.Emit(OpCodes.Stloc, locals[fold][turn]);
    });

    /// <summary>Those of a row are left in memory; every vector that was done has moved the turn on by one.</summary>
    public void Leave()
    {
        code.Emit(OpCodes.Ldarg_2);
        method.LoadDone();
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Starg_S, (byte)2);
        EachOfRow((fold, turn) =>
        {
            code.Emit(OpCodes.Ldloc, locals[fold][turn]);
            LoadAddress(fold, turn);
            code.CallMemory(nameof(LaneMemory.Store), LaneOf(fold));
        });
    }

    /// <summary>Those of a row have taken nothing.</summary>
    public void Clear() => EachOfRow((fold, turn) =>
    {
        code.Emit(OpCodes.Call, loop.Folds[fold].Fold.NothingMethod);
        code.Emit(OpCodes.Stloc, locals[fold][turn]);
    });

    /// <summary>
    /// Those of a row become its element. They took turns by changing places; wherever they stand at the end, the same
    /// two meet: the first and the third, the second and the fourth.
    /// </summary>
    public void Collapse()
    {
        for (var fold = 0; fold < locals.Length && loop.IsRow; fold++)
        {
            foreach (var accumulator in locals[fold])
                code.Emit(OpCodes.Ldloc, accumulator);
            method.LoadAddress(loop.FoldSlot(fold));
            code.Emit(OpCodes.Call, loop.Folds[fold].Fold.CollapseMethod);
        }
    }

    /// <summary>Takes the value of a trip.</summary>
    public void Take(int fold, Trip trip)
    {
        if (loop.IsRow)
            TakeRow(fold, trip);
        else
            TakeColumn(fold, trip);
    }

    // Where vectors come one at a time, accumulators take turns by changing places.
    private void TakeRow(int fold, Trip trip)
    {
        var (turns, by, isMasked) = (locals[fold], loop.Folds[fold].Fold, method.Variant.IsMasked);
        code.Emit(OpCodes.Ldloc, turns[trip.Number]);
        code.Emit(OpCodes.Ldloc, trip.Values[loop.Folds[fold].Value]);
        if (isMasked)
        {
            method.LoadSlot(loop.MaskSlot);
            code.CallMemory(nameof(LaneMemory.Load), LaneOf(fold));
        }
        else if (trip.IsTail)
        {
            code.Emit(OpCodes.Ldc_I4, method.Variant.Rows!.Tail);
            code.CallMemory(nameof(LaneMemory.First), LaneOf(fold));
        }
        code.Emit(OpCodes.Call, isMasked || trip.IsTail ? by.TakeMaskedMethod : by.TakeMethod);
        if (trip.Count > 1)
        {
            code.Emit(OpCodes.Stloc, turns[trip.Number]);
            return;
        }
        for (var turn = 1; turn < turns.Length; turn++)
        {
            code.Emit(OpCodes.Ldloc, turns[turn]);
            code.Emit(OpCodes.Stloc, turns[turn - 1]);
        }
        code.Emit(OpCodes.Stloc, turns[^1]);
    }

    // Of rows that are done together, the first finds the columns' accumulator and the last leaves it.
    private void TakeColumn(int fold, Trip trip)
    {
        if (trip.Number == 0)
        {
            LoadPlace();
            code.CallMemory(nameof(LaneMemory.Load), LaneOf(fold));
        }
        else
        {
            code.Emit(OpCodes.Ldloc, locals[fold][0]);
        }
        code.Emit(OpCodes.Ldloc, trip.Values[loop.Folds[fold].Value]);
        code.Emit(OpCodes.Call, loop.Folds[fold].Fold.TakeMethod);
        if (trip.Number < trip.Count - 1)
        {
            code.Emit(OpCodes.Stloc, locals[fold][0]);
            return;
        }
        LoadPlace();
        code.CallMemory(nameof(LaneMemory.Store), LaneOf(fold));

        void LoadPlace()
        {
            method.LoadAddress(loop.FoldSlot(fold));
            method.LoadDone();
            code.Emit(OpCodes.Add);
        }
    }

    private void EachOfRow(Action<int, int> emit)
    {
        for (var fold = 0; fold < locals.Length && loop.IsRow; fold++)
        {
            for (var turn = 0; turn < OfRow; turn++)
                emit(fold, turn);
        }
    }

    // The accumulator whose turn comes after so many others, by the phase, which is the third argument.
    private void LoadAddress(int fold, int turn)
    {
        method.LoadAddress(loop.FoldSlot(fold));
        code.Emit(OpCodes.Ldarg_2);
        code.Emit(OpCodes.Ldc_I4, turn * LaneFunction.VectorBytes);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Ldc_I4, LaneFold.RowBytes - 1);
        code.Emit(OpCodes.And);
        code.Emit(OpCodes.Add);
    }

    private Type LaneOf(int fold) => method.LaneOf(loop.Folds[fold].Value);
}
