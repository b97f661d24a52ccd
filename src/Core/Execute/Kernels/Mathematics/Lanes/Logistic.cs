using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// Sigmoid: with e^x = 2^n e^r it is 2^n / (1 + 2^n + (e^-r - 1)), whose dividend is exact, down to the subnormal numbers.
// The divisor is rounded once where 1 + 2^n is exact, and little more where a small 2^n joins the last term. Softplus:
// with e = e^-|x|, never above 1, it is max(x, 0) + log(1 + e).
internal static partial class OnVector512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sigmoid(Vector512<double> x)
    {
        var inside = Clamp(x, -746, 40);
        var n = Fma(inside, Create(LogE2), Create(Rounder)) - Create(Rounder);
        var minusR = Fma(n, Create(Ln2Tail), Fma(n, Create(Ln2), -inside));
        var power = Scale(Create(1.0), n);
        var w = Expm1Near(minusR);
        var small = LessThan(power, Create(1.862645149230957e-09));
        var bottom = ConditionalSelect(small, Create(1.0), Create(1.0) + power)
            + ConditionalSelect(small, power + w, w);
        return NaNWhereNaN(x, power / bottom);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var inside = Clamp(x, -104f, 20f);
        var n = Fma(inside, Create(LogE2Single), Create(RounderSingle)) - Create(RounderSingle);
        var minusR = Fma(n, Create(Ln2TailSingle), Fma(n, Create(Ln2Single), -inside));
        var power = Scale(Create(1f), n);
        var w = Expm1Near(minusR);
        var small = LessThan(power, Create(0.000244140625f));
        var bottom = ConditionalSelect(small, Create(1f), Create(1f) + power)
            + ConditionalSelect(small, power + w, w);
        return NaNWhereNaN(x, power / bottom);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ExpOfMinusMagnitude(Vector512<double> x) =>
        ExpInside(MaxNative(Create(-746.0), x | Create(-0.0)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ExpOfMinusMagnitude(Vector512<float> x) =>
        ExpInside(MaxNative(Create(-104f), x | Create(-0f)));

    // 1 + e is 1 + f or, from 3/2 on, 2 (1 + f).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Softplus(Vector512<double> x)
    {
        var e = ExpOfMinusMagnitude(x);
        var large = GreaterThan(e, Create(0.5));
        var f = ConditionalSelect(large, Fma(e, Create(0.5), Create(-0.5)), e);
        var positive = x & GreaterThan(x, Vector512<double>.Zero);
        return NaNWhereNaN(x, positive + LogSum(Create(1.0) & large, f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Softplus(Vector512<float> x)
    {
        var e = ExpOfMinusMagnitude(x);
        var large = GreaterThan(e, Create(0.5f));
        var f = ConditionalSelect(large, Fma(e, Create(0.5f), Create(-0.5f)), e);
        var positive = x & GreaterThan(x, Vector512<float>.Zero);
        return NaNWhereNaN(x, positive + LogSum(Create(1f) & large, f));
    }
}
