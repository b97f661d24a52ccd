using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Loops;

/// <summary>
/// Compiles a loop: one method, straight at full optimisation, in which every value of a vector is a local, so that it
/// stays in a register, and every function is inlined.
/// </summary>
/// <remarks>
/// It runs the same functions in the same order on each lane as <see cref="LoopInterpreter"/>, and so gives the same bits.
/// </remarks>
internal sealed class LoopEmitter
{
    private readonly Loop loop;
    private readonly DynamicMethod method;
    private readonly ILGenerator il;
    private readonly LocalBuilder[] values;
    private readonly LocalBuilder[] addresses;
    private readonly LocalBuilder at;
    private readonly LocalBuilder phase;

    private LoopEmitter(Loop loop)
    {
        this.loop = loop;
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
        phase = il.DeclareLocal(typeof(nint));
    }

    public static LoopBody Emit(Loop loop)
    {
        var emitter = new LoopEmitter(loop);
        emitter.EmitPrologue();
        emitter.EmitLoop();
        var body = emitter.method.CreateDelegate<LoopBody>();
        // A first call makes the runtime compile, here rather than where somebody waits; of no vectors nothing is touched.
        unsafe
        {
            body(null, 0, 0);
        }
        return body;
    }

    private bool HasRows => loop.IsRow && loop.Folds.Length > 0;

    private void EmitPrologue()
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
        for (var i = 0; i < loop.Operands.Length; i++)
        {
            if (loop.Operands[i].IsRepeated)
                LoadOperand(i);
        }
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Stloc, at);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Stloc, phase);
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
                Accumulate(fold, addresses[loop.FoldSlot(index)]);
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
        Call(operand.IsTruth ? nameof(LaneMemory.LoadTruths) : nameof(LaneMemory.Load), operand.Lane);
        il.Emit(OpCodes.Stloc, values[i]);
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
        Call(
            store.IsTruth ? nameof(LaneMemory.StoreTruths) : nameof(LaneMemory.Store),
            values[store.Value].LocalType.GenericTypeArguments[0]);
    }

    private void Accumulate(LoopFold fold, LocalBuilder address)
    {
        il.Emit(OpCodes.Ldloc, values[fold.Value]);
        if (loop.IsRow)
        {
            LoadSlot(loop.MaskSlot);
            Call(nameof(LaneMemory.Load), values[fold.Value].LocalType.GenericTypeArguments[0]);
        }
        il.Emit(OpCodes.Ldloc, address);
        il.Emit(OpCodes.Ldloc, loop.IsRow ? phase : at);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Call, loop.IsRow ? fold.Fold.AccumulateMaskedMethod : fold.Fold.AccumulateMethod);
    }

    private void AddPlace(bool isTruth)
    {
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
        if (HasRows)
        {
            il.Emit(OpCodes.Ldloc, phase);
            il.Emit(OpCodes.Ldc_I4, LaneFunction.VectorBytes);
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Ldc_I4, LaneFold.RowBytes - 1);
            il.Emit(OpCodes.And);
            il.Emit(OpCodes.Stloc, phase);
        }
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Ldc_I4, LaneFunction.VectorBytes);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, at);
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldc_I4, LaneFunction.VectorBytes);
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Blt, start);
        il.Emit(OpCodes.Ret);
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

    private void Call(string name, params Type[] types) =>
        il.Emit(OpCodes.Call, typeof(LaneMemory).GetMethod(name)!.MakeGenericMethod(types));

    private static Type VectorOf(Type lane) => typeof(Vector512<>).MakeGenericType(lane);
}
