using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>The logarithm of a sum of exponentials.</summary>
internal static class Lse
{
    public static Eval<Tensor> Eval { get; } = new(
        "lse", Example(10_000), json => json.Field("x").Vector(),
        ("primal", (x, threads) => Work.Of(x, LogSumExp, threads)),
        ("gradient", (x, threads) => Work.Of(x, Diff.Grad(LogSumExp), threads)));

    public static Tensor Example(int n) => Data.Uniform(2, n);

    /// <summary>
    /// Shifted by the greatest, which cancels, so that no exponential overflows: a constant like any other would do.
    /// </summary>
    public static Tensor LogSumExp(Tensor x)
    {
        var shift = Tensor.StopGradient(x.Max());
        return shift + Tensor.Log(Tensor.Exp(x - shift).Sum());
    }
}
