using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// x = 2^k m with m from sqrt(1/2) to sqrt(2); with f = m - 1 and s = f / (2 + f), log(1 + f) = 2 atanh(s) = f -
// (f^2/2 - s (f^2/2 + s^2 R(s^2))), an order of summation that keeps the digits of f (P. Tang, "Table-driven
// implementation of the logarithm function", 1990; K. Ng's logarithm of 1986). R minimax by minimax.py.
internal static partial class OnVector512
{
    const long SqrtHalfBits = 0x3FE6A09E667F3BCD, OneBits = 0x3FF0000000000000, FractionBits = 0x000FFFFFFFFFFFFF;
    const int SqrtHalfBitsSingle = 0x3F3504F3, OneBitsSingle = 0x3F800000, FractionBitsSingle = 0x007FFFFF;

    // The exponent with its bias of 1023, and m, of a positive normal x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<long> Biased, Vector512<double> M) Split(Vector512<double> x)
    {
        var shifted = x.AsInt64() + Create(OneBits - SqrtHalfBits);
        return (ShiftRightLogical(shifted, 52), ((shifted & Create(FractionBits)) + Create(SqrtHalfBits)).AsDouble());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<int> Biased, Vector512<float> M) Split(Vector512<float> x)
    {
        var shifted = x.AsInt32() + Create(OneBitsSingle - SqrtHalfBitsSingle);
        var m = (shifted & Create(FractionBitsSingle)) + Create(SqrtHalfBitsSingle);
        return (ShiftRightLogical(shifted, 23), m.AsSingle());
    }

    // A small non-negative integer plus an offset, as a floating-point number: 2^52 + n has n in its low bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ToFloating(Vector512<long> n, Vector512<double> offset) =>
        (n | Create(0x4330000000000000)).AsDouble() + (offset - Create(4503599627370496.0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ToFloating(Vector512<int> n, Vector512<float> offset) =>
        (n | Create(0x4B000000)).AsSingle() + (offset - Create(8388608f));

    // Subnormal numbers are scaled by 2^54 first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> K, Vector512<double> M) Exponent(Vector512<double> x)
    {
        var small = LessThan(x, Create(2.2250738585072014e-308));
        var (biased, m) = Split(ConditionalSelect(small, x * Create(18014398509481984.0), x));
        return (ToFloating(biased, ConditionalSelect(small, Create(-1077.0), Create(-1023.0))), m);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<float> K, Vector512<float> M) Exponent(Vector512<float> x)
    {
        var small = LessThan(x, Create(1.17549435e-38f));
        var (biased, m) = Split(ConditionalSelect(small, x * Create(16777216f), x));
        return (ToFloating(biased, ConditionalSelect(small, Create(-151f), Create(-127f))), m);
    }

    // k log 2 + log(1 + f), plus what a first-order correction adds to the logarithm.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogSum(
        Vector512<double> k, Vector512<double> f, Vector512<double> s, Vector512<double> correction)
    {
        var z = s * s;
        var p = Horner(z, Create(0.14798994452504405), 0.1531376392535639, 0.1818357480684514);
        p = Horner(z, p, 0.22222198386138786, 0.2857142874405872, 0.39999999999407915, 0.6666666666666735);
        var halfSquare = Create(0.5) * f * f;
        var rest = Fma(s, Fma(z, p, halfSquare), Fma(k, Create(Ln2Tail), correction));
        return Fma(k, Create(Ln2), f - (halfSquare - rest));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> LogSum(
        Vector512<float> k, Vector512<float> f, Vector512<float> s, Vector512<float> correction)
    {
        var z = s * s;
        var p = Fma(z, Create(0.29874301f), Create(0.399774581f));
        p = Fma(z, p, Create(0.666667759f));
        var halfSquare = Create(0.5f) * f * f;
        var rest = Fma(s, Fma(z, p, halfSquare), Fma(k, Create(Ln2TailSingle), correction));
        return Fma(k, Create(Ln2Single), f - (halfSquare - rest));
    }

    // log 0 = -inf, log inf = inf, and the logarithm of a negative number or NaN is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogEdges(Vector512<double> x, Vector512<double> value)
    {
        value = ConditionalSelect(LessThan(x, Create(double.PositiveInfinity)), value, x);
        value = ConditionalSelect(GreaterThan(x, Create(0.0)), value, Create(double.NaN));
        return ConditionalSelect(Vector512.Equals(x, Create(0.0)), Create(double.NegativeInfinity), value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> LogEdges(Vector512<float> x, Vector512<float> value)
    {
        value = ConditionalSelect(LessThan(x, Create(float.PositiveInfinity)), value, x);
        value = ConditionalSelect(GreaterThan(x, Create(0f)), value, Create(float.NaN));
        return ConditionalSelect(Vector512.Equals(x, Create(0f)), Create(float.NegativeInfinity), value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log(Vector512<double> x)
    {
        var (k, m) = Exponent(x);
        var f = m - Create(1.0);
        return LogEdges(x, LogSum(k, f, f / (Create(2.0) + f), Vector512<double>.Zero));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log(Vector512<float> x)
    {
        var (k, m) = Exponent(x);
        var f = m - Create(1f);
        return LogEdges(x, LogSum(k, f, f / (Create(2f) + f), Vector512<float>.Zero));
    }

    // u + c = 1 + x exactly; log(u + c) = log u + c / u, where c is far below u's last digit unless log u is small too,
    // and 1 / (1 + f) is close enough to (1 - s)^2 for so small a term. From 2^60 on c says nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogOnePlus(Vector512<double> x)
    {
        var (u, c) = TwoSum(Create(1.0), x);
        var (biased, m) = Split(u);
        var small = LessThan(x, Create(1152921504606846976.0));
        var scale = ShiftLeft(Create(2046L) - biased, 52) & small.AsInt64();
        var f = m - Create(1.0);
        var s = f / (Create(2.0) + f);
        var slope = Create(1.0) - s;
        var correction = (c & small) * scale.AsDouble() * slope * slope;
        return LogSum(ToFloating(biased, Create(-1023.0)), f, s, correction);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> LogOnePlus(Vector512<float> x)
    {
        var (u, c) = TwoSum(Create(1f), x);
        var (biased, m) = Split(u);
        var small = LessThan(x, Create(1073741824f));
        var scale = ShiftLeft(Create(254) - biased, 23) & small.AsInt32();
        var f = m - Create(1f);
        var s = f / (Create(2f) + f);
        var slope = Create(1f) - s;
        var correction = (c & small) * scale.AsSingle() * slope * slope;
        return LogSum(ToFloating(biased, Create(-127f)), f, s, correction);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log1p(Vector512<double> x)
    {
        var value = WithSign(LogOnePlus(x), x);
        return LogEdges(Create(1.0) + x, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log1p(Vector512<float> x)
    {
        var value = WithSign(LogOnePlus(x), x);
        return LogEdges(Create(1f) + x, value);
    }

    // Other bases by way of a double, where the product's rounding is far below a single's last place.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log2(Vector512<float> x) => LogScaled(x, 1.4426950408889634);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log10(Vector512<float> x) => LogScaled(x, 0.4342944819032518);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> LogScaled(Vector512<float> x, double scale)
    {
        var (low, high) = Widen(x);
        return LogEdges(x, Narrow(LogOfNormal(low) * Create(scale), LogOfNormal(high) * Create(scale)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogOfNormal(Vector512<double> x)
    {
        var (biased, m) = Split(x);
        var f = m - Create(1.0);
        return LogSum(ToFloating(biased, Create(-1023.0)), f, f / (Create(2.0) + f), Vector512<double>.Zero);
    }
}
