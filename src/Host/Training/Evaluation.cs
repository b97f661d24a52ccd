using DistGrad.Host.Data;
using DistGrad.Learn;

namespace DistGrad.Host.Training;

internal static class Evaluation
{
    /// <summary>The share of examples that a model classifies rightly.</summary>
    public static double Accuracy(Mlp model, Examples examples, int threads)
    {
        const int AtOnce = 1000;
        // Counts of at most 1,000 are exact in float32.
        var right = Diff.Compile(
            (Mlp m, Batch b) => Metric.Accuracy(m.Apply(b.Images), b.Labels) * b.Labels.Shape.Size, threads);
        return Batch.InOrder(examples, AtOnce).Sum(b => Math.Round(right(model, b).Item())) / examples.Count;
    }

}
