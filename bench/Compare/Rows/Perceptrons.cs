using DistGrad.Learn;

namespace DistGrad.Compare.Rows;

/// <summary>Training of one weight, of a logistic regression and of perceptrons.</summary>
internal static class Perceptrons
{
    private static readonly int[] Widths = [784, 512, 256, 10];
    private static readonly int[] DeepWidths = [.. Enumerable.Repeat(64, 33)];

    public static IReadOnlyList<Row> All { get; } =
    [
        new(
            Works.OneWeight, 1e-6, 0,
            () => new Data().With("w", [1f]).With("x", [1f, 2, 3], 3).With("y", [2f, 4, 6], 3),
            (d, threads) => Side.Training(
                d["w"], [.. Enumerable.Range(0, 3).Select(i => (X: d["x"][i].Evaluate(), Y: d["y"][i].Evaluate()))],
                (w, point) => Tensor.Square((w * point.X) - point.Y), threads)),
        new(
            Works.Logistic, 1e-5, 2 * 2 * 1024 * 64,
            () => new Data().With("x", -1, 1, 1024, 64)
                .With("y", [.. Enumerable.Range(0, 1024).Select(i => i % 2f)], 1024)
                .With("w", -0.1, 0.1, 64).With("b", [0.1f]),
            (d, threads) => Side.Training(
                (W: d["w"], B: d["b"]), (X: d["x"], Y: d["y"]),
                (m, batch) => Loss.Logistic(batch.X.MatMul(m.W) + m.B, batch.Y), threads)),
        Classifier(Works.Mlp32, 32),
        Classifier(Works.Mlp128, 128),
        Classifier(Works.Mlp1024, 1024),
        new(
            Works.SmallMlp, 1e-4, Products(64, 2, 32, 32, 1),
            () => new Data().With("x", -1, 1, 64, 2).With("y", -1, 1, 64, 1).Layers("", 2, 32, 32, 1),
            (d, threads) => Side.Training(
                Model(d, 3, Tensor.Tanh), (X: d["x"], Y: d["y"]),
                (m, batch) => Loss.SquaredError(m.Apply(batch.X), batch.Y), threads)),
        new(
            Works.Deep, 1e-3, Products(64, DeepWidths),
            () => new Data().With("x", -1, 1, 64, 64).With("y", -1, 1, 64, 64).Layers("", DeepWidths),
            (d, threads) => Side.Training(
                Model(d, 32, Tensor.Tanh), (X: d["x"], Y: d["y"]),
                (m, batch) => Loss.SquaredError(Tensor.Tanh(m.Apply(batch.X)), batch.Y), threads)),
    ];

    /// <summary>The perceptron whose layers the data hold after the prefix.</summary>
    public static Mlp Model(Data data, int layers, Func<Tensor, Tensor> activation, string prefix = "") => new(
        [.. Enumerable.Range(0, layers).Select(i => new Linear(data[$"{prefix}w{i}"], data[$"{prefix}b{i}"]))],
        activation);

    /// <summary>
    /// Operations of the products of a step: each layer's forward, by its weights and, but for the first, by its input.
    /// </summary>
    public static double Products(double batch, params int[] widths) =>
        widths.Zip(widths.Skip(1), (i, o) => 6.0 * batch * i * o).Sum() - (2.0 * batch * widths[0] * widths[1]);

    private static Row Classifier(string name, int batch) => new(
        name, 1e-4, Products(batch, Widths),
        () => new Data().With("x", -1, 1, batch, Widths[0]).Classes("y", 10, batch).Layers("", Widths),
        (d, threads) => Side.Training(
            Model(d, 3, Tensor.Relu), (X: d["x"], Y: d["y"]),
            (m, b) => Loss.SoftmaxCrossEntropy(m.Apply(b.X), b.Y), threads));
}
