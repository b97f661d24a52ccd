using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// x = 2^k m with m = 1 + f from 3/4 to 3/2. In double, with s = f / (2 + f), log(1 + f) = 2 atanh(s) = f - s (f -
// R(s^2)), an order of summation that keeps the digits of f (P. Tang, "Table-driven implementation of the logarithm
// function", 1990; K. Ng's logarithm of 1986); in single f - f^2/2 + f^3 q(f), without the quotient. R and q minimax
// by minimax.py. Split gives k and m such that zero, infinity and negative numbers need no cases.
internal static partial class OnVector512
{
    // s (R(s^2) - f) = log(1 + f) - f.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> S, Vector512<double> Factor) LogParts(Vector512<double> f)
    {
        var s = f / (Create(2.0) + f);
        var z = s * s;
        var p = Horner(z, Create(0.15370300885326754), 0.15249920465619593, 0.18186369288969748);
        p = Horner(z, p, 0.22222138183898738, 0.28571429399101456, 0.39999999996141083, 0.6666666666667275);
        return (s, Fma(z, p, -f));
    }

    // k log 2 + log(1 + f).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogSum(Vector512<double> k, Vector512<double> f)
    {
        var (s, factor) = LogParts(f);
        return Fma(k, Create(Ln2), f + Fma(s, factor, k * Create(Ln2Tail)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> LogSum(Vector512<float> k, Vector512<float> f)
    {
        var q = Horner(f, Create(-0.0450780094f), 0.104636505f, -0.131615266f);
        q = Horner(f, q, 0.144783959f, -0.166472763f, 0.199908569f, -0.250000954f);
        q = Horner(f, q, 0.333334506f, -0.5f);
        return Fma(k, Create(Ln2Single), Fma(f * f, q, f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log(Vector512<double> x)
    {
        var (k, m) = Split(x);
        return OneNaN(LogSum(k, m - Create(1.0)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log(Vector512<float> x)
    {
        var (k, m) = Split(x);
        return OneNaN(LogSum(k, m - Create(1f)));
    }

    // u + c = 1 + x exactly as long as c says anything; with u = 2^k m, f = m - 1 + 2^-k c. Where u is 0 or infinite,
    // 2^-k c is NaN or 0 and is left out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log1p(Vector512<double> x)
    {
        var u = Create(1.0) + x;
        var (k, m) = Split(u);
        var c = Scale(x - (u - Create(1.0)), -k);
        var f = m - Create(1.0);
        f = ConditionalSelect(Vector512.Equals(c, c), f + c, f);
        return OneNaN(WithSign(LogSum(k, f), x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log1p(Vector512<float> x)
    {
        var u = Create(1f) + x;
        var (k, m) = Split(u);
        var c = Scale(x - (u - Create(1f)), -k);
        var f = m - Create(1f);
        f = ConditionalSelect(Vector512.Equals(c, c), f + c, f);
        return OneNaN(WithSign(LogSum(k, f), x));
    }

    // Other bases: f / log b with the quotient in two parts, of which the second joins what is small anyway.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log2(Vector512<double> x)
    {
        var (k, m) = Split(x);
        var f = m - Create(1.0);
        var (s, factor) = LogParts(f);
        var rest = Fma(s * factor, Create(LogE2), f * Create(2.0355273740931033e-17));
        return OneNaN(k + Fma(f, Create(LogE2), rest));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log2(Vector512<float> x)
    {
        var (k, m) = Split(x);
        var f = m - Create(1f);
        var q = Horner(f, Create(-0.064797014f), 0.150745884f, -0.189893782f);
        q = Horner(f, q, 0.20893155f, -0.240176171f, 0.288403481f, -0.36067456f);
        q = Horner(f, Horner(f, q, 0.480900109f, -0.721347511f), 1.92596299e-08f, 0f);
        return OneNaN(k + Fma(f, Create(LogE2Single), q));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log10(Vector512<double> x)
    {
        var (k, m) = Split(x);
        // Up to sqrt(2) only, since k log10 2 must not cancel much of the logarithm of m.
        var high = GreaterThan(m, Create(1.4142135623730951));
        k = ConditionalSelect(high, k + Create(1.0), k);
        m = ConditionalSelect(high, m * Create(0.5), m);
        var f = m - Create(1.0);
        var (s, factor) = LogParts(f);
        var rest = Fma(s * factor, Create(0.4342944819032518), f * Create(1.098319650216765e-17));
        rest = Fma(f, Create(0.4342944819032518), Fma(k, Create(2.8363394551044964e-14), rest));
        return OneNaN(Fma(k, Create(0.30102999566395283), rest));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log10(Vector512<float> x)
    {
        var (k, m) = Split(x);
        var f = m - Create(1f);
        var q = Horner(f, Create(-0.0195058435f), 0.0453790314f, -0.0571637228f);
        q = Horner(f, q, 0.0628946647f, -0.0723002329f, 0.086818099f, -0.108573861f);
        q = Horner(f, Horner(f, q, 0.144765347f, -0.217147246f), -1.01030501e-08f, 0f);
        q = Fma(f, Create(0.434294492f), Fma(k, Create(1.54813335e-08f), q));
        return OneNaN(Fma(k, Create(0.30102998f), q));
    }
}
