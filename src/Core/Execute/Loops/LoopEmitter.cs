using System.Reflection.Emit;
using System.Runtime.Intrinsics;

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
    private const int Accumulators = LaneFold.RowBytes / LaneFunction.VectorBytes;

    /// <summary>The weight of a body of which there are several copies, in simple operations.</summary>
    private const int MostCopied = 25;

    private readonly Loop loop;
    private readonly DynamicMethod method;
    private readonly ILGenerator il;
    private readonly LocalBuilder[] values;
    private readonly LocalBuilder[] addresses;
    private readonly LocalBuilder at;

    /// <summary>
    /// Of each reduction along rows, the accumulators, the one that takes the next vector first; of one along columns,
    /// that of the columns at hand.
    /// </summary>
    private readonly LocalBuilder[][] accumulators;

    /// <summary>Whether only the lanes that the mask marks are reduced.</summary>
    private readonly bool isMasked;

    /// <summary>Whether there is one element in all, which is computed in the first lane.</summary>
    private readonly bool isOne;

    /// <summary>Whether what is written past the caches where it lies on cache lines does lie so.</summary>
    private readonly bool isOnLines;

    /// <summary>Whether its body may be copied without the whole becoming too long to be compiled well.</summary>
    private bool IsShort => loop.Weight <= MostCopied;

    /// <summary>
    /// Of a loop over rows, whose bytes are the third argument, what is known of them.
    /// </summary>
    private readonly LoopRows? rows;

    private LoopEmitter(
        Loop loop, bool isMasked = false, bool isOne = false, bool isOnLines = false, LoopRows? rows = null)
    {
        (this.loop, this.isMasked, this.isOne, this.isOnLines) = (loop, isMasked, isOne, isOnLines);
        this.rows = rows;
        method = new(
            "loop", typeof(void), [typeof(byte).MakePointerType().MakePointerType(), typeof(nint), typeof(nint)],
            typeof(LoopEmitter).Module, skipVisibility: true);
        il = method.GetILGenerator();
        values =
        [
            .. loop.Operands.Select(o => il.DeclareLocal(VectorOf(o.Lane))),
            .. loop.Steps.Select(s => il.DeclareLocal(VectorOf(s.Lane))),
        ];
        addresses = [.. Enumerable.Range(0, loop.MaskSlot).Select(_ => il.DeclareLocal(typeof(byte*)))];
        at = il.DeclareLocal(typeof(nint));
        accumulators =
        [
            .. loop.Folds.Select(f => Enumerable.Range(0, loop.IsRow ? Accumulators : 1)
                .Select(_ => il.DeclareLocal(values[f.Value].LocalType)).ToArray()),
        ];
    }

    /// <summary>The loop's method; masked, it reduces only lanes that the mask marks, of a row's last vector.</summary>
    public static LoopBody Emit(Loop loop, bool isMasked = false) => Made(new(loop, isMasked));

    /// <summary>The loop's method where results that are written past the caches lie on cache lines.</summary>
    public static LoopBody EmitPassing(Loop loop) => Made(new(loop, isOnLines: true));

    /// <summary>The method of a loop over one element, which touches nothing behind it.</summary>
    public static LoopBody EmitOne(Loop loop) => Made(new(loop, isOne: true));

    private static LoopBody Made(LoopEmitter emitter)
    {
        emitter.EmitPrologue();
        emitter.EmitLoop();
        emitter.EmitEpilogue();
        var body = emitter.method.CreateDelegate<LoopBody>();
        // A first call makes the runtime compile, here rather than where somebody waits; of no vectors nothing is
        // touched.
        unsafe
        {
            body(null, 0, 0);
        }
        return body;
    }

    private void EmitPrologue()
    {
        EmitEntry();
        for (var i = 0; i < loop.Operands.Length; i++)
        {
            if (loop.Operands[i].IsRepeated)
                LoadOperand(i, new(0, 1, values));
        }
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Stloc, at);
        EachAccumulator((fold, turn) =>
        {
            AccumulatorAddress(fold, turn);
            Call(nameof(LaneMemory.Load), LaneOf(accumulators[fold][turn]));
            il.Emit(OpCodes.Stloc, accumulators[fold][turn]);
        });
    }

    // Of no vectors, or no rows, nothing is touched.
    private void EmitEntry()
    {
        var some = il.DefineLabel();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Brtrue, some);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(some);
        for (var slot = 0; slot < addresses.Length; slot++)
        {
            LoadSlot(slot);
            il.Emit(OpCodes.Stloc, addresses[slot]);
        }
    }

    // Every vector that was done moves the turn on by one.
    private void EmitEpilogue()
    {
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Starg_S, (byte)2);
        EachAccumulator((fold, turn) =>
        {
            il.Emit(OpCodes.Ldloc, accumulators[fold][turn]);
            AccumulatorAddress(fold, turn);
            Call(nameof(LaneMemory.Store), LaneOf(accumulators[fold][turn]));
        });
        il.Emit(OpCodes.Ret);
    }

    private void EachAccumulator(Action<int, int> emit)
    {
        for (var fold = 0; fold < accumulators.Length && loop.IsRow; fold++)
        {
            for (var turn = 0; turn < Accumulators; turn++)
                emit(fold, turn);
        }
    }

    private void AccumulatorAddress(int fold, int turn)
    {
        il.Emit(OpCodes.Ldloc, addresses[loop.FoldSlot(fold)]);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldc_I4, turn * LaneFunction.VectorBytes);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldc_I4, LaneFold.RowBytes - 1);
        il.Emit(OpCodes.And);
        il.Emit(OpCodes.Add);
    }

    // Rows are reduced four vectors at a time, each into an accumulator of its own, and then what is left of them.
    private void EmitLoop()
    {
        var (fours, ones, done) = (il.DefineLabel(), il.DefineLabel(), il.DefineLabel());
        if (loop.IsRow && !isMasked && IsShort && rows is not { HasVectors: false })
        {
            BranchUnless(Accumulators, ones);
            il.MarkLabel(fours);
            for (var turn = 0; turn < Accumulators; turn++)
                EmitBody(new(turn, Accumulators, values));
            Advance(Accumulators);
            BranchIf(Accumulators, fours);
            il.MarkLabel(ones);
            if (rows is not { Tail: > 0 })
                BranchUnless(1, done);
        }
        EmitVectors([new(0, 1, values)]);
        il.MarkLabel(done);
    }

    private void EmitLoop(ReadOnlySpan<Copy> copies)
    {
        var start = il.DefineLabel();
        il.MarkLabel(start);
        foreach (var copy in copies)
            EmitBody(copy);
        if (isOne)
            return;
        Advance(1);
        BranchIf(1, start);
    }

    // Steps come with the loads that they need first, so that few values are alive at a time.
    private void EmitBody(Copy copy)
    {
        var loaded = loop.Operands.Select((o, i) => o.IsRepeated || IsAsBefore(i, copy)).ToArray();
        for (var i = 0; i < loop.Steps.Length; i++)
        {
            foreach (var operand in loop.Steps[i].Operands)
                Require(operand);
            Apply(i, copy);
            Finish(loop.Operands.Length + i);
        }
        for (var i = 0; i < loop.Operands.Length; i++)
            Finish(i);

        void Require(int value)
        {
            if (value >= loaded.Length || loaded[value])
                return;
            loaded[value] = true;
            LoadOperand(value, copy);
        }

        void Finish(int value)
        {
            foreach (var (store, index) in loop.Stores.Select((s, j) => (s, j)).Where(s => s.s.Value == value))
            {
                Require(value);
                Store(store, index, copy);
            }
            foreach (var (fold, index) in loop.Folds.Select((f, j) => (f, j)).Where(f => f.f.Value == value))
            {
                Require(value);
                if (loop.IsRow)
                    TakeRow(fold, index, copy);
                else
                    TakeColumn(fold, index, copy);
            }
        }
    }

    private void LoadSlot(int slot)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, slot * nint.Size);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldind_I);
    }

    private void LoadOperand(int i, Copy copy)
    {
        var operand = loop.Operands[i];
        il.Emit(OpCodes.Ldloc, addresses[i]);
        if (!operand.IsRepeated)
            AddPlace(i, operand.IsTruth, copy);
        CallMemory(operand.IsTruth ? nameof(LaneMemory.LoadTruths) : nameof(LaneMemory.Load), operand.Lane, copy);
        il.Emit(OpCodes.Stloc, copy.Values[i]);
        if (operand.Ahead == 0 || isOne || isMasked || copy.IsTail)
            return;
        il.Emit(OpCodes.Ldloc, addresses[i]);
        AddPlace(i, operand.IsTruth, copy);
        il.Emit(OpCodes.Ldc_I4, operand.Ahead);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Call, typeof(LaneMemory).GetMethod(nameof(LaneMemory.Ask))!);
    }

    private void Apply(int i, Copy copy)
    {
        var step = loop.Steps[i];
        var parameters = step.Function.Method.GetParameters();
        for (var j = 0; j < step.Operands.Length; j++)
            LoadAs(copy.Values[step.Operands[j]], parameters[j].ParameterType);
        il.Emit(OpCodes.Call, step.Function.Method);
        Convert(step.Function.Method.ReturnType, VectorOf(step.Lane));
        il.Emit(OpCodes.Stloc, copy.Values[loop.Operands.Length + i]);
    }

    private void Store(LoopStore store, int index, Copy copy)
    {
        il.Emit(OpCodes.Ldloc, copy.Values[store.Value]);
        il.Emit(OpCodes.Ldloc, addresses[loop.StoreSlot(index)]);
        AddPlace(loop.StoreSlot(index), store.IsTruth, copy);
        CallMemory(
            store.IsTruth ? nameof(LaneMemory.StoreTruths)
            : store.IsPassing && isOnLines ? nameof(LaneMemory.Pass)
            : nameof(LaneMemory.Store),
            LaneOf(values[store.Value]), copy);
    }

    // Where vectors come one at a time, accumulators take turns by changing places.
    private void TakeRow(LoopFold fold, int index, Copy copy)
    {
        var turns = accumulators[index];
        il.Emit(OpCodes.Ldloc, turns[copy.Number]);
        il.Emit(OpCodes.Ldloc, copy.Values[fold.Value]);
        if (isMasked)
        {
            LoadSlot(loop.MaskSlot);
            Call(nameof(LaneMemory.Load), LaneOf(values[fold.Value]));
        }
        else if (copy.IsTail)
        {
            il.Emit(OpCodes.Ldc_I4, rows!.Tail);
            Call(nameof(LaneMemory.First), LaneOf(values[fold.Value]));
        }
        il.Emit(OpCodes.Call, isMasked || copy.IsTail ? fold.Fold.TakeMaskedMethod : fold.Fold.TakeMethod);
        if (copy.Count > 1)
        {
            il.Emit(OpCodes.Stloc, turns[copy.Number]);
            return;
        }
        for (var turn = 1; turn < turns.Length; turn++)
        {
            il.Emit(OpCodes.Ldloc, turns[turn]);
            il.Emit(OpCodes.Stloc, turns[turn - 1]);
        }
        il.Emit(OpCodes.Stloc, turns[^1]);
    }

    // Of rows that are done together, the first finds the columns' accumulator and the last leaves it.
    private void TakeColumn(LoopFold fold, int index, Copy copy)
    {
        if (copy.Number == 0)
        {
            Place();
            Call(nameof(LaneMemory.Load), LaneOf(values[fold.Value]));
        }
        else
        {
            il.Emit(OpCodes.Ldloc, accumulators[index][0]);
        }
        il.Emit(OpCodes.Ldloc, copy.Values[fold.Value]);
        il.Emit(OpCodes.Call, fold.Fold.TakeMethod);
        if (copy.Number < copy.Count - 1)
        {
            il.Emit(OpCodes.Stloc, accumulators[index][0]);
            return;
        }
        Place();
        Call(nameof(LaneMemory.Store), LaneOf(values[fold.Value]));

        void Place()
        {
            il.Emit(OpCodes.Ldloc, addresses[loop.FoldSlot(index)]);
            il.Emit(OpCodes.Ldloc, at);
            il.Emit(OpCodes.Add);
        }
    }

    private void AddPlace(int slot, bool isTruth, Copy copy)
    {
        if (isOne)
            return;
        il.Emit(OpCodes.Ldloc, at);
        if (isTruth)
        {
            il.Emit(OpCodes.Ldc_I4, loop.LaneBytes == sizeof(int) ? 2 : 3);
            il.Emit(OpCodes.Shr);
        }
        il.Emit(OpCodes.Add);
        if (copy.Number > 0)
            Add(copy.Number * (!loop.IsRow ? rows!.Steps[slot] : isTruth ? loop.Lanes : LaneFunction.VectorBytes));
    }

    private void Add(nint bytes)
    {
        il.Emit(OpCodes.Ldc_I8, (long)bytes);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Add);
    }

    private void Advance(int vectors)
    {
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Ldc_I4, vectors * LaneFunction.VectorBytes);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, at);
    }

    /// <summary>Branches if so many vectors are left to do.</summary>
    private void BranchIf(int vectors, Label to)
    {
        CompareLeft(vectors);
        il.Emit(OpCodes.Ble, to);
    }

    private void BranchUnless(int vectors, Label to)
    {
        CompareLeft(vectors);
        il.Emit(OpCodes.Bgt, to);
    }

    private void CompareLeft(int vectors)
    {
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Ldc_I4, vectors * LaneFunction.VectorBytes);
        il.Emit(OpCodes.Add);
        if (rows is not null)
        {
            il.Emit(OpCodes.Ldarg_2);
            return;
        }
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldc_I4, LaneFunction.VectorBytes);
        il.Emit(OpCodes.Mul);
    }

    private void LoadAs(LocalBuilder value, Type vector)
    {
        il.Emit(OpCodes.Ldloc, value);
        Convert(value.LocalType, vector);
    }

    private void Convert(Type from, Type to)
    {
        if (from != to)
            Call(nameof(LaneMemory.As), from.GenericTypeArguments[0], to.GenericTypeArguments[0]);
    }

    private void CallMemory(string name, Type lane, Copy copy)
    {
        if (copy.IsTail)
            il.Emit(OpCodes.Ldc_I4, rows!.Tail);
        Call(isOne ? $"{name}One" : copy.IsTail ? $"{name}First" : name, lane);
    }

    private void Call(string name, params Type[] types) =>
        il.Emit(OpCodes.Call, typeof(LaneMemory).GetMethod(name)!.MakeGenericMethod(types));

    private static Type LaneOf(LocalBuilder vector) => vector.LocalType.GenericTypeArguments[0];

    private static Type VectorOf(Type lane) => typeof(Vector512<>).MakeGenericType(lane);

    /// <summary>
    /// One of some copies of the loop's body within a round: of vectors that follow each other, where rows are reduced,
    /// or of as many rows.
    /// </summary>
    /// <param name="Number">Which of them.</param>
    /// <param name="Count">How many they are.</param>
    /// <param name="Values">The values of its vectors, what stands for its row among them.</param>
    /// <param name="IsTail">Whether its vector is what a row has behind its whole ones.</param>
    private sealed record Copy(int Number, int Count, LocalBuilder[] Values, bool IsTail = false);
}
