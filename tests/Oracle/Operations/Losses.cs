using DistGrad.Learn;

namespace DistGrad.Oracle.Operations;

using static Lines;
using Reduction = DistGrad.Learn.Reduction;

/// <summary>Losses by the names of the files.</summary>
internal static class Losses
{
    public static Dictionary<string, Verb> Verbs { get; } = new()
    {
        ["l1_loss"] = Two((x, y, o) => Loss.AbsoluteError(x, y, Of(o))),
        ["mse_loss"] = Two((x, y, o) => Loss.SquaredError(x, y, Of(o))),
        ["huber_loss"] = Two((x, y, o) => Loss.Huber(x, y, o.Number("delta"), Of(o))),
        ["bce_loss"] = Two((p, y, o) => Loss.BinaryCrossEntropy(p, y, Of(o))),
        ["bce_with_logits"] = Two((z, y, o) => Loss.Logistic(z, y, Of(o))),
        ["cross_entropy"] = Two((x, t, o) => Loss.SoftmaxCrossEntropy(x, t, Of(o), o.Number("label_smoothing", 0))),
        ["cross_entropy_soft"] = Two((x, p, o) => Loss.SoftmaxCrossEntropyOfProbabilities(x, p, Of(o))),
        ["nll_loss"] = Two((x, t, o) => Loss.NegativeLogLikelihood(x, t, Of(o))),
        ["kl_div"] = Two(Divergence),
        ["hinge_loss"] = Two((s, y, o) => Loss.Hinge(s, y, Of(o))),
    };

    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["cosine_similarity"] = Two((x, y, o) => Cosine(x, y, o.Int("axis"), o.Number("eps"))),
    };

    // Unreduced, the files keep the terms of each row apart too: every element is then a row of one class.
    private static Tensor Divergence(Tensor logp, Tensor q, Options options) => Of(options) == Reduction.None
        ? Loss.KullbackLeibler(logp.Unsqueeze(-1), q.Unsqueeze(-1), Reduction.None)
        : Loss.KullbackLeibler(logp, q, Of(options));

    private static Tensor Cosine(Tensor x, Tensor y, int axis, double eps) =>
        (x * y).Sum(axis) / Tensor.Maximum(x.Norm([axis]) * y.Norm([axis]), eps);

    private static Reduction Of(Options options) => options.Text("reduction") switch
    {
        "mean" or "batchmean" => Reduction.Mean,
        "sum" => Reduction.Sum,
        "none" => Reduction.None,
        var other => throw new SkippedException($"the library has no reduction {other}"),
    };
}
