namespace DistGrad;

/// <summary>
/// The algebra of broadcasting, NumPy's: shapes are aligned from the right; a missing axis or one of length 1
/// stretches to the other's length, to 0 as well. A join of shapes: commutative, associative, idempotent,
/// with the scalar as identity.
/// </summary>
internal static class Broadcasting
{
    /// <summary>The shape that both stretch to.</summary>
    /// <exception cref="ShapeException">Two lengths differ and neither is 1.</exception>
    public static Shape Join(Shape x, Shape y, string operation)
    {
        if (x == y)
            return x;
        var joined = new int[Math.Max(x.Rank, y.Rank)];
        for (var axis = 0; axis < joined.Length; axis++)
        {
            var (dx, dy) = (Aligned(x, axis, joined.Length), Aligned(y, axis, joined.Length));
            joined[axis] = dx == 1 ? dy : dy == 1 || dx == dy ? dx : throw new ShapeException(
                $"{operation}: {x} and {y} do not broadcast: " +
                $"on axis {axis - joined.Length} the lengths are {dx} and {dy}; " +
                "equal lengths, or one of them 1, are needed");
        }
        return Shape.Create(joined);
    }

    /// <summary>Whether <paramref name="from"/> stretches to <paramref name="to"/> exactly.</summary>
    public static bool Stretches(Shape from, Shape to)
    {
        if (from.Rank > to.Rank)
            return false;
        for (var axis = 0; axis < to.Rank; axis++)
        {
            if (Aligned(from, axis, to.Rank) is var length && length != 1 && length != to[axis])
                return false;
        }
        return true;
    }

    /// <summary>
    /// The axes of <paramref name="to"/> along which <paramref name="from"/> is repeated: those that it lacks, and
    /// those where it has length 1 and the other has not. The transpose of broadcasting is the sum over them.
    /// </summary>
    public static Ints StretchedAxes(Shape from, Shape to) =>
    [
        .. Enumerable.Range(0, to.Rank).Where(axis =>
            axis < to.Rank - from.Rank || (from[axis - (to.Rank - from.Rank)] == 1 && to[axis] != 1)),
    ];

    /// <summary>
    /// The strides with which an array of shape <paramref name="from"/> is read as
    /// <paramref name="to"/>: 0 where stretched.
    /// </summary>
    public static Ints Strides(Ints strides, Shape from, Shape to)
    {
        var missing = to.Rank - from.Rank;
        return
        [
            .. Enumerable.Range(0, to.Rank).Select(axis =>
                axis < missing || (from[axis - missing] == 1 && to[axis] != 1) ? 0 : strides[axis - missing]),
        ];
    }

    private static int Aligned(Shape shape, int axis, int rank) =>
        axis < rank - shape.Rank ? 1 : shape[axis - (rank - shape.Rank)];
}
