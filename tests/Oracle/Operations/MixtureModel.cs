namespace DistGrad.Oracle.Operations;

/// <summary>The log posterior of a Gaussian mixture: ADBench's GMM.</summary>
internal static class MixtureModel
{
    public static Tensor LogPosterior(Tensor alphas, Tensor means, Tensor icf, Tensor x, double gamma, int m)
    {
        var (k, d) = (means.Shape[0], means.Shape[1]);
        var n = x.Shape[0];
        var (logs, below) = (icf.Slice(1, 0, d), icf.Slice(1, d));
        var diagonal = Tensor.Exp(logs);
        var sums = logs.Sum(1);
        // [k, n, d]: the factor of each component times each centred point.
        var product = (x.Unsqueeze(0) - means.Unsqueeze(1)).MatMul(Factors(diagonal, below, d).SwapAxes());
        var inner = alphas + sums - (0.5 * Tensor.Square(product).Sum(2).SwapAxes());
        var likelihood = inner.LogSumExp(1).Sum() - (n * alphas.LogSumExp()) - (n * d * 0.5 * double.Log(Math.Tau));
        var degrees = d + m + 1;
        var constant = k * ((degrees * d * double.Log(gamma / double.Sqrt(2))) - LogGamma(d, degrees));
        var squares = Tensor.Square(diagonal).Sum() + Tensor.Square(below).Sum();
        var prior = (0.5 * gamma * gamma * squares) - (m * sums.Sum());
        return likelihood + prior - constant;
    }

    /// <summary>Lower triangles, their strict parts filled column by column.</summary>
    private static Tensor Factors(Tensor diagonal, Tensor below, int d)
    {
        var factors = diagonal.Unsqueeze(2) * Tensor.Eye(d, diagonal.DType);
        for (int column = 0, next = 0; column < d - 1; next += d - 1 - column, column++)
        {
            var length = d - 1 - column;
            factors += below.Narrow(1, next, length).Unsqueeze(2).Pad([0, column + 1, column], [0, 0, d - 1 - column]);
        }
        return factors;
    }

    /// <summary>The logarithm of the multivariate gamma function of dimension d at n/2.</summary>
    private static double LogGamma(int d, int n) => (d * (d - 1) / 4.0 * double.Log(Math.PI)) +
        Tensor.Lgamma(Tensor.Of([.. Enumerable.Range(0, d).Select(j => (n - j) / 2.0)])).Sum().Item();
}
