using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// e^x = 2^n e^r with |r| <= ln 2 / 2, the logarithm of two in two parts (Cody and Waite, Software Manual for the
// Elementary Functions, 1980); e^r - 1 = r + r^2 q(r) with q minimax by minimax.py, a
// sum that is rounded once.
internal static partial class OnVector512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> N, Vector512<double> R) ReduceExp(Vector512<double> x)
    {
        var n = Fma(x, Create(LogE2), Create(Rounder)) - Create(Rounder);
        return (n, Fma(n, Create(-Ln2Tail), Fma(n, Create(-Ln2), x)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<float> N, Vector512<float> R) ReduceExp(Vector512<float> x)
    {
        var n = Fma(x, Create(LogE2Single), Create(RounderSingle)) - Create(RounderSingle);
        return (n, Fma(n, Create(-Ln2TailSingle), Fma(n, Create(-Ln2Single), x)));
    }

    // (e^r - 1 - r) / r^2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ExpShape(Vector512<double> r)
    {
        var q = Horner(r, Create(2.505203603129878e-08), 2.7626400720059634e-07, 2.755741533156973e-06);
        q = Horner(r, q, 2.4801504271673628e-05, 0.00019841269706530996, 0.0013888888932518165, 0.00833333333339838);
        return Horner(r, Horner(r, q, 0.04166666666657318, 0.16666666666666563), 0.5000000000000006);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ExpShape(Vector512<float> r)
    {
        var q = Horner(r, Create(0.00138889509f), 0.00836916547f, 0.0416671373f);
        return Horner(r, q, 0.166665047f, 0.49999997f);
    }

    // e^r - 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Expm1Near(Vector512<double> r) => Fma(r * r, ExpShape(r), r);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Expm1Near(Vector512<float> r) => Fma(r * r, ExpShape(r), r);

    // e^r = 1 + r (1 + r q), shorter by one product: 1 hides what it loses.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ExpNear(Vector512<double> r) => Horner(r, ExpShape(r), 1, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ExpNear(Vector512<float> r) => Horner(r, ExpShape(r), 1f, 1f);

    // e^x, correct where x is within the bounds that its callers set, and finite elsewhere.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ExpInside(Vector512<double> x)
    {
        var (n, r) = ReduceExp(x);
        return Scale(ExpNear(r), n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> ExpInside(Vector512<float> x)
    {
        var (n, r) = ReduceExp(x);
        return Scale(ExpNear(r), n);
    }

    // e^(x + dx) = 2^n (E + Tail), for the functions that go on from there and may lose nothing yet; dx is below 1e-12.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> N, Vector512<double> E, Vector512<double> Tail) ExpPair(
        Vector512<double> x, Vector512<double> dx)
    {
        var n = Fma(x, Create(LogE2), Create(Rounder)) - Create(Rounder);
        var first = Fma(n, Create(-Ln2), x);
        var r = Fma(n, Create(-Ln2Tail), first);
        var dr = Fma(n, Create(-Ln2Tail), first - r) + dx;
        var (e, tail) = OrderedSum(Create(1.0), r);
        (e, tail) = OrderedSum(e, tail + ExpTail(r));
        return (n, e, Fma(e, dr, tail));
    }

    // e^r - 1 - r.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ExpTail(Vector512<double> r)
    {
        var q = Horner(r, Create(2.092662233876703e-09), 2.5112344050391496e-08, 2.7557234519884803e-07);
        q = Horner(r, q, 2.755723394638289e-06, 2.4801587372193654e-05, 0.00019841269897339373, 0.0013888888888859362);
        return r * r * Horner(r, q, 0.00833333333331663, 0.04166666666666672, 0.16666666666666685, 0.5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp(Vector512<double> x) => NaNWhereNaN(x, ExpInside(Clamp(x, -746, 710)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x) => NaNWhereNaN(x, ExpInside(Clamp(x, -104f, 89f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp2(Vector512<double> x)
    {
        var inside = Clamp(x, -1080, 1025);
        var n = inside + Create(Rounder) - Create(Rounder);
        var f = inside - n;
        var p = Horner(f, Create(4.434760693759188e-10), 7.073783736117503e-09, 1.0178199676372513e-07);
        p = Horner(f, p, 1.3215435279660597e-06, 1.5252733492774833e-05, 0.0001540353045711675, 0.0013333558146775115);
        p = Horner(f, p, 0.009618129107594117, 0.05550410866482008, 0.2402265069591013, Ln2);
        return NaNWhereNaN(x, Scale(Fma(f, p, Create(1.0)), n));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp2(Vector512<float> x)
    {
        var inside = Clamp(x, -152f, 129f);
        var n = inside + Create(RounderSingle) - Create(RounderSingle);
        return NaNWhereNaN(x, Exp2(n, inside - n));
    }

    // 2^(n + f), |f| <= 1/2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Exp2(Vector512<float> n, Vector512<float> f)
    {
        var p = Horner(f, Create(0.00015352726f), 0.00133988715f, 0.00961844064f);
        p = Horner(f, p, 0.0555033237f, 0.240226477f, Ln2Single, 1f);
        return Scale(p, n);
    }

    // e^x - 1 = (2^n - 1) + 2^n r + 2^n r^2 q, so that no digit cancels near 0, where n = 0; in halves, since 2^1024 is
    // infinite.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Expm1(Vector512<double> x)
    {
        var inside = Clamp(x, -40, 710);
        var biased = Fma(inside, Create(LogE2), Create(Rounder + 1022));
        var n = biased - Create(Rounder + 1022);
        var r = Fma(n, Create(-Ln2Tail), Fma(n, Create(-Ln2), inside));
        var half = ShiftLeft(biased.AsInt64(), 52).AsDouble();
        var less = half - Create(0.5);
        var twice = r + r;
        var sum = Fma(half, r * twice * ExpShape(r), Fma(half, twice, less));
        return NaNWhereNaN(x, WithSign(sum + less, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Expm1(Vector512<float> x)
    {
        var inside = Clamp(x, -20f, 89f);
        var biased = Fma(inside, Create(LogE2Single), Create(RounderSingle + 126));
        var n = biased - Create(RounderSingle + 126);
        var r = Fma(n, Create(-Ln2TailSingle), Fma(n, Create(-Ln2Single), inside));
        var half = ShiftLeft(biased.AsInt32(), 23).AsSingle();
        var less = half - Create(0.5f);
        var twice = r + r;
        var sum = Fma(half, r * twice * ExpShape(r), Fma(half, twice, less));
        return NaNWhereNaN(x, WithSign(sum + less, x));
    }
}
