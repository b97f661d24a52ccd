namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>Losses, which are short compositions until the library has them as verbs.</summary>
internal static class Losses
{
    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["l1_loss"] = Two((x, y, o) => Reduce(Tensor.Abs(x - y), o)),
        ["mse_loss"] = Two((x, y, o) => Reduce(Tensor.Square(x - y), o)),
        ["huber_loss"] = Two((x, y, o) => Reduce(Huber(x - y, o.Number("delta")), o)),
        ["bce_loss"] = Two((p, y, o) => Reduce(-((y * Tensor.Log(p)) + ((1 - y) * Tensor.Log(1 - p))), o)),
        ["bce_with_logits"] = Two((z, y, o) => Reduce(BinaryCrossEntropy(z, y), o)),
        ["cross_entropy"] = Two((x, t, o) => Reduce(CrossEntropy(x, t, o.Number("label_smoothing", 0)), o)),
        ["cross_entropy_soft"] = Two((x, p, o) => Reduce(-(p * x.LogSoftmax()).Sum(-1), o)),
        ["nll_loss"] = Two((x, t, o) => Reduce(-Picked(x, t), o)),
        ["kl_div"] = Two((x, q, o) => Reduce(Binary.XLogY(q, q) - (q * x), o)),
        ["hinge_loss"] = Two((s, y, o) => Reduce(Tensor.Relu(1 - (y * s)), o)),
        ["cosine_similarity"] = Two((x, y, o) => Cosine(x, y, o.Int("axis"), o.Number("eps"))),
    };

    public static Tensor BinaryCrossEntropy(Tensor z, Tensor y) => Tensor.Softplus(z) - (y * z);

    /// <summary>The mean over examples of the cross entropy between logits and classes.</summary>
    public static Tensor MeanCrossEntropy(Tensor logits, Tensor target) =>
        CrossEntropy(logits, target, smoothing: 0).Mean();

    private static Tensor CrossEntropy(Tensor logits, Tensor target, double smoothing)
    {
        var logp = logits.LogSoftmax();
        return smoothing == 0
            ? -Picked(logp, target)
            : -((1 - smoothing) * Picked(logp, target)) - (smoothing * logp.Mean(-1));
    }

    private static Tensor Picked(Tensor logp, Tensor target) => logp.Gather(target.Unsqueeze(1), 1).Squeeze(1);

    private static Tensor Huber(Tensor d, double delta)
    {
        var size = Tensor.Abs(d);
        return Tensor.Where(size <= delta, 0.5 * d * d, delta * (size - (delta / 2)));
    }

    private static Tensor Cosine(Tensor x, Tensor y, int axis, double eps) =>
        (x * y).Sum(axis) / Tensor.Maximum(x.Norm([axis]) * y.Norm([axis]), eps);

    private static Tensor Reduce(Tensor losses, Options options) => options.Text("reduction") switch
    {
        "mean" => losses.Mean(),
        "sum" => losses.Sum(),
        "batchmean" => losses.Sum() / losses.Shape[0],
        _ => losses,
    };
}
