using System.Collections.Immutable;

namespace DistGrad.Oracle.Operations;

/// <summary>Layers that are short compositions until the library has them as verbs.</summary>
internal static class Layers
{
    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["layer_norm"] = (x, o) => [LayerNorm(x[0], x[1], x[2], o.Number("eps"))],
        ["rms_norm"] = (x, o) =>
            [x[0] * Tensor.Rsqrt(Tensor.Square(x[0]).Mean([-1], keepDims: true) + o.Number("eps")) * x[1]],
        ["batch_norm"] = BatchNorm,
        ["batch_norm_eval"] = (x, o) =>
            [Normalise(x[0], Channel(x[0], x[3]), Channel(x[0], x[4]), x[1], x[2], o.Number("eps"))],
        ["dropout"] = (x, o) => x.Length > 1
            ? [Tensor.Where(x[1], x[0], 0) / (1 - o.Number("p"))]
            : throw new SkippedException("dropout: no verb that draws its own mask"),
    };

    public static Tensor LayerNorm(Tensor x, Tensor gamma, Tensor beta, double eps)
    {
        int[] axes = [.. Enumerable.Range(x.Rank - gamma.Rank, gamma.Rank)];
        return ((x - x.Mean(axes, keepDims: true)) * Tensor.Rsqrt(x.Var(axes, 0, keepDims: true) + eps) * gamma) + beta;
    }

    private static ImmutableArray<Tensor> BatchNorm(ImmutableArray<Tensor> x, Options options)
    {
        var (batch, momentum) = (x[0], options.Number("momentum"));
        int[] axes = [.. Enumerable.Range(0, batch.Rank).Where(a => a != 1)];
        var (mean, variance) = (batch.Mean(axes, keepDims: true), batch.Var(axes, 0, keepDims: true));
        Tensor Moved(Tensor running, Tensor seen) => ((1 - momentum) * running) + (momentum * seen);
        return
        [
            Normalise(batch, mean, variance, x[1], x[2], options.Number("eps")),
            Moved(x[3], mean.Flatten()),
            Moved(x[4], batch.Var(axes, ddof: 1)),
        ];
    }

    private static Tensor Normalise(Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double eps) =>
        ((x - mean) * Tensor.Rsqrt(variance + eps) * Channel(x, gamma)) + Channel(x, beta);

    /// <summary>A number for each channel, which is axis 1, beside a batch.</summary>
    private static Tensor Channel(Tensor x, Tensor perChannel) =>
        perChannel.Reshape([-1, .. Enumerable.Repeat(1, x.Rank - 2)]);
}
