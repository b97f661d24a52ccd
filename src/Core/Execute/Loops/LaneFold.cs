using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;

namespace DistGrad.Execute.Loops;

/// <summary>
/// A reduction inside a loop: vectors are taken into accumulators as they are computed. The order is that of
/// <see cref="Kernels.Reduction"/>.
/// </summary>
internal abstract unsafe class LaneFold(Delegate take, Delegate takeMasked, Delegate nothing, Delegate collapse)
{
    /// <summary>
    /// Bytes of the accumulators of a row: vector i of a leaf goes to the one with the number i modulo 4.
    /// </summary>
    public const int RowBytes = Folded.LaneBytes;

    /// <summary>An accumulator and a vector to the accumulator's next value.</summary>
    public MethodInfo TakeMethod { get; } = take.Method;

    /// <summary>As <see cref="TakeMethod"/>, of those lanes of the vector that a mask marks.</summary>
    public MethodInfo TakeMaskedMethod { get; } = takeMasked.Method;

    /// <summary>An accumulator that has taken nothing.</summary>
    public MethodInfo NothingMethod { get; } = nothing.Method;

    /// <summary>The accumulators of a row, and the address that is given the one element that they become.</summary>
    public MethodInfo CollapseMethod { get; } = collapse.Method;

    /// <summary>The value of no elements, throughout.</summary>
    public abstract void Fill(byte* to, nint bytes);

    /// <summary>x = fold of x and y, vector by vector.</summary>
    public abstract void Combine(byte* x, byte* y, nint bytes);

    /// <summary>The accumulators of a row become one element, the first.</summary>
    public abstract void Collapse(byte* accumulators);

    /// <summary>Takes a block into one accumulator for each of its vectors.</summary>
    public abstract void TakeColumns(LaneOperand x, byte* accumulators, nint bytes);

    /// <summary>Takes the marked lanes of a block into the accumulators of a row, beginning with one of them.</summary>
    public abstract void TakeRow(LaneOperand x, byte* accumulators, nint phase, byte* mask, nint bytes);
}

internal sealed unsafe class LaneFold<T, TFold>() : LaneFold(Take, TakeMasked, Nothing, (Collapsing)CollapseTo)
    where T : unmanaged
    where TFold : struct, IFold<T>
{
    private const int VectorBytes = LaneFunction.VectorBytes;

    private delegate void Collapsing(
        Vector512<T> first, Vector512<T> second, Vector512<T> third, Vector512<T> fourth, byte* to);

    public override void Fill(byte* to, nint bytes) => new Span<T>(to, (int)(bytes / sizeof(T))).Fill(TFold.Identity);

    public override void Combine(byte* x, byte* y, nint bytes)
    {
        for (nint at = 0; at < bytes; at += VectorBytes)
            TFold.Combine(Vector512.Load((T*)(x + at)), Vector512.Load((T*)(y + at))).Store((T*)(x + at));
    }

    public override void Collapse(byte* accumulators)
    {
        var a = (T*)accumulators;
        CollapseTo(
            Vector512.Load(a), Vector512.Load(a + Vector512<T>.Count),
            Vector512.Load(a + (2 * Vector512<T>.Count)), Vector512.Load(a + (3 * Vector512<T>.Count)), accumulators);
    }

    public override void TakeColumns(LaneOperand x, byte* accumulators, nint bytes)
    {
        for (nint at = 0; at < bytes; at += VectorBytes)
            Take(Vector512.Load((T*)(accumulators + at)), x.Load<T>(at)).Store((T*)(accumulators + at));
    }

    public override void TakeRow(LaneOperand x, byte* accumulators, nint phase, byte* mask, nint bytes)
    {
        var marked = Vector512.Load((T*)mask);
        for (nint at = 0; at < bytes; at += VectorBytes, phase = (phase + VectorBytes) & (RowBytes - 1))
        {
            var accumulator = (T*)(accumulators + phase);
            TakeMasked(Vector512.Load(accumulator), x.Load<T>(at), marked).Store(accumulator);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Nothing() => Vector512.Create(TFold.Identity);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CollapseTo(
        Vector512<T> first, Vector512<T> second, Vector512<T> third, Vector512<T> fourth, byte* to) =>
        *(T*)to = ReductionAxis<T, TFold>.FoldRowLanes(first, second, third, fourth);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Take(Vector512<T> accumulator, Vector512<T> x) => TFold.Combine(accumulator, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> TakeMasked(Vector512<T> accumulator, Vector512<T> x, Vector512<T> mask) =>
        TFold.Combine(accumulator, Vector512.ConditionalSelect(mask, x, Vector512.Create(TFold.Identity)));
}
