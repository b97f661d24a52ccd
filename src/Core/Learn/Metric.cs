namespace DistGrad.Learn;

/// <summary>What a reader wants to know of predictions, without derivatives.</summary>
public static class Metric
{
    /// <summary>The share of rows whose greatest logit is at the label: a scalar of the logits' dtype.</summary>
    /// <param name="logits">[..., c].</param>
    /// <param name="labels">Integers: [...].</param>
    public static Tensor Accuracy(Tensor logits, Tensor labels)
    {
        Loss.RequireLabels("Accuracy", "logits", logits, labels);
        return Tensor.Equal(logits.ArgMax(), labels.Cast(DType.Int64)).Cast(logits.DType).Mean();
    }
}
