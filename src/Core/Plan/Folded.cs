namespace DistGrad.Plan;

/// <summary>An array seen as [outer, length, inner], of which the middle is reduced.</summary>
internal readonly record struct Folded(int Outer, int Length, int Inner)
{
    /// <summary>Over neighbouring axes, of an array that lies in row-major order.</summary>
    public static Folded Over(Shape shape, int first, int count) => new(
        Product(shape.Take(first)), Product(shape.Skip(first).Take(count)), Product(shape.Skip(first + count)));

    /// <summary>Over axes that lie together, or that the planner moved to the end.</summary>
    public static Folded Over(Shape shape, Ints axes) =>
        axes.Count == 0 ? new(shape.Size, 1, 1)
        : AreNeighbours(axes) ? Over(shape, axes[0], axes.Count)
        : Over(shape, shape.Rank - axes.Count, axes.Count);

    public static bool AreNeighbours(Ints axes) => axes.Count == 0 || axes[^1] - axes[0] == axes.Count - 1;

    private static int Product(IEnumerable<int> lengths) => lengths.Aggregate(1, (product, length) => product * length);
}
