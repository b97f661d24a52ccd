namespace DistGrad;

public partial class Tensor
{
    /// <summary>
    /// The variance over these axes (all when none is named): the mean squared distance from the mean, with divisor
    /// n - <paramref name="ddof"/>, as NumPy's.
    /// </summary>
    public Tensor Var(IEnumerable<int>? axes = null, int ddof = 0, bool keepDims = false) =>
        Reduced(this, "var", axes ?? [], keepDims, (x, a) => x.Var(a, ddof));

    /// <summary>
    /// The square root of <see cref="Var(IEnumerable{int}?, int, bool)"/>; where all are equal it is 0 with gradient 0.
    /// </summary>
    public Tensor Std(IEnumerable<int>? axes = null, int ddof = 0, bool keepDims = false) =>
        SqrtFlatAtZero(Var(axes, ddof, keepDims));

    /// <summary>
    /// The 2-norm over these axes, all when none is named; its gradient at 0 is 0. The squares are taken as they are,
    /// so the norm of numbers beyond the square root of the dtype's greatest is infinite.
    /// </summary>
    public Tensor Norm(IEnumerable<int>? axes = null, bool keepDims = false) =>
        SqrtFlatAtZero((this * this).Sum(axes ?? [], keepDims));

    private Tensor Var(Ints axes, int ddof)
    {
        RequireFloat("var");
        var centred = this - Mean(axes).Reshape(Shape.Keeping(axes));
        return (centred * centred).Sum(axes) / (axes.Aggregate(1.0, (count, axis) => count * Shape[axis]) - ddof);
    }

    /// <summary>sqrt x, whose derivatives at 0 are taken to be 0.</summary>
    private static Tensor SqrtFlatAtZero(Tensor x)
    {
        var isZero = Equal(x, 0);
        return Where(isZero, 0, Sqrt(Where(isZero, 1, x)));
    }
}
