using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// log Gamma by Stirling's series from 8.5 on, with the logarithm as a pair; below, Gamma(x + 1) = x Gamma(x) leads to
// [1.5, 2.5], where log Gamma(2 + t) = t p(t), p minimax by minimax.py. So it is exact at its zeros 1 and 2. Digamma
// likewise, from 10 on by its series. Both below 0 by reflection. Abramowitz and Stegun, 6.1.40, 6.3.18, 6.1.17.
internal static partial class OnVector512
{
    const double LogPi = 1.1447298858494002;
    const double HalfLogTau = 0.9189385332046728;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LgammaNear(Vector512<double> x)
    {
        // How many steps down to [1.5, 2.5]: from -2 to 6.
        var steps = Floor(x + Create(0.5)) - Create(2.0);
        var up = LessThan(steps, Vector512<double>.Zero);
        var t = x - (steps + Create(2.0));
        var p = Horner(t, Create(-1.36148543519918e-07), 2.788006112803135e-07, -4.2808291046387577e-07);
        p = Horner(t, p, 9.199892963424312e-07, -2.0459856544165685e-06, 4.3847321581397466e-06,
            -9.438189359053247e-06);
        p = Horner(t, p, 2.0505584319442666e-05, -4.4926390790216827e-05, 9.945767440821906e-05, -0.000223154747310301);
        p = Horner(t, p, 0.0005096695153478712, -0.0011927539121680266, 0.0028905103310367963, -0.0073855510286640865);
        p = Horner(t, p, 0.020580808427780335, -0.06735230105319817, 0.32246703342411326, 0.42278433509846713);
        // Down: (x - 1) ... (x - steps). Up: x, or x (x + 1).
        var (product, tail) = (ConditionalSelect(up, x, Create(1.0)), Vector512<double>.Zero);
        for (var i = 1; i <= 6; i++)
        {
            var place = Create((double)i);
            var factor = ConditionalSelect(LessThanOrEqual(place, steps), x - place, Create(1.0));
            var (next, rest) = TwoProduct(product, factor);
            (product, tail) = (next, Fma(tail, factor, rest));
        }
        var (above, aboveTail) = TwoSum(Create(1.0), x);
        var (twice, twiceTail) = TwoProduct(product, above);
        var two = LessThan(steps, Create(-1.5));
        tail = ConditionalSelect(two, Fma(product, aboveTail, twiceTail), tail);
        product = ConditionalSelect(two, twice, product);
        var log = LogOf(product, tail, Vector512<double>.Zero);
        return Fma(t, p, ConditionalSelect(up, -log, log));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LgammaFar(Vector512<double> x)
    {
        var (log, logTail) = LogPair(x, 0.6931471805598903, 5.497923018708371e-14, 1, 0);
        var half = x - Create(0.5);
        var (product, tail) = TwoProduct(half, log);
        var (sum, rest) = TwoSum(product, -x);
        var inverse = Create(1.0) / x;
        var z = inverse * inverse;
        var series = Horner(z, Create(-0.029550653594771242), 0.00641025641025641, -0.0019175269175269176);
        series = Horner(z, series, 0.0008417508417508417, -0.0005952380952380953, 0.0007936507936507937,
            -0.002777777777777778);
        series = Horner(z, series, 0.08333333333333333) * inverse;
        var value = sum + (Fma(half, logTail, tail) + rest + (Create(HalfLogTau) + series));
        return ConditionalSelect(LessThan(x, Create(2.5e305)), value, Create(double.PositiveInfinity));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LgammaOfPositive(Vector512<double> x) => ConditionalSelect(
        LessThan(x, Create(8.5)), LgammaNear(Clamp(x, 0, 8.5)), LgammaFar(Clamp(x, 8.5, double.MaxValue)));

    // Of a >= 0: the sine and cosine of pi a, but for a sign that both share.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Sin, Vector512<double> Cos) OfHalfTurns(Vector512<double> a)
    {
        var r = (a - Round(a)) * Create(3.141592653589793);
        return (Sin(r), Cos(r));
    }

    internal static Vector512<double> Lgamma(Vector512<double> x)
    {
        var a = Abs(x);
        var positive = LgammaOfPositive(a);
        var sine = Abs(OfHalfTurns(Clamp(a, 0, 9007199254740992.0)).Sin);
        var logs = LogOf(a, Vector512<double>.Zero, Vector512<double>.Zero) +
            LogOf(sine, Vector512<double>.Zero, Vector512<double>.Zero);
        var negative = Create(LogPi) - logs - positive;
        // At 0 and below it the integers are poles.
        var pole = Vector512.Equals(a, Floor(a)) & LessThanOrEqual(x, Vector512<double>.Zero);
        var value = ConditionalSelect(LessThan(x, Vector512<double>.Zero), negative, positive);
        value = ConditionalSelect(
            pole | Vector512.Equals(a, Create(double.PositiveInfinity)), Create(double.PositiveInfinity), value);
        return NaNWhereNaN(x, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> DigammaOfPositive(Vector512<double> x)
    {
        // Small terms first. What is 10 or more has no steps to go.
        var (sum, steps) = (Vector512<double>.Zero, Vector512<double>.Zero);
        for (var i = 9; i >= 0; i--)
        {
            var at = x + Create((double)i);
            var below = LessThan(at, Create(10.0));
            sum += ConditionalSelect(below, Create(1.0) / at, Vector512<double>.Zero);
            steps += ConditionalSelect(below, Create(1.0), Vector512<double>.Zero);
        }
        var y = x + steps;
        var inverse = Create(1.0) / y;
        var z = inverse * inverse;
        var series = Horner(z, Create(0.44325980392156865), -0.08333333333333333, 0.021092796092796094);
        series = Horner(z, series, -0.007575757575757576, 0.004166666666666667, -0.003968253968253968,
            0.008333333333333333);
        series = Horner(z, series, -0.08333333333333333) * z;
        var log = LogOf(y, Vector512<double>.Zero, Vector512<double>.Zero);
        return log + (series - Create(0.5) * inverse - sum);
    }

    internal static Vector512<double> Digamma(Vector512<double> x)
    {
        var a = Abs(x);
        var below = LessThan(x, Vector512<double>.Zero);
        var positive = DigammaOfPositive(ConditionalSelect(below, Create(1.0) + a, a));
        var (sin, cos) = OfHalfTurns(Clamp(a, 0, 9007199254740992.0));
        var value = ConditionalSelect(below, positive + Create(3.141592653589793) * (cos / sin), positive);
        value = ConditionalSelect(below & Vector512.Equals(a, Floor(a)), Create(double.NaN), value);
        value = ConditionalSelect(
            Vector512.Equals(a, Vector512<double>.Zero), WithSign(Create(double.PositiveInfinity), -x), value);
        value = ConditionalSelect(Vector512.Equals(x, Create(double.PositiveInfinity)), x, value);
        return NaNWhereNaN(x, OneNaN(value));
    }

    internal static Vector512<float> Lgamma(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Lgamma(low), Lgamma(high));
    }

    internal static Vector512<float> Digamma(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Digamma(low), Digamma(high));
    }
}
