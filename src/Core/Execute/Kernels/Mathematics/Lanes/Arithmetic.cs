using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The elementary functions, lane by lane. This text is compiled twice: as it stands, and by Widths.targets with every
/// 512 read as 256, so that both widths run the same operations and give the same bits.
/// </summary>
internal static partial class OnVector512
{
    // 1.5 * 2^52 and 1.5 * 2^23: adding one leaves the nearest integer in the low bits of the sum, in two's complement.
    const double Rounder = 6755399441055744.0;
    const float RounderSingle = 12582912f;
    const double Ln2 = 0.6931471805599453, Ln2Tail = 2.3190468138462996e-17;
    const float Ln2Single = 0.693147182f, Ln2TailSingle = -1.90465432e-09f;
    const double LogE2 = 1.4426950408889634;
    const float LogE2Single = 1.44269502f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Fma(Vector512<double> x, Vector512<double> y, Vector512<double> z) =>
        FusedMultiplyAdd(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Fma(Vector512<float> x, Vector512<float> y, Vector512<float> z) =>
        FusedMultiplyAdd(x, y, z);

    // Horner's scheme, a few coefficients at a time, from the highest power down: ((p x + a) x + b) ...
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Horner(Vector512<double> x, Vector512<double> p, double a) =>
        FusedMultiplyAdd(p, x, Create(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Horner(Vector512<double> x, Vector512<double> p, double a, double b) =>
        FusedMultiplyAdd(FusedMultiplyAdd(p, x, Create(a)), x, Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Horner(Vector512<double> x, Vector512<double> p, double a, double b, double c, double d)
    {
        p = FusedMultiplyAdd(FusedMultiplyAdd(p, x, Create(a)), x, Create(b));
        return FusedMultiplyAdd(FusedMultiplyAdd(p, x, Create(c)), x, Create(d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Horner(Vector512<float> x, Vector512<float> p, float a, float b) =>
        FusedMultiplyAdd(FusedMultiplyAdd(p, x, Create(a)), x, Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Horner(Vector512<float> x, Vector512<float> p, float a, float b, float c, float d) =>
        Horner(x, Horner(x, p, a, b), c, d);

    // Exact sums and products as an unevaluated pair (Dekker 1971; Knuth, The Art of Computer Programming 2, 4.2.2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Sum, Vector512<double> Tail) TwoSum(Vector512<double> a, Vector512<double> b)
    {
        var sum = a + b;
        var part = sum - a;
        return (sum, a - (sum - part) + (b - part));
    }

    // The same where |a| >= |b| or a = 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Sum, Vector512<double> Tail) OrderedSum(Vector512<double> a, Vector512<double> b)
    {
        var sum = a + b;
        return (sum, b - (sum - a));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Product, Vector512<double> Tail) TwoProduct(Vector512<double> a, Vector512<double> b)
    {
        var product = a * b;
        return (product, FusedMultiplyAdd(a, b, -product));
    }

    // (a + da) / (b + db), as a quotient and the rest that it leaves out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Quotient, Vector512<double> Tail) Divide(
        Vector512<double> a, Vector512<double> da, Vector512<double> b, Vector512<double> db)
    {
        var inverse = Create(1.0) / b;
        var quotient = a * inverse;
        var rest = FusedMultiplyAdd(-quotient, b, a) + FusedMultiplyAdd(-quotient, db, da);
        return (quotient, rest * inverse);
    }

    // A NaN passes through on x86; elsewhere it may be another, but no result of this room hangs on that. No bound is
    // 0, of whose sign processors differ.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Clamp(Vector512<double> x, double low, double high) =>
        MinNative(Create(high), MaxNative(Create(low), x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Clamp(Vector512<float> x, float low, float high) =>
        MinNative(Create(high), MaxNative(Create(low), x));

    // Processors differ in the sign and payload of a NaN; every NaN that leaves this room has the same bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> OneNaN(Vector512<double> x) =>
        ConditionalSelect(Vector512.Equals(x, x), x, Create(double.NaN));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> OneNaN(Vector512<float> x) =>
        ConditionalSelect(Vector512.Equals(x, x), x, Create(float.NaN));

    // The value where the argument is a number, the one NaN where it is not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> NaNWhereNaN(Vector512<double> x, Vector512<double> value) =>
        ConditionalSelect(Vector512.Equals(x, x), value, Create(double.NaN));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> NaNWhereNaN(Vector512<float> x, Vector512<float> value) =>
        ConditionalSelect(Vector512.Equals(x, x), value, Create(float.NaN));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> WithSign(Vector512<double> magnitude, Vector512<double> sign) =>
        ConditionalSelect(Create(-0.0), sign, magnitude);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> WithSign(Vector512<float> magnitude, Vector512<float> sign) =>
        ConditionalSelect(Create(-0f), sign, magnitude);
}
