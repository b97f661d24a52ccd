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
    static (Vector512<double> Quotient, Vector512<double> N) Complement(Vector512<double> a)
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

    // Beyond 1, 1 - e^(-a^2) g(t) with t = (a - 2.5) / (a + 2.5); from 6 on it is 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Erf(Vector512<double> x)
    {
        var a = MinNative(Create(6.0), Abs(x));
        var t = (a - Create(2.5)) / (a + Create(2.5));
        var g = Horner(t, Create(-9.55839901492768e-07), -5.3277992806863276e-05, -0.00013882022139996705);
        g = Horner(t, g, 0.00022549213311604525, 0.0008755211653849157);
        g = Horner(t, g, -0.002642355050622748, -0.003993689577640475, 0.03992254046308748, -0.12503305235381593);
        g = Horner(t, g, 0.25171319321187663, -0.3717367339492595) * t + Create(0.21080636406114245);
        var far = Fma(-ExpInside(-a * a), g, Create(1.0));
        return NaNWhereNaN(x, WithSign(ConditionalSelect(LessThan(a, Create(1.0)), ErfNear(a), far), x));
    }

    // Near 0 the rounding of t shows, and the difference from 1 is better.
    internal static Vector512<double> Erfc(Vector512<double> x)
    {
        var magnitude = MinNative(Create(28.0), Abs(x));
        var (quotient, n) = Complement(magnitude);
        var near = LessThan(magnitude, Create(0.5));
        var right = ConditionalSelect(near, Create(1.0) - ErfNear(magnitude), Scale(quotient, n));
        var left = Create(2.0) - right;
        return NaNWhereNaN(x, ConditionalSelect(LessThan(x, Vector512<double>.Zero), left, right));
    }

    // x + x p(x^2) up to 1.05, and from there to 4 a polynomial in |x|, which at 3.96 rounds to 1; minimax by
    // minimax.py.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Erf(Vector512<float> x)
    {
        var a = MinNative(Create(3.96f), Abs(x));
        var z = a * a;
        var near = Horner(z, Create(7.52549386e-05f), -0.000791456026f, 0.00517795281f);
        near = Horner(z, near, -0.0268486701f, 0.112834714f, -0.37612617f, 0.128379166f);

        var t = a - Create(2.52498555f);
        var far = Horner(t, Create(7.04041781e-07f), -8.80882544e-06f, 1.38464065e-05f);
        far = Horner(t, far, 6.55706317e-05f, -0.000251954392f, 0.0002290595f, 0.0006090487f);
        far = Horner(t, far, -0.00271694805f, 0.00569537934f, -0.00787764043f, 0.00752781378f);
        far = Fma(t, Horner(t, far, -0.00485204067f, 0.00192113f), Create(0.99964422f));
        return NaNWhereNaN(x, WithSign(ConditionalSelect(LessThan(a, Create(1.05f)), Fma(a, near, a), far), x));
    }
}
