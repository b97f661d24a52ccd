using DistGrad.Learn;

namespace DistGrad.Compare.Rows;

/// <summary>Derivatives of derivatives, and of many at once.</summary>
internal static class Curvature
{
    private const int Dimensions = 100;
    private const int Examples = 128;

    public static IReadOnlyList<Row> All { get; } =
    [
        new(
            Works.Hvp, 1e-3, 2 * Perceptrons.Products(Examples, 64, 128, 128, 10),
            () => new Data().With("x", -1, 1, Examples, 64).Classes("y", 10, Examples).Layers("", 64, 128, 128, 10)
                .Layers("v", 64, 128, 128, 10),
            (d, threads) => Side.Finding(
                (
                    Model: Perceptrons.Model(d, 3, Tensor.Tanh), Along: Perceptrons.Model(d, 3, Tensor.Tanh, "v"),
                    X: d["x"], Y: d["y"]),
                t => Diff.Hvp(t.Model, t.Along, m => Loss.SoftmaxCrossEntropy(m.Apply(t.X), t.Y)), threads)),
        new(
            Works.RosenbrockGradient, 1e-5, 0, () => new Data().With("x", -1, 1, Dimensions),
            (d, threads) => Side.Finding(d["x"], Diff.Grad(Rosenbrock), threads)),
        new(
            Works.RosenbrockHessian, 1e-5, 0, () => new Data().With("x", -1, 1, Dimensions),
            (d, threads) => Side.Finding(d["x"], Diff.Hessian(Rosenbrock), threads)),
        new(
            Works.PerExample, 1e-4, Perceptrons.Products(Examples, 2, 32, 32, 1),
            () => new Data().With("x", -1, 1, Examples, 2).With("y", -1, 1, Examples, 1).Layers("", 2, 32, 32, 1),
            (d, threads) => Side.Finding(
                (Model: Perceptrons.Model(d, 3, Tensor.Tanh), X: d["x"], Y: d["y"]),
                t => Diff.Vmap(
                    (t.X, t.Y), e => Diff.Grad(t.Model, m => Loss.SquaredError(m.Apply(e.X), e.Y))),
                threads)),
    ];

    // Rosenbrock (1960), in more dimensions.
    private static Tensor Rosenbrock(Tensor x)
    {
        var (head, tail) = (x.Slice(0, stop: -1), x.Slice(0, start: 1));
        return ((100 * Tensor.Square(tail - Tensor.Square(head))) + Tensor.Square(1 - head)).Sum();
    }
}
