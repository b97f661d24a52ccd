using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// Sigmoid: with e^x = 2^n e^r it is 2^n / (2^n + 1 + (e^-r - 1)), whose dividend is exact, down to the subnormal
// numbers; the larger of 2^n and 1 comes last in the sum, so that the other's rounding counts for less. Softplus: with
// e = e^-|x|, never above 1, it is max(x, 0) + log(1 + e). Its comparison is written out in both directions, each of
// which costs one instruction, where a mask that is used twice costs its conversion.
internal static partial class OnVector512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sigmoid(Vector512<double> x)
    {
        var inside = Clamp(x, -746, 40);
        var n = Fma(inside, Create(LogE2), Create(Rounder)) - Create(Rounder);
        var minusR = Fma(n, Create(Ln2Tail), Fma(n, Create(Ln2), -inside));
        var power = Scale(Create(1.0), n);
        var last = MinNative(power, Create(1.0)) + Expm1Near(minusR);
        return NaNWhereNaN(x, power / (MaxNative(power, Create(1.0)) + last));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var inside = Clamp(x, -104f, 20f);
        var n = Fma(inside, Create(LogE2Single), Create(RounderSingle)) - Create(RounderSingle);
        var minusR = Fma(n, Create(Ln2TailSingle), Fma(n, Create(Ln2Single), -inside));
        var power = Scale(Create(1f), n);
        var last = MinNative(power, Create(1f)) + Expm1Near(minusR);
        return NaNWhereNaN(x, power / (MaxNative(power, Create(1f)) + last));
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
        var f = ConditionalSelect(GreaterThan(e, Create(0.5)), Fma(e, Create(0.5), Create(-0.5)), e);
        var k = ConditionalSelect(LessThanOrEqual(e, Create(0.5)), Vector512<double>.Zero, Create(1.0));
        return NaNWhereNaN(x, MaxNative(x, Vector512<double>.Zero) + LogSum(k, f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Softplus(Vector512<float> x)
    {
        var e = ExpOfMinusMagnitude(x);
        var f = ConditionalSelect(GreaterThan(e, Create(0.5f)), Fma(e, Create(0.5f), Create(-0.5f)), e);
        var k = ConditionalSelect(LessThanOrEqual(e, Create(0.5f)), Vector512<float>.Zero, Create(1f));
        return NaNWhereNaN(x, MaxNative(x, Vector512<float>.Zero) + LogSum(k, f));
    }
}
