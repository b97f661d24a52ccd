using System.Numerics;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>What a reduction does with two elements, and with none.</summary>
internal interface IFold<T>
    where T : unmanaged
{
    static abstract T Identity { get; }

    static abstract T Combine(T x, T y);

    static abstract Vector512<T> Combine(Vector512<T> x, Vector512<T> y);
}

internal readonly struct SumFold<T> : IFold<T>
    where T : unmanaged, INumber<T>
{
    public static T Identity => T.Zero;

    public static T Combine(T x, T y) => x + y;

    public static Vector512<T> Combine(Vector512<T> x, Vector512<T> y) => x + y;
}

internal readonly struct ProductFold<T> : IFold<T>
    where T : unmanaged, INumber<T>
{
    public static T Identity => T.One;

    public static T Combine(T x, T y) => x * y;

    public static Vector512<T> Combine(Vector512<T> x, Vector512<T> y) => x * y;
}

// IEEE 754-2019 maximum and minimum: NaN if any is, and -0 is below +0.
internal readonly struct MaxFold<T> : IFold<T>
    where T : unmanaged, INumber<T>
{
    public static T Identity => T.CreateSaturating(double.NegativeInfinity);

    public static T Combine(T x, T y) => T.Max(x, y);

    public static Vector512<T> Combine(Vector512<T> x, Vector512<T> y) => Vector512.Max(x, y);
}

internal readonly struct MinFold<T> : IFold<T>
    where T : unmanaged, INumber<T>
{
    public static T Identity => T.CreateSaturating(double.PositiveInfinity);

    public static T Combine(T x, T y) => T.Min(x, y);

    public static Vector512<T> Combine(Vector512<T> x, Vector512<T> y) => Vector512.Min(x, y);
}

internal readonly struct AnyFold : IFold<byte>
{
    public static byte Identity => 0;

    public static byte Combine(byte x, byte y) => (byte)(x | y);

    public static Vector512<byte> Combine(Vector512<byte> x, Vector512<byte> y) => x | y;
}

internal readonly struct AllFold : IFold<byte>
{
    public static byte Identity => 1;

    public static byte Combine(byte x, byte y) => (byte)(x & y);

    public static Vector512<byte> Combine(Vector512<byte> x, Vector512<byte> y) => x & y;
}
