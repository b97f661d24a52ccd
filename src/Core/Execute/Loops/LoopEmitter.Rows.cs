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
        var emitter = new LoopEmitter(loop, new LoopVariant(IsOnLines: isOnLines, Rows: rows));
        emitter.EmitRows();
        var body = emitter.method.Made<RowsBody>();
        // As for vectors, the runtime compiles it now; no rows touch nothing.
        unsafe
        {
            body(null, 0, 0);
        }
        return body;
    }

    private void EmitRows()
    {
        method.Enter();
        if (loop.Folds.Length > 0 && !loop.IsRow && AreShort)
            EmitRowsTogether();
        var row = code.DefineLabel();
        code.MarkLabel(row);
        RepeatOperands(Single);
        accumulators.Clear();
        method.Begin();
        EmitRounds();
        accumulators.Collapse();
        method.AdvanceRows(1);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Brtrue, row);
        code.Emit(OpCodes.Ret);
    }

    // With what they have behind whole vectors, rows are twice the code.
    private bool AreShort => (variant.Rows is { HasVectors: true, Tail: > 0 } ? 2 : 1) * loop.Weight <= MostUnrolled;

    // Columns' accumulators lie in memory: several rows are taken into them at a time, one after the other.
    private void EmitRowsTogether()
    {
        var (four, few, some) = (code.DefineLabel(), code.DefineLabel(), code.DefineLabel());
        Trip[] trips = [.. Enumerable.Range(0, RowsTogether).Select(i => new Trip(i, RowsTogether, ValuesOf(i)))];
        code.MarkLabel(four);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Ldc_I4, RowsTogether);
        code.Emit(OpCodes.Blt, few);
        foreach (var trip in trips)
            RepeatOperands(trip);
        method.Begin();
        EmitToEnd(trips);
        method.AdvanceRows(RowsTogether);
        code.Emit(OpCodes.Br, four);
        code.MarkLabel(few);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Brtrue, some);
        code.Emit(OpCodes.Ret);
        code.MarkLabel(some);

        LocalBuilder[] ValuesOf(int row) =>
        [
            .. method.Values.Select((v, i) => row > 0 && i < loop.Operands.Length && loop.Operands[i].IsRepeated
                ? code.DeclareLocal(v.LocalType)
                : v),
        ];
    }

    // Whole vectors, if there are any, and then what is left of the row; of some columns nothing may be.
    private void EmitToEnd(ReadOnlySpan<Trip> trips)
    {
        var (tail, done) = (code.DefineLabel(), code.DefineLabel());
        if (variant.Rows is not { Tail: > 0 } rows)
        {
            EmitLoop(trips);
            return;
        }
        if (rows.HasVectors)
        {
            method.BranchUnless(1, tail);
            EmitLoop(trips);
        }
        code.MarkLabel(tail);
        method.BranchAtEndOfRow(done);
        foreach (var trip in trips)
            EmitTrip(trip with { IsTail = true });
        code.MarkLabel(done);
    }

    /// <summary>Whether an operand is what it was for the row before, and so need not be read again.</summary>
    private bool IsAsBefore(int operand, Trip trip) =>
        variant.Rows is { } rows && !loop.IsRow && trip.Number > 0 && rows.Steps[operand] == 0;

    private void RepeatOperands(Trip trip)
    {
        for (var i = 0; i < loop.Operands.Length; i++)
        {
            var operand = loop.Operands[i];
            if (!operand.IsRepeated)
                continue;
            method.LoadRow(i, trip);
            code.CallMemory(operand.IsTruth ? nameof(LaneMemory.RepeatTruth) : nameof(LaneMemory.Repeat), operand.Lane);
            code.Emit(OpCodes.Stloc, trip.Values[i]);
        }
    }
}
