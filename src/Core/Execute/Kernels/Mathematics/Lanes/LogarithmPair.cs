using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// Logarithms that need more than a double: in a power x^y the error of log x grows by the factor y log x, up to 745;
// and in other bases the product with 1 / log b must not round twice. log(1 + f) = 2 s + s^3 (2/3 + s^2 Q(s^2)) with
// the quotient s, the square and the first two coefficients carried as pairs: relative error about 2^-65.
internal static partial class OnVector512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Log, Vector512<double> Tail) LogPair(Vector512<double> m)
    {
        var (b, db) = OrderedSum(Create(1.0), m);
        var (s, ds) = Divide(m - Create(1.0), Vector512<double>.Zero, b, db);
        var (z, dz) = TwoProduct(s, s);
        dz = Fma(s + s, ds, dz);
        var q = Horner(z, Create(0.11992017364405341), 0.11674458200747141, 0.13336335146878414, 0.1538455641081745,
            0.1818181887705018);
        q = Horner(z, q, 0.22222222217481657, 0.28571428571445334) * z + Create(0.39999999999999974);
        var (a, da) = OrderedSum(Create(0.6666666666666666), z * q);
        var (c, dc) = TwoProduct(z, a);
        dc += Fma(z, da + Create(3.700743415417188e-17), dz * a);
        var (e, de) = TwoProduct(s, c);
        de += Fma(s, dc, ds * c);
        var (log, tail) = OrderedSum(s + s, e);
        return (log, tail + (de + (ds + ds)));
    }

    // log_b x = k log_b 2 + log m / log b, for the base of which these are the numbers; the first has 42 bits, so that
    // its product with k is exact.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Log, Vector512<double> Tail) LogPair(
        Vector512<double> x, double two, double twoTail, double scale, double scaleTail)
    {
        var (k, m) = Exponent(x);
        var (log, logTail) = LogPair(m);
        var (p, dp) = TwoProduct(log, Create(scale));
        dp = Fma(log, Create(scaleTail), Fma(logTail, Create(scale), dp));
        var (sum, tail) = OrderedSum(k * Create(two), p);
        return (sum, tail + Fma(k, Create(twoTail), dp));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log2(Vector512<double> x)
    {
        var (log, tail) = LogPair(x, 1, 0, 1.4426950408889634, 2.0355273740931033e-17);
        return LogEdges(x, log + tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log10(Vector512<double> x)
    {
        var (log, tail) = LogPair(
            x, 0.30102999566395283, 2.8363394551044964e-14, 0.4342944819032518, 1.098319650216765e-17);
        return LogEdges(x, log + tail);
    }
}
