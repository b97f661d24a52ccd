using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Execute.Kernels;

namespace DistGrad.Execute.Loops;

/// <summary>
/// A function of vectors, lane by lane: by itself over a block of them, as the interpreter of loops runs it, and as a
/// method that compiled loops call. Truth values are lanes of all ones or all zeros, as wide as the numbers beside
/// them.
/// </summary>
internal abstract unsafe class LaneFunction(Delegate function)
{
    /// <summary>The bytes of a vector.</summary>
    public const int VectorBytes = 64;

    /// <summary>Takes vectors and gives one.</summary>
    public MethodInfo Method { get; } = function.Method;

    /// <summary>
    /// The vectors of a block, of so many bytes; a step of 0 repeats the first vector of an operand, one of 1 goes
    /// through all.
    /// </summary>
    public abstract void Run(Span<LaneOperand> x, byte* to, nint bytes);
}

/// <summary>Where the vectors of an operand lie.</summary>
internal unsafe struct LaneOperand(byte* start, nint step)
{
    /// <summary>The first vector.</summary>
    public byte* Start = start;

    /// <summary>1 where they follow each other, 0 where the first stands for all.</summary>
    public nint Step = step;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector512<T> Load<T>(nint at) where T : unmanaged => Vector512.Load((T*)(Start + (at * Step)));
}

internal sealed unsafe class UnaryLanes<T, TFunction>() : LaneFunction(TFunction.Of)
    where T : unmanaged
    where TFunction : struct, IUnary<T>
{
    public override void Run(Span<LaneOperand> x, byte* to, nint bytes)
    {
        var from = x[0];
        for (nint at = 0; at < bytes; at += VectorBytes)
            Vector512.Store(TFunction.Of(from.Load<T>(at)), (T*)(to + at));
    }
}

internal sealed unsafe class BinaryLanes<T, TFunction>() : LaneFunction(TFunction.Of)
    where T : unmanaged
    where TFunction : struct, IBinary<T>
{
    public override void Run(Span<LaneOperand> x, byte* to, nint bytes)
    {
        var (left, right) = (x[0], x[1]);
        for (nint at = 0; at < bytes; at += VectorBytes)
            Vector512.Store(TFunction.Of(left.Load<T>(at), right.Load<T>(at)), (T*)(to + at));
    }
}

/// <summary>The first operand's lanes choose between the others'.</summary>
internal sealed unsafe class SelectLanes<T>() : LaneFunction(Of) where T : unmanaged
{
    public override void Run(Span<LaneOperand> x, byte* to, nint bytes)
    {
        var (condition, left, right) = (x[0], x[1], x[2]);
        for (nint at = 0; at < bytes; at += VectorBytes)
            Vector512.Store(Of(condition.Load<T>(at), left.Load<T>(at), right.Load<T>(at)), (T*)(to + at));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Of(Vector512<T> condition, Vector512<T> x, Vector512<T> y) =>
        Vector512.ConditionalSelect(condition, x, y);
}

/// <summary>Lanes of one type to lanes of another, of the same width.</summary>
internal interface IConversion<TFrom, TTo>
{
    static abstract Vector512<TTo> Of(Vector512<TFrom> x);
}

internal sealed unsafe class ConversionLanes<TFrom, TTo, TConversion>() : LaneFunction(TConversion.Of)
    where TFrom : unmanaged
    where TTo : unmanaged
    where TConversion : struct, IConversion<TFrom, TTo>
{
    public override void Run(Span<LaneOperand> x, byte* to, nint bytes)
    {
        var from = x[0];
        for (nint at = 0; at < bytes; at += VectorBytes)
            Vector512.Store(TConversion.Of(from.Load<TFrom>(at)), (TTo*)(to + at));
    }
}
