namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>Products that are summed.</summary>
internal static class Contraction
{
    public static Dictionary<string, Verb> Verbs { get; } = new()
    {
        ["matmul"] = Two((x, y) => x.MatMul(y)),
        ["dot"] = Two((x, y) => x.Dot(y)),
        ["outer"] = Two((x, y) => x.Outer(y)),
        ["einsum"] = (x, o) => [Tensor.Einsum(o.Text("equation"), [.. x])],
        ["tensordot"] = Two((x, y, o) => x.TensorDot(y, o.Ints("axes_x"), o.Ints("axes_y"))),
    };

    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["linear"] = (x, _) => [x[0].MatMul(x[1].SwapAxes()) + x[2]],
        ["kron"] = Two(Kron),
        ["matrix_power"] = One((x, o) => MatrixPower(x, o.Int("n"))),
    };

    // Axes of x and y alternate, each axis of the one repeated along that of the other.
    private static Tensor Kron(Tensor x, Tensor y)
    {
        var product = x.Reshape(Shape.Of([.. x.Shape.SelectMany(n => new[] { n, 1 })])) *
            y.Reshape(Shape.Of([.. y.Shape.SelectMany(n => new[] { 1, n })]));
        return product.Reshape(Shape.Of([.. x.Shape.Zip(y.Shape, (n, m) => n * m)]));
    }

    private static Tensor MatrixPower(Tensor x, int n) =>
        n < 0 ? throw new SkippedException("matrix_power: no verb for the inverse that it needs")
        : n == 0 ? Tensor.Eye(x.Shape[^1], x.DType).BroadcastTo(x.Shape)
        : Enumerable.Repeat(x, n).Aggregate((y, z) => y.MatMul(z));
}
