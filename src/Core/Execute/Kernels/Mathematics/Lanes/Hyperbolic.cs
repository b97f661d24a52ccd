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
        var (n, r, w) = ReduceExp(Clamp(x, 0, 711));
        return Scale(Create(1.0) + (r + w), n - Vector512<long>.One);
    }

    // (e^2a - 1) / (e^2a + 1) with a = |x|; from 22 (or 10) on it is 1 to the last digit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Tanh(Vector512<double> x)
    {
        var a = Clamp(Abs(x), 0, 22);
        var (n, r, w) = ReduceExp(a + a);
        var power = ShiftLeft(n + Create(1023L), 52).AsDouble();
        var (top, tail) = OrderedSum(power - Create(1.0), power * r);
        (top, tail) = OrderedSum(top, Fma(power, w, tail));
        var (bottom, bottomTail) = TwoSum(Create(2.0), top);
        var (quotient, rest) = Divide(top, tail, bottom, bottomTail + tail);
        return NaNWhereNaN(x, WithSign(quotient + rest, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tanh(Vector512<float> x)
    {
        var a = Clamp(Abs(x), 0f, 10f);
        var (n, r, w) = ReduceExp(a + a);
        var power = ShiftLeft(n + Create(127), 23).AsSingle();
        var (top, tail) = OrderedSum(power - Create(1f), power * r);
        (top, tail) = OrderedSum(top, Fma(power, w, tail));
        var (bottom, bottomTail) = TwoSum(Create(2f), top);
        var (quotient, rest) = Divide(top, tail, bottom, bottomTail + tail);
        return NaNWhereNaN(x, WithSign(quotient + rest, x));
    }
}
