using DistGrad.Distributed;
using DistGrad.Learn;

namespace DistGrad.Cluster.Tests;

/// <summary>A model of these tests' own, which no silo process has ever heard of.</summary>
internal sealed record Line(Tensor Slope, Tensor Offset)
{
    public Tensor Apply(Tensor x) => Tensor.Tanh(x.MatMul(Slope) + Offset);
}

internal sealed record Points(Tensor X, Tensor Y);

/// <summary>Plans to train it, some of which divide badly.</summary>
internal static class Lines
{
    /// <summary>Examples, which no batch below divides.</summary>
    public const int Count = 53;

    public static TrainingPlan<Line> Plan(int batch = 20, int shards = 8, int epochs = 3, Optimiser? optimiser = null)
    {
        var keys = Key.Of(5).Split(3);
        var x = Tensor.Normal(keys[0], [Count, 4], DType.Float64);
        var y = Tensor.Normal(keys[1], [Count, 3], DType.Float64);
        var start = new Line(
            Tensor.Normal(keys[2], [4, 3], DType.Float64), Tensor.Zeros([3], DType.Float32).Cast(DType.Float64));
        return TrainingPlan
            .Of(
                start,
                DataSet.Of(new Points(x, y)),
                (line, points) => Loss.SquaredError(line.Apply(points.X), points.Y),
                optimiser ?? Optimiser.Adam(0.01),
                new() { Batch = batch, Shards = shards, Epochs = epochs, Seed = 9 })
            .WithMetric("size", (line, points) => Tensor.Abs(line.Apply(points.X)).Mean());
    }
}
