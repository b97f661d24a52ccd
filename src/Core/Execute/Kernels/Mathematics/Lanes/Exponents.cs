using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// Powers of two put on and taken off. Each has two ways to the same bits: an instruction where there is one, and
// integers.
internal static partial class OnVector512
{
    const long ThreeQuarterBits = 0x3FE8000000000000, OneBits = 0x3FF0000000000000, FractionBits = 0x000FFFFFFFFFFFFF;
    const int ThreeQuarterBitsSingle = 0x3F400000, OneBitsSingle = 0x3F800000, FractionBitsSingle = 0x007FFFFF;

    /// <summary>p 2^n for a whole n from -2000 to 2000, with at most one rounding; |p| is about 1, or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Scale(Vector512<double> p, Vector512<double> n) =>
        Exponents.AreNative ? Exponents.Scale(p, n) : ScaleInTwoSteps(p, n);

    /// <summary>The same for n from -250 to 250.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Scale(Vector512<float> p, Vector512<float> n) =>
        Exponents.AreNative ? Exponents.Scale(p, n) : ScaleInTwoSteps(p, n);

    // Two exact factors, since one could not reach the ends.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> ScaleInTwoSteps(Vector512<double> p, Vector512<double> n)
    {
        var biased = (n + Create(Rounder + 2046)).AsInt64() - Create(Rounder).AsInt64();
        var half = ShiftRightLogical(biased, 1);
        return p * ShiftLeft(half, 52).AsDouble() * ShiftLeft(biased - half, 52).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ScaleInTwoSteps(Vector512<float> p, Vector512<float> n)
    {
        var biased = (n + Create(RounderSingle + 254)).AsInt32() - Create(RounderSingle).AsInt32();
        var half = ShiftRightLogical(biased, 1);
        return p * ShiftLeft(half, 23).AsSingle() * ShiftLeft(biased - half, 23).AsSingle();
    }

    /// <summary>
    /// x = 2^K M with M from 3/4 to 3/2; K is -inf for 0 and inf for infinity, with M = 1, and M is NaN for a negative
    /// number or NaN. So what is built of K log 2 + log M needs no cases of its own.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (Vector512<double> K, Vector512<double> M) Split(Vector512<double> x)
    {
        if (!Exponents.AreNative) return SplitByBits(x);
        var (k, m) = (Exponents.Exponent(x), Exponents.Mantissa(x));
        return (ConditionalSelect(LessThan(m, Create(1.0)), k + Create(1.0), k), m);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (Vector512<float> K, Vector512<float> M) Split(Vector512<float> x)
    {
        if (!Exponents.AreNative) return SplitByBits(x);
        var (k, m) = (Exponents.Exponent(x), Exponents.Mantissa(x));
        return (ConditionalSelect(LessThan(m, Create(1f)), k + Create(1f), k), m);
    }

    // Subnormal numbers are scaled by 2^54 first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (Vector512<double> K, Vector512<double> M) SplitByBits(Vector512<double> x)
    {
        var small = LessThan(x, Create(2.2250738585072014e-308));
        var shifted = ConditionalSelect(small, x * Create(18014398509481984.0), x).AsInt64()
            + Create(OneBits - ThreeQuarterBits);
        var k = ToFloating(
            ShiftRightLogical(shifted, 52), ConditionalSelect(small, Create(-1077.0), Create(-1023.0)));
        var m = ((shifted & Create(FractionBits)) + Create(ThreeQuarterBits)).AsDouble();
        var (zero, infinity) = (Vector512<double>.Zero, Create(double.PositiveInfinity));
        var (empty, endless) = (Vector512.Equals(x, zero), Vector512.Equals(x, infinity));
        k = ConditionalSelect(empty, -infinity, ConditionalSelect(endless, infinity, k));
        m = ConditionalSelect(empty | endless, Create(1.0), m);
        return (k, ConditionalSelect(GreaterThanOrEqual(x, zero), m, Create(double.NaN)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (Vector512<float> K, Vector512<float> M) SplitByBits(Vector512<float> x)
    {
        var small = LessThan(x, Create(1.17549435e-38f));
        var shifted = ConditionalSelect(small, x * Create(16777216f), x).AsInt32()
            + Create(OneBitsSingle - ThreeQuarterBitsSingle);
        var k = ToFloating(ShiftRightLogical(shifted, 23), ConditionalSelect(small, Create(-151f), Create(-127f)));
        var m = ((shifted & Create(FractionBitsSingle)) + Create(ThreeQuarterBitsSingle)).AsSingle();
        var (zero, infinity) = (Vector512<float>.Zero, Create(float.PositiveInfinity));
        var (empty, endless) = (Vector512.Equals(x, zero), Vector512.Equals(x, infinity));
        k = ConditionalSelect(empty, -infinity, ConditionalSelect(endless, infinity, k));
        m = ConditionalSelect(empty | endless, Create(1f), m);
        return (k, ConditionalSelect(GreaterThanOrEqual(x, zero), m, Create(float.NaN)));
    }

    // A small non-negative integer plus an offset, as a floating-point number: 2^52 + n has n in its low bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ToFloating(Vector512<long> n, Vector512<double> offset) =>
        (n | Create(0x4330000000000000)).AsDouble() + (offset - Create(4503599627370496.0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ToFloating(Vector512<int> n, Vector512<float> offset) =>
        (n | Create(0x4B000000)).AsSingle() + (offset - Create(8388608f));
}
