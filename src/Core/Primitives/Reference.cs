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

    private static double ErfcFraction(double z)
    {
        const int Depth = 80;
        var tail = 0.0;
        for (var n = Depth; n > 0; n--)
            tail = n / 2.0 / (z + tail);
        return Math.Exp(-z * z) / Math.Sqrt(Math.PI) / (z + tail);
    }
}
