using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// Up to 1/2 asin x = x + x^3 p(x^2), p minimax by minimax.py; beyond, asin x = pi/2 - 2 asin sqrt((1 - x) / 2), where
// 1 - x is exact (Cephes, S. Moshier, 1984). Outside [-1, 1] the root is of a negative number, and NaN.
internal static partial class OnVector512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Far, Vector512<double> S, Vector512<double> Tail) ArcSineParts(Vector512<double> x)
    {
        var magnitude = Abs(x);
        var far = GreaterThan(magnitude, Create(0.5));
        var z = ConditionalSelect(far, Fma(magnitude, Create(-0.5), Create(0.5)), x * x);
        var s = ConditionalSelect(far, Sqrt(z), magnitude);
        var p = Horner(z, Create(0.03270173252919263), -0.021115982455430136, 0.021790087594471607);
        p = Horner(z, p, 0.0036724327220841128, 0.010789250390273801, 0.011397306712144605, 0.013981016721977964);
        p = Horner(z, p, 0.0173515956651175, 0.02237221589582872, 0.030381942675674293, 0.04464285717527691);
        return (far, s, s * z * Horner(z, p, 0.0749999999997011, 0.16666666666666763));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Asin(Vector512<double> x)
    {
        var (far, s, p) = ArcSineParts(x);
        var (top, tail) = OrderedSum(Create(1.5707963267948966), Create(-2.0) * s);
        var beyond = top + (tail + Fma(Create(-2.0), p, Create(6.123233995736766e-17)));
        return OneNaN(WithSign(ConditionalSelect(far, beyond, s + p), x));
    }

    // pi/2 - asin x in the middle, 2 asin sqrt((1 - x) / 2) on the right, pi less that on the left.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Acos(Vector512<double> x)
    {
        var (far, s, p) = ArcSineParts(x);
        var negative = LessThan(x, Vector512<double>.Zero);
        var twice = Create(2.0) * (s + p);
        var factor = ConditionalSelect(far, Create(-2.0), WithSign(Create(1.0), -x));
        var quarters = ConditionalSelect(far, Create(2.0), Create(1.0));
        var (top, tail) = OrderedSum(quarters * Create(1.5707963267948966), factor * s);
        var rest = Fma(factor, p, quarters * Create(6.123233995736766e-17));
        return OneNaN(ConditionalSelect(AndNot(far, negative), twice, top + (tail + rest)));
    }
}
