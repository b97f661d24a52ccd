using System.Collections.Immutable;

namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>What layers are made of.</summary>
internal static class Layers
{
    public static Dictionary<string, Verb> Verbs { get; } = new()
    {
        ["conv1d"] = (x, o) =>
            [Biased(x, x[0].Conv1d(x[1], o.Int("stride"), o.Int("padding"), o.Int("dilation"), o.Int("groups")))],
        ["conv2d"] = (x, o) =>
            [Biased(x, x[0].Conv2d(x[1], o.Ints("stride"), o.Ints("padding"), o.Ints("dilation"), o.Int("groups")))],
        ["conv_transpose2d"] = Two((x, w, o) =>
            x.ConvTranspose2d(w, o.Ints("stride"), o.Ints("padding"), [0, 0], [1, 1])),
        ["max_pool1d"] = One((x, o) => x.MaxPool1d(o.Int("kernel"), o.Int("stride"), o.Int("padding"))),
        ["max_pool2d"] = One((x, o) => x.MaxPool2d(o.Ints("kernel"), o.Ints("stride"), o.Ints("padding"))),
        ["avg_pool1d"] = One((x, o) => x.AvgPool1d(
            o.Int("kernel"), o.Int("stride"), o.Int("padding"), countPadding: o.Flag("count_include_pad"))),
        ["avg_pool2d"] = One((x, o) => x.AvgPool2d(
            o.Ints("kernel"), o.Ints("stride"), o.Ints("padding"), countPadding: o.Flag("count_include_pad"))),
        ["layer_norm"] = (x, o) => [x[0].LayerNorm(x[1], x[2], o.Number("eps"))],
        ["rms_norm"] = Two((x, gamma, o) => x.RmsNorm(gamma, o.Number("eps"))),
        ["batch_norm"] = BatchNorm,
        ["batch_norm_eval"] = (x, o) => [x[0].BatchNormTrained(x[1], x[2], x[3], x[4], o.Number("eps"))],
        ["dropout"] = (x, o) =>
            [x.Length > 1 ? Masked(x[0], x[1], o.Number("p")) : Tensor.Dropout(Key.Of(1), x[0], o.Number("p"))],
    };

    private static ImmutableArray<Tensor> BatchNorm(ImmutableArray<Tensor> x, Options options)
    {
        var normed = x[0].BatchNorm(x[1], x[2], x[3], x[4], options.Number("momentum"), options.Number("eps"));
        return [normed.Y, normed.Mean, normed.Variance];
    }

    /// <summary>A number for each channel, if there is one, added along axis 1.</summary>
    private static Tensor Biased(ImmutableArray<Tensor> x, Tensor y) =>
        x.Length < 3 ? y : y + x[2].Reshape([-1, .. Enumerable.Repeat(1, y.Rank - 2)]);

    // The library draws the mask itself.
    private static Tensor Masked(Tensor x, Tensor mask, double p) => Tensor.Where(mask, x, 0) / (1 - p);
}
