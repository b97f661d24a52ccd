using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// e^x = 2^n e^r with |r| <= ln 2 / 2, the logarithm of two in two parts (Cody and Waite, Software Manual for the
// Elementary Functions, 1980); e^r = 1 + r + r^2 q(r) with q minimax by minimax.py. The sum is kept open as 1 + r +
// w, so that each function adds it in the order that loses least.
internal static partial class OnVector512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<long> N, Vector512<double> R, Vector512<double> W) ReduceExp(Vector512<double> x)
    {
        var rounded = Fma(x, Create(1.4426950408889634), Create(Rounder));
        var n = rounded - Create(Rounder);
        var r = Fma(n, Create(-Ln2), x);
        r = Fma(n, Create(-Ln2Tail), r);
        return (rounded.AsInt64() - Create(Rounder).AsInt64(), r, ExpTail(r));
    }

    // e^(x + dx) = 2^n (E + Tail), for the functions that go on from there and may lose nothing yet; dx is below 1e-12.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<long> N, Vector512<double> E, Vector512<double> Tail) ExpPair(
        Vector512<double> x, Vector512<double> dx)
    {
        var rounded = Fma(x, Create(1.4426950408889634), Create(Rounder));
        var n = rounded - Create(Rounder);
        var first = Fma(n, Create(-Ln2), x);
        var r = Fma(n, Create(-Ln2Tail), first);
        var dr = Fma(n, Create(-Ln2Tail), first - r) + dx;
        var (e, tail) = OrderedSum(Create(1.0), r);
        (e, tail) = OrderedSum(e, tail + ExpTail(r));
        return (rounded.AsInt64() - Create(Rounder).AsInt64(), e, Fma(e, dr, tail));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ExpTail(Vector512<double> r)
    {
        var q = Horner(r, Create(2.092662233876703e-09), 2.5112344050391496e-08, 2.7557234519884803e-07);
        q = Horner(r, q, 2.755723394638289e-06, 2.4801587372193654e-05, 0.00019841269897339373, 0.0013888888888859362);
        return r * r * Horner(r, q, 0.00833333333331663, 0.04166666666666672, 0.16666666666666685, 0.5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<int> N, Vector512<float> R, Vector512<float> W) ReduceExp(Vector512<float> x)
    {
        var rounded = Fma(x, Create(1.44269504f), Create(RounderSingle));
        var n = rounded - Create(RounderSingle);
        var r = Fma(n, Create(-Ln2Single), x);
        r = Fma(n, Create(-Ln2TailSingle), r);
        return (rounded.AsInt32() - Create(RounderSingle).AsInt32(), r, ExpTail(r));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ExpTail(Vector512<float> r)
    {
        var q = Horner(r, Create(0.00139509013f), 0.00836895406f, 0.0416661985f);
        return r * r * Horner(r, q, 0.166665182f, 0.5f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp(Vector512<double> x)
    {
        var (n, r, w) = ReduceExp(Clamp(x, -750, 710));
        return NaNWhereNaN(x, Scale(Create(1.0) + (r + w), n));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x)
    {
        var (n, r, w) = ReduceExp(Clamp(x, -106f, 90f));
        return NaNWhereNaN(x, Scale(Create(1f) + (r + w), n));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp2(Vector512<double> x)
    {
        var inside = Clamp(x, -1080, 1025);
        var rounded = inside + Create(Rounder);
        var fraction = inside - (rounded - Create(Rounder));
        var (r, tail) = TwoProduct(fraction, Create(Ln2));
        var w = ExpTail(r) + Fma(fraction, Create(Ln2Tail), tail);
        var n = rounded.AsInt64() - Create(Rounder).AsInt64();
        return NaNWhereNaN(x, Scale(Create(1.0) + (r + w), n));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp2(Vector512<float> x)
    {
        var inside = Clamp(x, -152f, 129f);
        var rounded = inside + Create(RounderSingle);
        var fraction = inside - (rounded - Create(RounderSingle));
        var r = fraction * Create(Ln2Single);
        var w = ExpTail(r) + Fma(fraction, Create(Ln2Single), -r);
        var n = rounded.AsInt32() - Create(RounderSingle).AsInt32();
        return NaNWhereNaN(x, Scale(Create(1f) + (r + w), n));
    }

    // e^x - 1 = 2^n ((1 - 2^-n) + r + w): where n = 0 nothing is left but r + w, so no digit cancels near 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Expm1(Vector512<double> x)
    {
        var (n, r, w) = ReduceExp(Clamp(x, -40, 710));
        var (sum, tail) = TwoSum(Create(1.0) - ReciprocalOfPower(n), r);
        return NaNWhereNaN(x, WithSign(Scale(sum + (tail + w), n), x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Expm1(Vector512<float> x)
    {
        var (n, r, w) = ReduceExp(Clamp(x, -20f, 90f));
        var (sum, tail) = TwoSum(Create(1f) - ReciprocalOfPower(n), r);
        return NaNWhereNaN(x, WithSign(Scale(sum + (tail + w), n), x));
    }

    // 2^-n, or 0 where that is not a normal number; n <= 1024 or 130, and -n small.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ReciprocalOfPower(Vector512<long> n) =>
        (ShiftLeft(Create(1023L) - n, 52) & GreaterThan(Create(1023L), n)).AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ReciprocalOfPower(Vector512<int> n) =>
        (ShiftLeft(Create(127) - n, 23) & GreaterThan(Create(127), n)).AsSingle();
}
