using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// x = n pi/2 + r + dr with |r| <= pi/4: pi/2 in three parts (Cody and Waite), of which the first leaves an exact rest
// and the second an exact pair; beyond 2^30 the quarter turns are counted lane by lane (QuarterTurns). On the rest,
// sine and cosine are minimax by minimax.py, added in the order of K. Ng's kernels (fdlibm, 1993).
internal static partial class OnVector512
{
    const double LargestQuick = 1073741824.0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<long> N, Vector512<double> R, Vector512<double> Dr) ReduceAngle(Vector512<double> x)
    {
        var (n, r, dr) = ReduceQuick(x);
        return GreaterThanAny(Abs(x), Create(LargestQuick)) ? ReduceSlowly(x, n, r, dr) : (n, r, dr);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<long> N, Vector512<double> R, Vector512<double> Dr) ReduceQuick(Vector512<double> x)
    {
        var rounded = Fma(x, Create(0.6366197723675814), Create(Rounder));
        var n = rounded - Create(Rounder);
        var rest = Fma(n, Create(-1.5707963267948966), x);
        var (p, dp) = TwoProduct(n, Create(6.123233995736766e-17));
        var (r, dr) = TwoSum(rest, -p);
        return (rounded.AsInt64(), r, dr - Fma(n, Create(-1.4973849048591698e-33), dp));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static (Vector512<long> N, Vector512<double> R, Vector512<double> Dr) ReduceSlowly(
        Vector512<double> x, Vector512<long> n, Vector512<double> r, Vector512<double> dr)
    {
        for (var i = 0; i < Vector512<double>.Count; i++)
        {
            var lane = x.GetElement(i);
            if (!(Math.Abs(lane) > LargestQuick)) continue;
            var (turns, rest, tail) = QuarterTurns.Of(lane);
            (n, r, dr) = (n.WithElement(i, turns), r.WithElement(i, rest), dr.WithElement(i, tail));
        }
        return (n, r, dr);
    }

    // sin(r + dr) = r + tail.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SineTail(Vector512<double> z, Vector512<double> r, Vector512<double> dr)
    {
        var p = Horner(z, Create(1.5896665643179244e-10), -2.5050755954726303e-08, 2.75573136786915e-06);
        p = Horner(z, Horner(z, p, -0.0001984126982977151, 0.008333333333322372), -0.16666666666666632);
        return Fma(z * r, p, Fma(dr * z, Create(-0.5), dr));
    }

    // cos(r + dr) = c + tail.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> C, Vector512<double> Tail) Cosine(
        Vector512<double> z, Vector512<double> r, Vector512<double> dr)
    {
        var p = Horner(z, Create(-1.135956347184903e-11), 2.087572172556899e-09, -2.7557314341629493e-07);
        p = Horner(z, Horner(z, p, 2.4801587289447886e-05, -0.0013888888888874075), 0.0416666666666666);
        var half = Create(0.5) * z;
        var c = Create(1.0) - half;
        return (c, (Create(1.0) - c - half) + Fma(z * z, p, -r * dr));
    }

    // Quarter turns 0 and 2 take the sine, 1 and 3 the cosine; 2 and 3 change the sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SineAfter(
        Vector512<long> turns, Vector512<double> r, Vector512<double> dr)
    {
        var z = r * r;
        var (c, tail) = Cosine(z, r, dr);
        var odd = Vector512.Equals(turns & Vector512<long>.One, Vector512<long>.One).AsDouble();
        var value = ConditionalSelect(odd, c + tail, r + SineTail(z, r, dr));
        return value ^ ShiftLeft(turns & Create(2L), 62).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sin(Vector512<double> x)
    {
        var (n, r, dr) = ReduceAngle(x);
        var tiny = LessThan(Abs(x), Create(7.450580596923828e-09));
        return OneNaN(ConditionalSelect(tiny, x, SineAfter(n, r, dr)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Cos(Vector512<double> x)
    {
        var (n, r, dr) = ReduceAngle(x);
        return OneNaN(SineAfter(n + Vector512<long>.One, r, dr));
    }

    // sin / cos, or -cos / sin after an odd number of quarter turns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Tan(Vector512<double> x)
    {
        var (n, r, dr) = ReduceAngle(x);
        var z = r * r;
        var (s, ds) = OrderedSum(r, SineTail(z, r, dr));
        var (c, dc) = Cosine(z, r, dr);
        (c, dc) = OrderedSum(c, dc);
        var odd = Vector512.Equals(n & Vector512<long>.One, Vector512<long>.One).AsDouble();
        var (quotient, tail) = Divide(
            ConditionalSelect(odd, -c, s), ConditionalSelect(odd, -dc, ds),
            ConditionalSelect(odd, s, c), ConditionalSelect(odd, ds, dc));
        var tiny = LessThan(Abs(x), Create(7.450580596923828e-09));
        return OneNaN(ConditionalSelect(tiny, x, quotient + tail));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sin(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        var sine = Narrow(SineForSingle(low, 0), SineForSingle(high, 0));
        return OneNaN(ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), x, sine));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Cos(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return OneNaN(Narrow(SineForSingle(low, 1), SineForSingle(high, 1)));
    }

    // sin(x + turns pi/2) in double arithmetic with the 33 bits that a single needs; x is a single, so that the rest of
    // a quarter turn is no smaller than 2^-32 or so and two parts of pi/2 suffice.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SineForSingle(Vector512<double> x, long turns)
    {
        var rounded = Fma(x, Create(0.6366197723675814), Create(Rounder));
        var quarter = rounded - Create(Rounder);
        var r = Fma(quarter, Create(-6.123233995736766e-17), Fma(quarter, Create(-1.5707963267948966), x));
        var n = rounded.AsInt64();
        if (GreaterThanAny(Abs(x), Create(LargestQuick))) (n, r, _) = ReduceSlowly(x, n, r, r);
        n += Create(turns);

        var z = r * r;
        var s = Horner(z, Create(2.7182734971600128e-06), -0.0001983933094715577, 0.008333329374363752);
        s = Fma(r * z, Horner(z, s, -0.16666666641538694), r);
        var c = Horner(z, Create(2.4438158669425775e-05), -0.0013887365330823333, 0.04166664683262099);
        c = Horner(z, Horner(z, c, -0.5), 1.0);
        var odd = Vector512.Equals(n & Vector512<long>.One, Vector512<long>.One).AsDouble();
        return ConditionalSelect(odd, c, s) ^ ShiftLeft(n & Create(2L), 62).AsDouble();
    }
}
