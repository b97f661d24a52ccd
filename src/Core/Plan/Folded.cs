using System.Numerics;

namespace DistGrad.Plan;

/// <summary>An array seen as [outer, length, inner], of which the middle is reduced.</summary>
/// <remarks>
/// What the order of every reduction is made of stands here: kernels, loops and tiles must agree in it, or bits change.
/// </remarks>
internal sealed record Folded(int Outer, int Length, int Inner)
{
    /// <summary>How many elements of a leaf of the tree go into the same lane, one after the other.</summary>
    public const int Steps = 32;

    /// <summary>Bytes of the lanes that a leaf is sorted into: four vectors.</summary>
    public const int LaneBytes = 256;

    /// <summary>Whether what is reduced lies together, rather than in columns.</summary>
    public bool IsRow => Inner == 1;

    /// <summary>Positions of the reduced axis that are a leaf of the tree.</summary>
    public int Leaf(int elementBytes) => Steps * Group(Inner, elementBytes);

    /// <summary>
    /// Positions of the reduced axis that are taken side by side: the largest power of two of which the lanes have room
    /// for all elements, or 1.
    /// </summary>
    public static int Group(nint inner, int elementBytes)
    {
        var lanes = LaneBytes / elementBytes;
        return inner >= lanes ? 1 : 1 << BitOperations.Log2((uint)(lanes / inner));
    }

    /// <summary>
    /// Whether the leading axis, of so many rows, is among those that are reduced; one row counts as not.
    /// </summary>
    public bool Accumulates(int rows) => Outer % rows != 0;

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
