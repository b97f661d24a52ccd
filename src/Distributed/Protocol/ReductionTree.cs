using System.Numerics;

namespace DistGrad.Distributed.Protocol;

/// <summary>
/// The fixed binary tree over which shards are summed. Nodes are numbered as in a heap: 1 is the root, node n has the
/// parts 2n and 2n + 1, and the shards are the leaves in order.
/// </summary>
/// <remarks>
/// The order of summation is this tree's whoever holds which shard, so the sum has the same bits. Where shards are no
/// power of two the last leaves stay empty.
/// </remarks>
internal sealed record ReductionTree(int Shards)
{
    public const int Root = 1;

    /// <summary>Places for shards: the least power of two that holds them.</summary>
    public int Leaves => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(Shards, 1));

    public bool IsLeaf(int node) => node >= Leaves;

    /// <summary>The node of a shard.</summary>
    public int Leaf(int shard) => Leaves + shard;

    /// <summary>The first leaf below a node, counted among the shards, and how many there are.</summary>
    public (int First, int Count) Below(int node)
    {
        var depth = BitOperations.Log2((uint)Leaves) - BitOperations.Log2((uint)node);
        return ((node << depth) - Leaves, 1 << depth);
    }

    /// <summary>Whether every leaf is below exactly one of these nodes.</summary>
    public bool IsCoveredOnceBy(IEnumerable<int> nodes)
    {
        var next = 0;
        foreach (var (first, count) in nodes.Where(n => n >= Root && n < 2 * Leaves).Select(Below).Order())
        {
            if (first != next)
                return false;
            next = first + count;
        }
        return next == Leaves;
    }

    /// <summary>
    /// The sum at the root from the sums at nodes that cover the tree once; <paramref name="add"/> is asked left and
    /// right.
    /// </summary>
    public static T Sum<T>(IReadOnlyDictionary<int, T> known, Func<T, T, T> add) => At(Root, known, add);

    private static T At<T>(int node, IReadOnlyDictionary<int, T> known, Func<T, T, T> add) =>
        known.TryGetValue(node, out var sum) ? sum : add(At(2 * node, known, add), At((2 * node) + 1, known, add));
}
