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

    private readonly Loop loop;
    private readonly DynamicMethod method;
    private readonly ILGenerator il;
    private readonly LocalBuilder[] values;
    private readonly LocalBuilder[] addresses;
    private readonly LocalBuilder at;

    /// <summary>Of each reduction along rows, the accumulators, the one that takes the next vector first.</summary>
    private readonly LocalBuilder[][] accumulators;

    /// <summary>Whether only the lanes that the mask marks are reduced.</summary>
    private readonly bool isMasked;

    /// <summary>Whether there is one element in all, which is computed in the first lane.</summary>
    private readonly bool isOne;

    /// <summary>Whether what is written past the caches where it lies on cache lines does lie so.</summary>
    private readonly bool isOnLines;

    /// <summary>Whether it is a loop over rows, whose bytes are the third argument.</summary>
    private readonly bool isByRows;

    private LoopEmitter(
        Loop loop, bool isMasked = false, bool isOne = false, bool isOnLines = false, bool isByRows = false)
    {
        (this.loop, this.isMasked, this.isOne, this.isOnLines) = (loop, isMasked, isOne, isOnLines);
        this.isByRows = isByRows;
        Type[] parameters = [typeof(byte).MakePointerType().MakePointerType(), typeof(nint), typeof(nint)];
        method = new(
            "loop", typeof(void), isByRows ? [.. parameters, typeof(nint).MakePointerType()] : parameters,
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
            .. loop.Folds.Where(_ => loop.IsRow).Select(f => Enumerable.Range(0, Accumulators)
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
                LoadOperand(i);
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
        for (var fold = 0; fold < accumulators.Length; fold++)
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

    // Steps come with the loads that they need first, so that few values are alive at a time.
    private void EmitLoop()
    {
        var loaded = loop.Operands.Select(o => o.IsRepeated).ToArray();
        var start = il.DefineLabel();
        il.MarkLabel(start);
        for (var i = 0; i < loop.Steps.Length; i++)
        {
            foreach (var operand in loop.Steps[i].Operands)
                Require(operand);
            Apply(i);
            Finish(loop.Operands.Length + i);
        }
        for (var i = 0; i < loop.Operands.Length; i++)
            Finish(i);
        Advance(start);

        void Require(int value)
        {
            if (value >= loaded.Length || loaded[value])
                return;
            loaded[value] = true;
            LoadOperand(value);
        }

        void Finish(int value)
        {
            foreach (var (store, index) in loop.Stores.Select((s, j) => (s, j)).Where(s => s.s.Value == value))
            {
                Require(value);
                Store(store, addresses[loop.StoreSlot(index)]);
            }
            foreach (var (fold, index) in loop.Folds.Select((f, j) => (f, j)).Where(f => f.f.Value == value))
            {
                Require(value);
                if (loop.IsRow)
                    TakeRow(fold, accumulators[index]);
                else
                    TakeColumn(fold, addresses[loop.FoldSlot(index)]);
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

    private void LoadOperand(int i)
    {
        var operand = loop.Operands[i];
        il.Emit(OpCodes.Ldloc, addresses[i]);
        if (!operand.IsRepeated)
            AddPlace(operand.IsTruth);
        CallMemory(operand.IsTruth ? nameof(LaneMemory.LoadTruths) : nameof(LaneMemory.Load), operand.Lane);
        il.Emit(OpCodes.Stloc, values[i]);
        if (operand.Ahead == 0 || isOne || isMasked)
            return;
        il.Emit(OpCodes.Ldloc, addresses[i]);
        AddPlace(operand.IsTruth);
        il.Emit(OpCodes.Ldc_I4, operand.Ahead);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Call, typeof(LaneMemory).GetMethod(nameof(LaneMemory.Ask))!);
    }

    private void Apply(int i)
    {
        var step = loop.Steps[i];
        var parameters = step.Function.Method.GetParameters();
        for (var j = 0; j < step.Operands.Length; j++)
            LoadAs(step.Operands[j], parameters[j].ParameterType);
        il.Emit(OpCodes.Call, step.Function.Method);
        Convert(step.Function.Method.ReturnType, VectorOf(step.Lane));
        il.Emit(OpCodes.Stloc, values[loop.Operands.Length + i]);
    }

    private void Store(LoopStore store, LocalBuilder address)
    {
        il.Emit(OpCodes.Ldloc, values[store.Value]);
        il.Emit(OpCodes.Ldloc, address);
        AddPlace(store.IsTruth);
        CallMemory(
            store.IsTruth ? nameof(LaneMemory.StoreTruths)
            : store.IsPassing && isOnLines ? nameof(LaneMemory.Pass)
            : nameof(LaneMemory.Store),
            LaneOf(values[store.Value]));
    }

    // Accumulators take turns by changing places, which costs nothing where registers are renamed.
    private void TakeRow(LoopFold fold, LocalBuilder[] turns)
    {
        il.Emit(OpCodes.Ldloc, turns[0]);
        il.Emit(OpCodes.Ldloc, values[fold.Value]);
        if (isMasked)
        {
            LoadSlot(loop.MaskSlot);
            Call(nameof(LaneMemory.Load), LaneOf(values[fold.Value]));
        }
        il.Emit(OpCodes.Call, isMasked ? fold.Fold.TakeMaskedMethod : fold.Fold.TakeMethod);
        for (var turn = 1; turn < turns.Length; turn++)
        {
            il.Emit(OpCodes.Ldloc, turns[turn]);
            il.Emit(OpCodes.Stloc, turns[turn - 1]);
        }
        il.Emit(OpCodes.Stloc, turns[^1]);
    }

    private void TakeColumn(LoopFold fold, LocalBuilder address)
    {
        Place();
        Call(nameof(LaneMemory.Load), LaneOf(values[fold.Value]));
        il.Emit(OpCodes.Ldloc, values[fold.Value]);
        il.Emit(OpCodes.Call, fold.Fold.TakeMethod);
        Place();
        Call(nameof(LaneMemory.Store), LaneOf(values[fold.Value]));

        void Place()
        {
            il.Emit(OpCodes.Ldloc, address);
            il.Emit(OpCodes.Ldloc, at);
            il.Emit(OpCodes.Add);
        }
    }

    private void AddPlace(bool isTruth)
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
    }

    private void Advance(Label start)
    {
        if (isOne)
            return;
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Ldc_I4, LaneFunction.VectorBytes);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, at);
        il.Emit(OpCodes.Ldloc, at);
        if (isByRows)
        {
            il.Emit(OpCodes.Ldarg_2);
        }
        else
        {
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldc_I4, LaneFunction.VectorBytes);
            il.Emit(OpCodes.Mul);
        }
        il.Emit(OpCodes.Blt, start);
    }

    private void LoadAs(int value, Type vector)
    {
        il.Emit(OpCodes.Ldloc, values[value]);
        Convert(values[value].LocalType, vector);
    }

    private void Convert(Type from, Type to)
    {
        if (from != to)
            Call(nameof(LaneMemory.As), from.GenericTypeArguments[0], to.GenericTypeArguments[0]);
    }

    private void CallMemory(string name, Type lane) => Call(isOne ? $"{name}One" : name, lane);

    private void Call(string name, params Type[] types) =>
        il.Emit(OpCodes.Call, typeof(LaneMemory).GetMethod(name)!.MakeGenericMethod(types));

    private static Type LaneOf(LocalBuilder vector) => vector.LocalType.GenericTypeArguments[0];

    private static Type VectorOf(Type lane) => typeof(Vector512<>).MakeGenericType(lane);
}
