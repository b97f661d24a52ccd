using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>Functions of numbers of any type, as kernels: one small struct each.</summary>
internal readonly struct NegOf<T> : IUnary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x) => -x;
}

internal readonly struct AbsOf<T> : IUnary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x) => Vector512.Abs(x);
}

/// <summary>x itself where it is zero or NaN, else 1 of its sign.</summary>
internal readonly struct SignOf<T> : IUnary<T> where T : unmanaged, INumber<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of(Vector512<T> x)
    {
        var one = Vector512.Create(T.One);
        var positive = Vector512.GreaterThan(x, Vector512<T>.Zero);
        var negative = Vector512.LessThan(x, Vector512<T>.Zero);
        return Vector512.ConditionalSelect(positive, one, Vector512.ConditionalSelect(negative, -one, x));
    }
}

internal readonly struct ReluOf<T> : IUnary<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of(Vector512<T> x) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512<T>.Zero), Vector512<T>.Zero, x);
}

internal readonly struct AddOf<T> : IBinary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => x + y;
}

internal readonly struct SubOf<T> : IBinary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => x - y;
}

internal readonly struct MulOf<T> : IBinary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => x * y;
}

internal readonly struct MaximumOf<T> : IBinary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => Vector512.Max(x, y);
}

internal readonly struct MinimumOf<T> : IBinary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => Vector512.Min(x, y);
}

internal readonly struct DivOf<T> : IBinary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => x / y;
}

/// <summary>The product, and 0 where 0 met what is not finite: there alone the product of a zero is NaN.</summary>
internal readonly struct StrongMulOf<T> : IBinary<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y)
    {
        var product = x * y;
        // Rarely is a product NaN, and a branch that is foreseen costs less than what it spares.
        if (Vector512.EqualsAll(product, product))
            return product;
        var zero = Vector512.Equals(x, Vector512<T>.Zero) | Vector512.Equals(y, Vector512<T>.Zero);
        return Vector512.ConditionalSelect(zero & ~Vector512.Equals(product, product), Vector512<T>.Zero, product);
    }
}

internal readonly struct LessOf<T> : IBinary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => Vector512.LessThan(x, y);
}

internal readonly struct LessOrEqualOf<T> : IBinary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => Vector512.LessThanOrEqual(x, y);
}

internal readonly struct EqualOf<T> : IBinary<T> where T : unmanaged
{
    public static Vector512<T> Of(Vector512<T> x, Vector512<T> y) => Vector512.Equals(x, y);
}

internal readonly struct FloorOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => Vector512.Floor(x);

    public static Vector512<double> Of(Vector512<double> x) => Vector512.Floor(x);
}

internal readonly struct RoundOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => Vector512.Round(x);

    public static Vector512<double> Of(Vector512<double> x) => Vector512.Round(x);
}

internal readonly struct SqrtOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => Vector512.Sqrt(x);

    public static Vector512<double> Of(Vector512<double> x) => Vector512.Sqrt(x);
}

internal readonly struct RsqrtOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => Vector512<float>.One / Vector512.Sqrt(x);

    public static Vector512<double> Of(Vector512<double> x) => Vector512<double>.One / Vector512.Sqrt(x);
}
