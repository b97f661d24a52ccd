namespace DistGrad.Learn;

/// <remarks>
/// Classes lie along the last axis: for logits [n, c], labels are n integers in [0, c) and there is a loss for each of
/// the n, which the reduction sees. Any number of leading axes will do, none included.
/// </remarks>
public static partial class Loss
{
    /// <summary>
    /// The cross-entropy of labels with softmax(logits): -log softmax(logits) at the label. With smoothing e, the
    /// label's class has the probability 1 - e + e / c and every other e / c (Szegedy et al. 2016).
    /// </summary>
    /// <param name="logits">[..., c].</param>
    /// <param name="labels">Integers in [0, c): [...].</param>
    /// <param name="reduction">What becomes of the losses [...].</param>
    /// <param name="smoothing">At least 0 and at most 1.</param>
    /// <exception cref="IndexException">When evaluated: a label is outside the classes.</exception>
    public static Tensor SoftmaxCrossEntropy(
        Tensor logits, Tensor labels, Reduction reduction = Reduction.Mean, double smoothing = 0)
    {
        RequireLabels("SoftmaxCrossEntropy", "logits", logits, labels);
        Require.Share("SoftmaxCrossEntropy", nameof(smoothing), smoothing);
        var logp = logits.LogSoftmax();
        var sharp = -Picked(logp, labels);
        return Reduce(smoothing == 0 ? sharp : ((1 - smoothing) * sharp) - (smoothing * logp.Mean(-1)), reduction);
    }

    /// <summary>
    /// The cross-entropy of target probabilities with softmax(logits): -sum_c p_c log softmax(logits)_c.
    /// </summary>
    /// <param name="logits">[..., c].</param>
    /// <param name="probabilities">[..., c], each row adding up to 1.</param>
    /// <param name="reduction">What becomes of the losses [...].</param>
    public static Tensor SoftmaxCrossEntropyOfProbabilities(
        Tensor logits, Tensor probabilities, Reduction reduction = Reduction.Mean)
    {
        RequireAlike("SoftmaxCrossEntropyOfProbabilities", "logits", logits, "probabilities", probabilities);
        RequireClasses("SoftmaxCrossEntropyOfProbabilities", "logits", logits);
        return Reduce(-(probabilities * logits.LogSoftmax()).Sum(-1), reduction);
    }

    /// <summary>-log p at the label, from log-probabilities [..., c] and labels [...].</summary>
    /// <exception cref="IndexException">When evaluated: a label is outside the classes.</exception>
    public static Tensor NegativeLogLikelihood(
        Tensor logProbabilities, Tensor labels, Reduction reduction = Reduction.Mean)
    {
        RequireLabels("NegativeLogLikelihood", "log-probabilities", logProbabilities, labels);
        return Reduce(-Picked(logProbabilities, labels), reduction);
    }

    /// <summary>
    /// The divergence of a predicted distribution from a target one: sum_c q_c (log q_c - log p_c), where 0 log 0 is 0
    /// (Kullback and Leibler 1951).
    /// </summary>
    /// <param name="logProbabilities">log p: [..., c].</param>
    /// <param name="target">q: [..., c].</param>
    /// <param name="reduction">What becomes of the divergences [...].</param>
    public static Tensor KullbackLeibler(Tensor logProbabilities, Tensor target, Reduction reduction = Reduction.Mean)
    {
        RequireAlike("KullbackLeibler", "log-probabilities", logProbabilities, "target", target);
        RequireClasses("KullbackLeibler", "log-probabilities", logProbabilities);
        return Reduce(StrongMul.Of(target, Tensor.Log(target) - logProbabilities).Sum(-1), reduction);
    }

    /// <summary>The elements along the last axis that the labels name.</summary>
    private static Tensor Picked(Tensor x, Tensor labels) => x.Gather(labels.Unsqueeze(-1), -1).Squeeze(-1);

    internal static void RequireLabels(string loss, string name, Tensor x, Tensor labels)
    {
        RequireFloat(loss, name, x);
        RequireClasses(loss, name, x);
        ArgumentNullException.ThrowIfNull(labels);
        var both = $"the {name} are {x.Type} and the labels {labels.Type}";
        if (!labels.DType.IsInteger)
            throw new DTypeException($"{loss}: {both}; labels are the integer numbers of classes: Cast them to int64");
        if (labels.Shape != x.Shape.RemoveAt(x.Rank - 1))
            throw new ShapeException(
                $"{loss}: {both}; there is one label for each row of the {name}: Reshape the labels to " +
                $"{x.Shape.RemoveAt(x.Rank - 1)}");
    }

    private static void RequireClasses(string loss, string name, Tensor x)
    {
        if (x.Rank == 0)
            throw new ShapeException(
                $"{loss}: the {name} are {x.Type}; classes lie along their last axis, which a scalar has not");
    }
}
