namespace DistGrad;

/// <summary>Elementary functions in double precision that the framework lacks, for the meaning of primitives.</summary>
internal static class Reference
{
    /// <summary>e^x - 1. Kahan's way: the rounding error of exp cancels against that of log.</summary>
    public static double Expm1(double x)
    {
        var u = Math.Exp(x);
        return u == 1 || double.IsNaN(x) ? x
            : u - 1 == -1 ? -1
            : double.IsInfinity(u) ? u
            : (u - 1) * (x / Math.Log(u));
    }

    /// <summary>log(1 + x). Kahan's way, as for <see cref="Expm1"/>.</summary>
    public static double Log1p(double x)
    {
        var u = 1 + x;
        return u == 1 || double.IsPositiveInfinity(x) ? x : Math.Log(u) * (x / (u - 1));
    }

    /// <summary>The error function: its Taylor series near 0, else one minus the continued fraction of erfc.</summary>
    /// <remarks>Abramowitz and Stegun, 7.1.6 and 7.1.14.</remarks>
    public static double Erf(double x)
    {
        if (double.IsNaN(x))
            return x;
        var z = Math.Abs(x);
        return z < 2.5 ? Series(x) : Math.CopySign(1 - ErfcFraction(z), x);
    }

    // erf x = 2/sqrt(pi) e^(-x^2) sum_n 2^n x^(2n+1) / (1*3*...*(2n+1)): all terms of one sign, so nothing cancels.
    private static double Series(double x)
    {
        var (term, sum) = (x, x);
        for (var n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static double ErfcFraction(double z, int depth = 80)
    {
        var tail = 0.0;
        for (var n = depth; n > 0; n--)
            tail = n / 2.0 / (z + tail);
        // The square in two parts: what its rounding leaves would be multiplied by the exponent.
        var square = z * z;
        if (double.IsInfinity(square))
            return 0;
        var rest = Math.FusedMultiplyAdd(z, z, -square);
        return Math.Exp(-square) * (1 - rest) / Math.Sqrt(Math.PI) / (z + tail);
    }

    /// <summary>1 - erf x: beyond 1/2 by the continued fraction, which loses nothing, if it is long enough.</summary>
    public static double Erfc(double x) => x > 0.5 ? ErfcFraction(x, depth: 2000) : 1 - Erf(x);

    /// <summary>The inverse of the error function, by bisection of it, or of its complement beyond 1/2.</summary>
    public static double Erfinv(double x)
    {
        var a = Math.Abs(x);
        if (!(a < 1) || a == 0)
            return a == 1 ? x * double.PositiveInfinity : a == 0 ? x : double.NaN;
        // Below this it is a multiple of x to all digits.
        if (a < 1e-9)
            return x * Math.Sqrt(Math.PI) / 2;
        var (low, high) = (0.0, 6.0);
        for (var middle = 3.0; middle > low && middle < high; middle = (low + high) / 2)
        {
            var isBelow = a < 0.5 ? Erf(middle) < a : Erfc(middle) > 1 - a;
            (low, high) = isBelow ? (middle, high) : (low, middle);
        }
        return Math.CopySign(low, x);
    }

    /// <summary>
    /// log |Gamma(x)|: Stirling's series at 12 or more, where the recurrence leads; below 0 by reflection.
    /// </summary>
    /// <remarks>Abramowitz and Stegun, 6.1.17 and 6.1.40.</remarks>
    public static double Lgamma(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (double.IsInfinity(x) || (x <= 0 && x == Math.Floor(x)))
            return double.PositiveInfinity;
        if (x < 0)
            return Math.Log(Math.PI) - Math.Log(-x) - Math.Log(Math.Abs(HalfTurns(-x).Sin)) - Lgamma(-x);
        var (product, y) = (1.0, x);
        for (; y < 12; y++)
            product *= y;
        var z = 1 / (y * y);
        var series = ((((((z / 156) - (691 / 360360.0)) * z) + (1 / 1188.0)) * z) - (1 / 1680.0)) * z;
        series = (((((series + (1 / 1260.0)) * z) - (1 / 360.0)) * z) + (1 / 12.0)) / y;
        return ((y - 0.5) * Math.Log(y)) - y + (Math.Log(2 * Math.PI) / 2) + series - Math.Log(product);
    }

    /// <summary>The derivative of <see cref="Lgamma"/>, in the same way.</summary>
    /// <remarks>Abramowitz and Stegun, 6.3.7 and 6.3.18.</remarks>
    public static double Digamma(double x)
    {
        if (x == 0)
            return Math.CopySign(double.PositiveInfinity, -x);
        if (!(x > double.NegativeInfinity) || (x < 0 && x == Math.Floor(x)))
            return double.NaN;
        if (x < 0)
            return Digamma(1 - x) + (HalfTurns(-x) is var (sin, cos) ? Math.PI * cos / sin : 0);
        var (sum, y) = (0.0, x);
        for (; y < 12; y++)
            sum += 1 / y;
        var z = 1 / (y * y);
        var series = ((((((-z / 12) + (691 / 32760.0)) * z) - (1 / 132.0)) * z) + (1 / 240.0)) * z;
        series = (((((series - (1 / 252.0)) * z) + (1 / 120.0)) * z) - (1 / 12.0)) * z;
        return Math.Log(y) - (0.5 / y) + series - sum;
    }

    /// <summary>
    /// The n-th derivative of <see cref="Digamma"/>, n at least 1, of x above 0: a sum of powers of x + k, the rest of
    /// which Euler and Maclaurin's formula gives. It takes no function but sums, products and quotients.
    /// </summary>
    /// <remarks>Abramowitz and Stegun, 6.4.10 and 23.1.30.</remarks>
    public static double Polygamma(int n, double x)
    {
        if (!(x > 0))
            return x == 0 ? (n % 2 == 1 ? 1 : -1) * double.PositiveInfinity : double.NaN;
        var (sum, y) = (0.0, x);
        for (; y < 12 + n; y++)
            sum += Over(y);
        var last = Over(y);
        sum += (last * y / n) + (last / 2);
        // B(2j) / (2j)! times (n + 1) (n + 2) ... (n + 2j - 1) / y^(n + 2j).
        var term = last * (n + 1) / y / 2;
        for (var j = 1; j <= EvenBernoulli.Length; j++)
        {
            sum += EvenBernoulli[j - 1] * term;
            term *= (n + (2 * j)) / y * ((n + (2 * j) + 1) / y) / (((2 * j) + 1) * ((2 * j) + 2));
        }
        // n! comes last, factor by factor, so that it overflows only where the result does.
        for (var k = 2; k <= n; k++)
            sum *= k;
        return n % 2 == 1 ? sum : -sum;

        double Over(double value)
        {
            var power = 1 / value;
            for (var k = 0; k < n; k++)
                power /= value;
            return power;
        }
    }

    private static readonly double[] EvenBernoulli =
        [1 / 6.0, -1 / 30.0, 1 / 42.0, -1 / 30.0, 5 / 66.0, -691 / 2730.0, 7 / 6.0, -3617 / 510.0];

    /// <summary>The sine and cosine of pi x, but for a sign that both share.</summary>
    private static (double Sin, double Cos) HalfTurns(double x) => Math.SinCos(Math.PI * (x - Math.Round(x)));
}
