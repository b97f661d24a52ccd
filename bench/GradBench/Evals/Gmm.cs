using System.Text.Json;
using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>
/// The log posterior of a Gaussian mixture with a Wishart prior on the precisions, which are given by the factors Q of
/// Q'Q: lower triangles with the exponentials of q on the diagonal and l below it, column by column.
/// </summary>
internal static class Gmm
{
    /// <summary>About how many numbers of points and components are in work at one time, for the caches.</summary>
    private const int InWork = 1 << 17;

    /// <summary>Rows that a matrix product needs to be worth its while.</summary>
    private const int FewestPoints = 100;

    public static Eval<Input> Eval { get; } = new(
        "gmm", Example(1000, 10, 5), Read,
        ("objective", (input, threads) => Work.Of(input, Objective, threads)),
        ("jacobian", (input, threads) => Work.Of(input, Jacobian, threads, Write)));

    public static Input Example(int n, int d, int k) => new(
        Data.Normal(1, n, d),
        new(Data.Normal(2, k), Data.Uniform(3, k, d), Data.Normal(4, k, d), Data.Normal(5, k, d * (d - 1) / 2)),
        new(1, 0));

    public static Tensor Objective(Input input) => Objective(input.Parameters, input);

    public static Parameters Jacobian(Input input) => Diff.Grad(input.Parameters, p => Objective(p, input));

    /// <summary>The logarithm of the density of all points, [n, d].</summary>
    public static Tensor LogLikelihood(Parameters p, Tensor points)
    {
        var (k, d, n) = (p.Mu.Shape[0], p.Mu.Shape[1], points.Shape[0]);
        var factors = Factors(p);
        // Q (x - mu) for all components at once: [n, d] x [d, k d], less Q mu.
        var mixture = new Mixture(
            p.Alpha + p.Q.Sum(1),
            factors.Reshape(k * d, d).SwapAxes(),
            factors.MatMul(p.Mu.Unsqueeze(2)).Reshape(k * d));
        var size = Math.Clamp(InWork / (k * d), FewestPoints, 1000);
        return Batches.Sum(mixture, points, size, LogDensity) - (n * p.Alpha.LogSumExp()) -
            (n * d * 0.5 * double.Log(Math.Tau));
    }

    /// <summary>The logarithm of the prior density of the factors.</summary>
    public static Tensor LogPrior(Parameters p, Prior prior)
    {
        var (k, d) = (p.Mu.Shape[0], p.Mu.Shape[1]);
        var degrees = d + prior.M + 1;
        var constant = (degrees * d * double.Log(prior.Gamma / double.Sqrt(2))) - LogGamma(d, degrees);
        var squares = Tensor.Square(Tensor.Exp(p.Q)).Sum() + Tensor.Square(p.L).Sum();
        return (k * constant) - (0.5 * prior.Gamma * prior.Gamma * squares) + (prior.M * p.Q.Sum());
    }

    private static Tensor Objective(Parameters p, Input input) =>
        LogLikelihood(p, input.Points) + LogPrior(p, input.Prior);

    private static Tensor LogDensity(Mixture mixture, Tensor points)
    {
        var k = mixture.Weights.Shape[0];
        var scaled = points.MatMul(mixture.Factors) - mixture.Shift;
        var distances = Tensor.Square(scaled).Reshape(points.Shape[0], k, -1).Sum(2);
        return (mixture.Weights - (0.5 * distances)).LogSumExp(1).Sum();
    }

    /// <summary>The lower triangles, [k, d, d].</summary>
    private static Tensor Factors(Parameters p)
    {
        var (k, d) = (p.Q.Shape[0], p.Q.Shape[1]);
        // Where each element comes from: the diagonal, what is below it, and a zero behind them.
        var places = new int[d * d];
        for (int column = 0, next = d; column < d; column++)
        {
            for (var row = 0; row < d; row++)
            {
                places[(row * d) + column] = row == column ? row : row > column ? next++ : d + (d * (d - 1) / 2);
            }
        }
        return Tensor.Concat([Tensor.Exp(p.Q), p.L, Tensor.Zeros([k, 1], DType.Float64)], 1)
            .Take(Data.Integers(places, d * d), 1).Reshape(k, d, d);
    }

    /// <summary>The logarithm of the multivariate gamma function of dimension d at n/2.</summary>
    private static Tensor LogGamma(int d, int n) => (d * (d - 1) / 4.0 * double.Log(Math.PI)) +
        Tensor.Lgamma(Tensor.Of([.. Enumerable.Range(0, d).Select(j => (n - j) / 2.0)])).Sum();

    private static Input Read(JsonElement json) => new(
        json.Field("x").Matrix(),
        new(
            json.Field("alpha").Vector(), json.Field("mu").Matrix(), json.Field("q").Matrix(),
            json.Field("l").Matrix()),
        new(json.Field("gamma").Number(), json.Field("m").Integer()));

    private static void Write(Utf8JsonWriter writer, Parameters gradient)
    {
        writer.WriteStartObject();
        writer.Write("alpha", gradient.Alpha);
        writer.Write("mu", gradient.Mu);
        writer.Write("q", gradient.Q);
        writer.Write("l", gradient.L);
        writer.WriteEndObject();
    }

    /// <summary>Log weights [k], means [k, d], logarithms of diagonals [k, d], what is below them.</summary>
    internal sealed record Parameters(Tensor Alpha, Tensor Mu, Tensor Q, Tensor L);

    /// <summary>The Wishart prior's scale and degrees of freedom beyond d + 1.</summary>
    internal sealed record Prior(double Gamma, int M);

    /// <summary>Points [n, d], and what they are modelled by.</summary>
    internal sealed record Input(Tensor Points, Parameters Parameters, Prior Prior);

    /// <summary>What a point meets: offsets [k], all factors side by side [d, k d], and Q mu [k d].</summary>
    private sealed record Mixture(Tensor Weights, Tensor Factors, Tensor Shift);
}
