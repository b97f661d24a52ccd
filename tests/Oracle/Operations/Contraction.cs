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
    };

    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["linear"] = (x, _) => [x[0].MatMul(x[1].SwapAxes()) + x[2]],
        ["kron"] = Two(Kron),
        ["tensordot"] = Two((x, y, o) => TensorDot(x, y, o.Ints("axes_x"), o.Ints("axes_y"))),
    };

    // Axes of x and y alternate, each axis of the one repeated along that of the other.
    private static Tensor Kron(Tensor x, Tensor y)
    {
        var product = x.Reshape(Shape.Of([.. x.Shape.SelectMany(n => new[] { n, 1 })])) *
            y.Reshape(Shape.Of([.. y.Shape.SelectMany(n => new[] { 1, n })]));
        return product.Reshape(Shape.Of([.. x.Shape.Zip(y.Shape, (n, m) => n * m)]));
    }

    private static Tensor TensorDot(Tensor x, Tensor y, int[] inX, int[] inY)
    {
        int[] contractedX = [.. inX.Select(a => x.Shape.Axis(a, "tensordot"))];
        int[] contractedY = [.. inY.Select(a => y.Shape.Axis(a, "tensordot"))];
        int[] keptX = [.. Enumerable.Range(0, x.Rank).Except(contractedX)];
        int[] keptY = [.. Enumerable.Range(0, y.Rank).Except(contractedY)];
        var inner = contractedX.Aggregate(1, (product, a) => product * x.Shape[a]);
        return x.Permute([.. keptX, .. contractedX]).Reshape(-1, inner)
            .MatMul(y.Permute([.. contractedY, .. keptY]).Reshape(inner, -1))
            .Reshape([.. keptX.Select(a => x.Shape[a]), .. keptY.Select(a => y.Shape[a])]);
    }
}
