using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// A logarithm that needs more than a double: in a power x^y its error grows by the factor y log x, up to 745. log(1 +
// f) = 2 s + s^3 (2/3 + s^2 Q(s^2)) with
// the quotient s, the square and the first two coefficients carried as pairs: relative error about 2^-65.
internal static partial class OnVector512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Log, Vector512<double> Tail) LogPairOfMantissa(Vector512<double> m)
    {
        var (b, db) = OrderedSum(Create(1.0), m);
        var (s, ds) = Divide(m - Create(1.0), Vector512<double>.Zero, b, db);
        var (z, dz) = TwoProduct(s, s);
        dz = Fma(s + s, ds, dz);
        var q = Horner(z, Create(0.12573447116447714), 0.11592033425283951, 0.13341165988297524);
        q = Horner(z, q, 0.15384405896991685, 0.1818182154095175);
        q = Horner(z, q, 0.22222222191082297, 0.2857142857157825) * z + Create(0.39999999999999725);
        var (a, da) = OrderedSum(Create(0.6666666666666666), z * q);
        var (c, dc) = TwoProduct(z, a);
        dc += Fma(z, da + Create(3.700743415417188e-17), dz * a);
        var (e, de) = TwoProduct(s, c);
        de += Fma(s, dc, ds * c);
        var (log, tail) = OrderedSum(s + s, e);
        return (log, tail + (de + (ds + ds)));
    }

    // log x = k log 2 + log m, of a positive and finite x; the first part of log 2 has 42 bits, so that its product
    // with k is exact.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Log, Vector512<double> Tail) LogPair(Vector512<double> x)
    {
        var (k, m) = Split(x);
        var (log, logTail) = LogPairOfMantissa(m);
        var (sum, tail) = OrderedSum(k * Create(0.6931471805598903), log);
        return (sum, tail + Fma(k, Create(5.497923018708371e-14), logTail));
    }
}
