using System.Reflection.Emit;

namespace DistGrad.Execute.Loops;

/// <summary>
/// The method of a loop while it is written: its arguments, the locals of its values, and how it finds its way through
/// the arrays.
/// </summary>
/// <remarks>
/// Its arguments are those of <see cref="LoopBody"/>, or of <see cref="RowsBody"/> where it goes from row to row.
/// </remarks>
internal sealed class LoopMethod
{
    private readonly DynamicMethod method;
    private readonly LocalBuilder[] addresses;
    private readonly LocalBuilder done;

    public LoopMethod(Loop loop, LoopVariant variant)
    {
        (Loop, Variant) = (loop, variant);
        method = new(
            "loop", typeof(void), [typeof(byte).MakePointerType().MakePointerType(), typeof(nint), typeof(nint)],
            typeof(LoopMethod).Module, skipVisibility: true);
        Code = method.GetILGenerator();
        Values =
        [
            .. loop.Operands.Select(o => Code.DeclareLocal(LaneCode.VectorOf(o.Lane))),
            .. loop.Steps.Select(s => Code.DeclareLocal(LaneCode.VectorOf(s.Lane))),
        ];
        addresses = [.. Enumerable.Range(0, loop.MaskSlot).Select(_ => Code.DeclareLocal(typeof(byte*)))];
        done = Code.DeclareLocal(typeof(nint));
    }

    public Loop Loop { get; }

    public LoopVariant Variant { get; }

    public ILGenerator Code { get; }

    /// <summary>The loop's values, by their numbers.</summary>
    public LocalBuilder[] Values { get; }

    public Type LaneOf(int value) => LaneCode.LaneOf(Values[value].LocalType);

    public TBody Made<TBody>() where TBody : Delegate => method.CreateDelegate<TBody>();

    /// <summary>Finds the arrays; of no vectors, or no rows, it returns before anything is touched.</summary>
    public void Enter()
    {
        var some = Code.DefineLabel();
        Code.Emit(OpCodes.Ldarg_1);
        Code.Emit(OpCodes.Brtrue, some);
        Code.Emit(OpCodes.Ret);
        Code.MarkLabel(some);
        for (var slot = 0; slot < addresses.Length; slot++)
        {
            LoadSlot(slot);
            Code.Emit(OpCodes.Stloc, addresses[slot]);
        }
    }

    /// <summary>Goes to the first vector.</summary>
    public void Begin()
    {
        Code.Emit(OpCodes.Ldc_I4_0);
        Code.Emit(OpCodes.Conv_I);
        Code.Emit(OpCodes.Stloc, done);
    }

    public void Advance(int vectors)
    {
        Code.Emit(OpCodes.Ldloc, done);
        Code.Emit(OpCodes.Ldc_I4, vectors * LaneFunction.VectorBytes);
        Code.Emit(OpCodes.Add);
        Code.Emit(OpCodes.Stloc, done);
    }

    /// <summary>Goes so many rows on.</summary>
    public void AdvanceRows(int count)
    {
        for (var slot = 0; slot < addresses.Length; slot++)
        {
            if (Variant.Rows!.Steps[slot] == 0)
                continue;
            LoadAddress(slot);
            AddRows(slot, count);
            Code.Emit(OpCodes.Stloc, addresses[slot]);
        }
        Code.Emit(OpCodes.Ldarg_1);
        Code.Emit(OpCodes.Ldc_I4, count);
        Code.Emit(OpCodes.Sub);
        Code.Emit(OpCodes.Starg_S, (byte)1);
    }

    /// <summary>Branches if so many vectors are left to do.</summary>
    public void BranchIf(int vectors, Label to)
    {
        CompareLeft(vectors);
        Code.Emit(OpCodes.Ble, to);
    }

    public void BranchUnless(int vectors, Label to)
    {
        CompareLeft(vectors);
        Code.Emit(OpCodes.Bgt, to);
    }

    /// <summary>Branches if nothing of the row is left, be it less than a vector.</summary>
    public void BranchAtEndOfRow(Label to)
    {
        LoadDone();
        Code.Emit(OpCodes.Ldarg_2);
        Code.Emit(OpCodes.Bge, to);
    }

    /// <summary>How many bytes of vectors are done.</summary>
    public void LoadDone() => Code.Emit(OpCodes.Ldloc, done);

    /// <summary>The address that the method was given, as that of the mask.</summary>
    public void LoadSlot(int slot)
    {
        Code.Emit(OpCodes.Ldarg_0);
        Code.Emit(OpCodes.Ldc_I4, slot * nint.Size);
        Code.Emit(OpCodes.Add);
        Code.Emit(OpCodes.Ldind_I);
    }

    /// <summary>Where the row at hand starts, or all there is.</summary>
    public void LoadAddress(int slot) => Code.Emit(OpCodes.Ldloc, addresses[slot]);

    /// <summary>Where the row of a trip starts, among those that are done together.</summary>
    public void LoadRow(int slot, Trip trip)
    {
        LoadAddress(slot);
        if (trip.Number > 0)
            AddRows(slot, trip.Number);
    }

    /// <summary>Where the vector of a trip lies.</summary>
    public void LoadPlace(int slot, bool isTruth, Trip trip)
    {
        LoadAddress(slot);
        if (Variant.IsOne)
            return;
        LoadDone();
        if (isTruth)
        {
            Code.Emit(OpCodes.Ldc_I4, Loop.LaneBytes == sizeof(int) ? 2 : 3);
            Code.Emit(OpCodes.Shr);
        }
        Code.Emit(OpCodes.Add);
        if (trip.Number == 0)
            return;
        if (Loop.IsRow)
            Add(trip.Number * (isTruth ? Loop.Lanes : LaneFunction.VectorBytes));
        else
            AddRows(slot, trip.Number);
    }

    /// <summary>Calls a method of <see cref="LaneMemory"/> for the lanes that a trip has.</summary>
    public void CallMemory(string name, Type lane, Trip trip)
    {
        if (trip.IsTail)
            Code.CallMemoryFirst(name, lane, Variant.Rows!.Tail);
        else
            Code.CallMemory(Variant.IsOne ? $"{name}One" : name, lane);
    }

    private void CompareLeft(int vectors)
    {
        LoadDone();
        Code.Emit(OpCodes.Ldc_I4, vectors * LaneFunction.VectorBytes);
        Code.Emit(OpCodes.Add);
        if (Variant.Rows is not null)
        {
            Code.Emit(OpCodes.Ldarg_2);
            return;
        }
        Code.Emit(OpCodes.Ldarg_1);
        Code.Emit(OpCodes.Ldc_I4, LaneFunction.VectorBytes);
        Code.Emit(OpCodes.Mul);
    }

    private void AddRows(int slot, int count) => Add(count * Variant.Rows!.Steps[slot]);

    private void Add(nint bytes)
    {
        Code.Emit(OpCodes.Ldc_I8, (long)bytes);
        Code.Emit(OpCodes.Conv_I);
        Code.Emit(OpCodes.Add);
    }
}
