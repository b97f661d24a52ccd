using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// erfc a = e^(-a^2) g(t) / (1 + 2 a) with t = (a - 4.5) / (a + 4.5), by which one polynomial g serves all a >= 0 (M.
// Shepherd and J. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < inf", 1981); g
// minimax up to a = 28, from where on erfc is 0. erf x = x + x p(x^2) below 1, p minimax. Both by minimax.py.
internal static partial class OnVector512
{
    // The square's rounding error, times 2 a or so, would be the answer's: it goes into the exponential.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Quotient, Vector512<long> N) Complement(Vector512<double> a)
    {
        var (square, squareTail) = TwoProduct(a, a);
        var (n, e, tail) = ExpPair(-square, -squareTail);
        var (g, gTail) = ComplementShape((a - Create(4.5)) / (a + Create(4.5)));
        var (top, topTail) = TwoProduct(e, g);
        topTail += Fma(tail, g, e * gTail);
        var (bottom, bottomTail) = TwoSum(Create(1.0), a + a);
        var (quotient, rest) = Divide(top, topTail, bottom, bottomTail);
        return (quotient + rest, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> G, Vector512<double> Tail) ComplementShape(Vector512<double> t)
    {
        var g = Horner(t, Create(-2.367932153246526e-09), -6.617153502825866e-09, 1.990792871469988e-08,
            4.799719576117558e-08, -1.8752982188889564e-07);
        g = Horner(t, g, -1.02520499998025e-07, 1.6268207617699371e-06, -2.518776748566622e-06, -7.814295839762737e-06);
        g = Horner(t, g, 4.405288790395405e-05, -6.778825876850335e-05, -0.00018218606888083241, 0.0014843222973523027);
        g = Horner(t, g, -0.005404217953198072, 0.014166837383142145, -0.029681792253017005, 0.05161384332891557);
        g = Horner(t, g, -0.07519744544002983, 0.09033360602516877, -0.08357835444788544, 0.04337222005886234);
        var (p, dp) = TwoProduct(t, Horner(t, g, 0.03334406396823076, -0.1367070998554379));
        var (sum, tail) = OrderedSum(Create(1.224848042738414), p);
        return (sum, tail + dp);
    }

    // erf a for 0 <= a <= 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ErfNear(Vector512<double> a)
    {
        var z = a * a;
        var p = Horner(z, Create(5.955288304055419e-11), -1.1371851587362e-09, 1.4659549149443482e-08);
        p = Horner(z, p, -1.635028399688587e-07, 1.6460998256797263e-06);
        p = Horner(z, p, -1.492559515895866e-05, 0.00012055331108485217, -0.0008548326980784856, 0.005223977624817837);
        p = Horner(z, p, -0.026866170645076844, 0.11283791670954879, -0.3761263890318375, 0.1283791670955126);
        return Fma(a, p, a);
    }

    internal static Vector512<double> Erf(Vector512<double> x)
    {
        var magnitude = Clamp(Abs(x), 0, 6);
        var (quotient, n) = Complement(magnitude);
        var far = Create(1.0) - quotient * ShiftLeft(n + Create(1023L), 52).AsDouble();
        var near = LessThan(magnitude, Create(1.0));
        return NaNWhereNaN(x, WithSign(ConditionalSelect(near, ErfNear(magnitude), far), x));
    }

    // Near 0 the rounding of t shows, and the difference from 1 is better.
    internal static Vector512<double> Erfc(Vector512<double> x)
    {
        var magnitude = Clamp(Abs(x), 0, 28);
        var (quotient, n) = Complement(magnitude);
        var near = LessThan(magnitude, Create(0.5));
        var right = ConditionalSelect(near, Create(1.0) - ErfNear(magnitude), Scale(quotient, n));
        var left = Create(2.0) - right;
        return NaNWhereNaN(x, ConditionalSelect(LessThan(x, Vector512<double>.Zero), left, right));
    }

    // Beyond 1, 1 - e^p(a) with p minimax for log erfc a, weighted by erfc a (an idea of N. Juffa's); from 4 on it is
    // 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Erf(Vector512<float> x)
    {
        var a = Clamp(Abs(x), 0f, 4f);
        var z = a * a;
        var near = Horner(z, Create(7.88257748e-05f), -0.000801904942f, 0.00518935313f);
        near = Horner(z, Horner(z, near, -0.0268543605f, 0.112835981f), -0.37612626f, 0.128379166f);
        near = Fma(a, near, a);

        var log = Horner(a, Create(0.000185573401f), -0.00293960469f, 0.0218053237f);
        log = Horner(a, Horner(a, log, -0.103037409f, -0.638225615f), -1.12704015f, -0.000353696902f);
        var (n, r, w) = ReduceExp(log);
        var far = Create(1f) - (Create(1f) + (r + w)) * ShiftLeft(n + Create(127), 23).AsSingle();
        return NaNWhereNaN(x, WithSign(ConditionalSelect(LessThan(a, Create(1f)), near, far), x));
    }
}
