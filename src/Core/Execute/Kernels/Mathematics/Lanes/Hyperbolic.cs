using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// All from the open exponential of Exponential.cs, of |x|, so that the odd ones are odd to the last bit.
internal static partial class OnVector512
{
    // From 1 on (e^|x| - e^-|x|) / 2, halved before it can overflow; below 1 x + x^3 p(x^2), p minimax by minimax.py.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sinh(Vector512<double> x)
    {
        var magnitude = Abs(x);
        var half = HalfExp(magnitude);
        var far = half - Create(0.25) / half;
        var z = x * x;
        var p = Horner(z, Create(7.759313379960058e-13), 1.6057240309376575e-10, 2.5052123398851216e-08);
        p = Horner(z, p, 2.7557319155335935e-06, 0.0001984126984143768, 0.008333333333333139, 0.16666666666666669);
        var near = Fma(magnitude * z, p, magnitude);
        return NaNWhereNaN(x, WithSign(ConditionalSelect(LessThan(magnitude, Create(1.0)), near, far), x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Cosh(Vector512<double> x)
    {
        var half = HalfExp(Abs(x));
        return NaNWhereNaN(x, half + Create(0.25) / half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> HalfExp(Vector512<double> x)
    {
        var (n, r) = ReduceExp(MinNative(Create(711.0), x));
        return Scale(ExpNear(r), n - Create(1.0));
    }

    // Up to 0.55 x + x^3 q(x^2), q minimax by minimax.py; beyond, 1 - 2 / (e^2a + 1) with a = |x|, which from 19.1 (or
    // 9.1) on is 1. There the logarithm of two needs no second part: its error grows with n, but tanh's slope falls
    // faster.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Tanh(Vector512<double> x)
    {
        var a = MinNative(Create(20.0), Abs(x));
        var z = a * a;
        var q = Horner(z, Create(5.102119456659514e-05), -0.0002103020437851841, 0.000579136836203619);
        q = Horner(z, q, -0.0014532167105414451, 0.003591719691270962, -0.008863194503711811, 0.021869485974802157);
        q = Horner(z, Horner(z, q, -0.053968253876080396, 0.13333333333168715), -0.33333333333332316);
        var near = Fma(a * z, q, a);

        var biased = Fma(a, Create(2 * LogE2), Create(Rounder + 1023));
        var n = biased - Create(Rounder + 1023);
        var power = ShiftLeft(biased.AsInt64(), 52).AsDouble();
        var bottom = Fma(power, Expm1Near(Fma(n, Create(-Ln2), a + a)), power + Create(1.0));
        var far = Create(1.0) - Create(2.0) / bottom;
        return NaNWhereNaN(x, WithSign(ConditionalSelect(LessThan(a, Create(0.55)), near, far), x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tanh(Vector512<float> x)
    {
        var a = MinNative(Create(10f), Abs(x));
        var z = a * a;
        var q = Horner(z, Create(0.0164375175f), -0.052671805f, 0.133207262f);
        var near = Fma(a * z, Fma(z, q, Create(-0.333329469f)), a);

        var biased = Fma(a, Create(2 * LogE2Single), Create(RounderSingle + 127));
        var n = biased - Create(RounderSingle + 127);
        var power = ShiftLeft(biased.AsInt32(), 23).AsSingle();
        var bottom = Fma(power, Expm1Near(Fma(n, Create(-Ln2Single), a + a)), power + Create(1f));
        var far = Create(1f) - Create(2f) / bottom;
        return NaNWhereNaN(x, WithSign(ConditionalSelect(LessThan(a, Create(0.55f)), near, far), x));
    }
}
