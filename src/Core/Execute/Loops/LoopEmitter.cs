using System.Reflection.Emit;

namespace DistGrad.Execute.Loops;

/// <summary>
/// Compiles a loop: one method, straight at full optimisation, in which every value of a vector is a local, so that it
/// stays in a register, and every function is inlined.
/// </summary>
/// <remarks>
/// It runs the same functions in the same order on each lane as <see cref="LoopInterpreter"/>, and so gives the same
/// bits.
/// </remarks>
internal sealed partial class LoopEmitter
{
    /// <summary>The weight of a body that is unrolled, in simple operations.</summary>
    private const int MostUnrolled = 25;

    private readonly Loop loop;
    private readonly LoopVariant variant;
    private readonly LoopMethod method;
    private readonly LoopAccumulators accumulators;
    private readonly ILGenerator code;

    private LoopEmitter(Loop loop, LoopVariant variant)
    {
        (this.loop, this.variant) = (loop, variant);
        method = new(loop, variant);
        accumulators = new(method);
        code = method.Code;
    }

    /// <summary>A trip that is not unrolled.</summary>
    private Trip Single => new(0, 1, method.Values);

    /// <summary>Whether its body may be unrolled without the whole becoming too long to be compiled well.</summary>
    private bool IsShort => loop.Weight <= MostUnrolled;

    /// <summary>The loop's method; masked, it reduces only lanes that the mask marks, of a row's last vector.</summary>
    public static LoopBody Emit(Loop loop, bool isMasked = false) => Emit(loop, new LoopVariant(IsMasked: isMasked));

    /// <summary>The loop's method where results that are written past the caches lie on cache lines.</summary>
    public static LoopBody EmitPassing(Loop loop) => Emit(loop, new LoopVariant(IsOnLines: true));

    /// <summary>The method of a loop over one element, which touches nothing behind it.</summary>
    public static LoopBody EmitOne(Loop loop) => Emit(loop, new LoopVariant(IsOne: true));

    private static LoopBody Emit(Loop loop, LoopVariant variant)
    {
        var emitter = new LoopEmitter(loop, variant);
        emitter.EmitVectors();
        var body = emitter.method.Made<LoopBody>();
        // A first call makes the runtime compile, here rather than where somebody waits; of no vectors nothing is
        // touched.
        unsafe
        {
            body(null, 0, 0);
        }
        return body;
    }

    private void EmitVectors()
    {
        method.Enter();
        for (var i = 0; i < loop.Operands.Length; i++)
        {
            if (loop.Operands[i].IsRepeated)
                LoadOperand(i, Single);
        }
        method.Begin();
        accumulators.Resume();
        EmitRounds();
        accumulators.Leave();
        code.Emit(OpCodes.Ret);
    }

    // Rows are reduced four vectors at a time, each into an accumulator of its own, and then what is left of them.
    private void EmitRounds()
    {
        const int Together = LoopAccumulators.OfRow;
        var (fours, ones, done) = (code.DefineLabel(), code.DefineLabel(), code.DefineLabel());
        if (loop.IsRow && !variant.IsMasked && IsShort && variant.Rows is not { HasVectors: false })
        {
            method.BranchUnless(Together, ones);
            code.MarkLabel(fours);
            for (var turn = 0; turn < Together; turn++)
                EmitTrip(new(turn, Together, method.Values));
            method.Advance(Together);
            method.BranchIf(Together, fours);
            code.MarkLabel(ones);
            if (variant.Rows is not { Tail: > 0 })
                method.BranchUnless(1, done);
        }
        EmitToEnd([Single]);
        code.MarkLabel(done);
    }

    private void EmitLoop(ReadOnlySpan<Trip> trips)
    {
        var start = code.DefineLabel();
        code.MarkLabel(start);
        foreach (var trip in trips)
            EmitTrip(trip);
        if (variant.IsOne)
            return;
        method.Advance(1);
        method.BranchIf(1, start);
    }

    // Steps come with the loads that they need first, so that few values are alive at a time.
    private void EmitTrip(Trip trip)
    {
        var loaded = loop.Operands.Select((o, i) => o.IsRepeated || IsAsBefore(i, trip)).ToArray();
        for (var i = 0; i < loop.Steps.Length; i++)
        {
            foreach (var operand in loop.Steps[i].Operands)
                Require(operand);
            Apply(i, trip);
            Finish(loop.Operands.Length + i);
        }
        for (var i = 0; i < loop.Operands.Length; i++)
            Finish(i);

        void Require(int value)
        {
            if (value >= loaded.Length || loaded[value])
                return;
            loaded[value] = true;
            LoadOperand(value, trip);
        }

        void Finish(int value)
        {
            foreach (var (store, index) in loop.Stores.Select((s, j) => (s, j)).Where(s => s.s.Value == value))
            {
                Require(value);
                Store(store, index, trip);
            }
            foreach (var (fold, index) in loop.Folds.Select((f, j) => (f, j)).Where(f => f.f.Value == value))
            {
                Require(value);
                accumulators.Take(index, trip);
            }
        }
    }

    private void LoadOperand(int i, Trip trip)
    {
        var operand = loop.Operands[i];
        if (operand.IsRepeated)
            method.LoadAddress(i);
        else
            method.LoadPlace(i, operand.IsTruth, trip);
        method.CallMemory(
            operand.IsTruth ? nameof(LaneMemory.LoadTruths) : nameof(LaneMemory.Load), operand.Lane, trip);
        code.Emit(OpCodes.Stloc, trip.Values[i]);
        if (operand.Ahead == 0 || variant.IsOne || variant.IsMasked || trip.IsTail)
            return;
        method.LoadPlace(i, operand.IsTruth, trip);
        code.Emit(OpCodes.Ldc_I4, operand.Ahead);
        code.Emit(OpCodes.Add);
        code.CallMemory(nameof(LaneMemory.Ask));
    }

    private void Apply(int i, Trip trip)
    {
        var step = loop.Steps[i];
        LocalBuilder[] operands = [.. step.Operands.Select(o => trip.Values[o])];
        var result = trip.Values[loop.Operands.Length + i];
        code.CallFunction(
            step.Function.Method, [.. operands.Select(o => o.LocalType)], j => code.Emit(OpCodes.Ldloc, operands[j]),
            result.LocalType);
        code.Emit(OpCodes.Stloc, result);
    }

    private void Store(LoopStore store, int index, Trip trip)
    {
        code.Emit(OpCodes.Ldloc, trip.Values[store.Value]);
        method.LoadPlace(loop.StoreSlot(index), store.IsTruth, trip);
        method.CallMemory(
            store.IsTruth ? nameof(LaneMemory.StoreTruths)
            : store.IsPassing && variant.IsOnLines ? nameof(LaneMemory.Pass)
            : nameof(LaneMemory.Store),
            method.LaneOf(store.Value), trip);
    }
}
