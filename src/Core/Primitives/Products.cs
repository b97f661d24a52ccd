namespace DistGrad;

public partial class Tensor
{
    /// <summary>
    /// The product over these axes, or over all when none is named; of nothing it is 1. Its derivatives are exact with
    /// any number of zeros, as it is a tree of products.
    /// </summary>
    public Tensor Prod(params int[] axes) => Prod(axes, keepDims: false);

    /// <summary>
    /// The product over these axes, which stay with length 1 when asked to; over all when none is named.
    /// </summary>
    public Tensor Prod(IEnumerable<int> axes, bool keepDims) =>
        Reduced(this, "prod", axes, keepDims, (x, a) => x.Prod(a));

    private Tensor Prod(Ints axes)
    {
        if (DType == DType.Bool)
            throw new DTypeException($"prod: {Type} is not of numbers; Cast it");
        var kept = Enumerable.Range(0, Rank).Where(a => !axes.Contains(a)).ToArray();
        var result = Shape.Without(axes);
        var count = axes.Aggregate(1, (product, axis) => product * Shape[axis]);
        if (count == 0)
            return Full(DType, result, 1);
        var rows = Permute([.. kept, .. axes]).Reshape(Shape.Create([.. result, count]));
        while (rows.Shape[^1] > 1)
            rows = PairsMultiplied(rows);
        return rows.Reshape(result);
    }

    /// <summary>The first half of the last axis times the second, with the odd element behind.</summary>
    private static Tensor PairsMultiplied(Tensor rows)
    {
        var (half, odd) = Math.DivRem(rows.Shape[^1], 2);
        var product = rows.Narrow(-1, 0, half) * rows.Narrow(-1, half, half);
        return odd == 0 ? product : Concat([product, rows.Narrow(-1, 2 * half, 1)], -1);
    }
}
