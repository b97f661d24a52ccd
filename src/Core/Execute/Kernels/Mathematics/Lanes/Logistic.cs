using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// With e = e^-|x|, never above 1: sigmoid is 1 / (1 + e) or e / (1 + e), and softplus is max(x, 0) + log(1 + e).
internal static partial class OnVector512
{
    // The power of two of a small e multiplies the quotient last, so that a subnormal result is rounded once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sigmoid(Vector512<double> x)
    {
        var (n, r, w) = ReduceExp(Clamp(-Abs(x), -750, 0));
        var (e, tail) = OrderedSum(Create(1.0), r);
        (e, tail) = OrderedSum(e, tail + w);
        var (bottom, bottomTail) = OrderedSum(Create(1.0), Scale(e, n));
        var negative = LessThan(x, Vector512<double>.Zero);
        var top = ConditionalSelect(negative, e, Create(1.0));
        var (quotient, rest) = Divide(top, tail & negative, bottom, bottomTail);
        return NaNWhereNaN(x, Scale(quotient + rest, n & negative.AsInt64()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var (n, r, w) = ReduceExp(Clamp(-Abs(x), -106f, 0f));
        var (e, tail) = OrderedSum(Create(1f), r);
        (e, tail) = OrderedSum(e, tail + w);
        var (bottom, bottomTail) = OrderedSum(Create(1f), Scale(e, n));
        var negative = LessThan(x, Vector512<float>.Zero);
        var top = ConditionalSelect(negative, e, Create(1f));
        var (quotient, rest) = Divide(top, tail & negative, bottom, bottomTail);
        return NaNWhereNaN(x, Scale(quotient + rest, n & negative.AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Softplus(Vector512<double> x)
    {
        var positive = x & GreaterThan(x, Vector512<double>.Zero);
        return NaNWhereNaN(x, positive + LogOnePlus(Exp(-Abs(x))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Softplus(Vector512<float> x)
    {
        var positive = x & GreaterThan(x, Vector512<float>.Zero);
        return NaNWhereNaN(x, positive + LogOnePlus(Exp(-Abs(x))));
    }
}
