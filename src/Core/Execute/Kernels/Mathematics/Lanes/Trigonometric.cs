using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// x = n pi/2 + r with |r| <= pi/4: pi/2 in three parts (Cody and Waite), of which the first leaves an exact rest and
// the third is small beside any rest; the tangent keeps a second part dr. Beyond 2^30 the quarter turns are counted
// lane by lane (QuarterTurns). On the rest, sine and cosine are minimax by minimax.py.
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

    // x = n pi/2 + r, of x >= 0 up to the bound.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<long> N, Vector512<double> R) ReduceToOne(Vector512<double> x)
    {
        var rounded = Fma(x, Create(0.6366197723675814), Create(Rounder));
        var quarters = rounded - Create(Rounder);
        var r = Fma(quarters, Create(-6.123233995736766e-17), Fma(quarters, Create(-1.5707963267948966), x));
        return (rounded.AsInt64(), Fma(quarters, Create(1.4973849048591698e-33), r));
    }

    // The same of any x. What follows a branch to here must not be live in the branch not taken, or it would be stored
    // there.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<double> SineSlowly(Vector512<double> x, long turns)
    {
        var (n, r) = ReduceToOne(x);
        (n, r, var dr) = ReduceSlowly(x, n, r, Vector512<double>.Zero);
        return SineAfter(n + Create(turns), r + dr);
    }

    // sin(x + turns pi/2) of x >= 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SineOf(Vector512<double> x, long turns)
    {
        if (GreaterThanAny(x, Create(LargestQuick))) return SineSlowly(x, turns);
        var (n, r) = ReduceToOne(x);
        return SineAfter(n + Create(turns), r);
    }

    // (sin r - r) / r^3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SineShape(Vector512<double> z)
    {
        var p = Horner(z, Create(1.5896665643179244e-10), -2.5050755954726303e-08, 2.75573136786915e-06);
        return Horner(z, Horner(z, p, -0.0001984126982977151, 0.008333333333322372), -0.16666666666666632);
    }

    // (cos r - 1 + r^2 / 2) / r^4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> CosineShape(Vector512<double> z)
    {
        var p = Horner(z, Create(-1.135956347184903e-11), 2.087572172556899e-09, -2.7557314341629493e-07);
        return Horner(z, Horner(z, p, 2.4801587289447886e-05, -0.0013888888888874075), 0.0416666666666666);
    }

    // sin(r + dr) = r + tail, cos(r + dr) = c + tail, added in the order of K. Ng's kernels (fdlibm, 1993).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SineTail(Vector512<double> z, Vector512<double> r, Vector512<double> dr) =>
        Fma(z * r, SineShape(z), Fma(dr * z, Create(-0.5), dr));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> C, Vector512<double> Tail) Cosine(
        Vector512<double> z, Vector512<double> r, Vector512<double> dr)
    {
        var half = Create(0.5) * z;
        var c = Create(1.0) - half;
        return (c, (Create(1.0) - c - half) + Fma(z * z, CosineShape(z), -r * dr));
    }

    // sin(n pi/2 + r): quarter turns 0 and 2 take the sine, 1 and 3 the cosine; 2 and 3 change the sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> SineAfter(Vector512<long> n, Vector512<double> r)
    {
        var z = r * r;
        var c = Horner(z, CosineShape(z), -0.5, 1);
        var even = Vector512.Equals(n & Vector512<long>.One, Vector512<long>.Zero).AsDouble();
        var value = ConditionalSelect(even, Fma(z * r, SineShape(z), r), c);
        return value ^ (ShiftLeft(n, 62) & Create(long.MinValue)).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sin(Vector512<double> x) => OneNaN(SineOf(Abs(x), 0) ^ (x & Create(-0.0)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Cos(Vector512<double> x) => OneNaN(SineOf(Abs(x), 1));

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

    // Beyond this a quarter turn times n has more digits than a single's parts of pi/2 keep.
    const float LargestQuickSingle = 65536f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sin(Vector512<float> x) => OneNaN(SineOf(Abs(x), 0) ^ (x & Create(-0f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Cos(Vector512<float> x) => OneNaN(SineOf(Abs(x), 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> SineOf(Vector512<float> x, int turns) =>
        GreaterThanAny(x, Create(LargestQuickSingle)) ? SineSlowly(x, turns) : SineQuick(x, turns);

    // The lanes beyond, in double arithmetic.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static Vector512<float> SineSlowly(Vector512<float> x, int turns)
    {
        var (low, high) = Widen(x);
        var slow = Narrow(SineSlowly(low, turns), SineSlowly(high, turns));
        return ConditionalSelect(GreaterThan(x, Create(LargestQuickSingle)), slow, SineQuick(x, turns));
    }

    // sin(x + turns pi/2) of x >= 0. The first of three parts of pi/2 leaves an exact rest; no single up to 2^16 comes
    // nearer to a multiple of pi/2 than 2^-28, so that the third is small beside any rest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> SineQuick(Vector512<float> x, int turns)
    {
        var rounded = Fma(x, Create(0.636619747f), Create(RounderSingle));
        var quarters = rounded - Create(RounderSingle);
        var r = Fma(quarters, Create(4.37113883e-08f), Fma(quarters, Create(-1.57079637f), x));
        r = Fma(quarters, Create(1.71512451e-15f), r);
        var n = rounded.AsInt32() + Create(turns);

        var z = r * r;
        var s = Horner(z, Create(-0.000195149594f), 0.00833215844f, -0.166666552f);
        s = Fma(r * z, s, r);
        var c = Horner(z, Create(2.4438159e-05f), -0.00138873653f, 0.0416666456f);
        c = Horner(z, c, -0.5f, 1f);
        var even = Vector512.Equals(n & Vector512<int>.One, Vector512<int>.Zero).AsSingle();
        return ConditionalSelect(even, s, c) ^ (ShiftLeft(n, 30) & Create(int.MinValue)).AsSingle();
    }
}
