using System.Collections.Immutable;
using System.Numerics;

namespace DistGrad.Distributed.Protocol;

/// <summary>Which shards each of several workers computes, as nodes of the reduction tree.</summary>
/// <remarks>
/// No two workers differ by more than one shard, and each holds few and large subtrees, since it sends one sum for
/// each. It is a function of two numbers, so all workers know it without being told.
/// </remarks>
internal static class ShardMap
{
    /// <summary>For each worker the nodes that it holds, in ascending order of shards.</summary>
    public static ImmutableArray<ImmutableArray<int>> Of(ReductionTree tree, int workers)
    {
        var free = new Stack<int>([ReductionTree.Root]);
        var (each, more) = Math.DivRem(tree.Leaves, workers);
        var room = Enumerable.Range(0, workers).Select(w => w < more ? each + 1 : each).ToArray();
        var held = Array.ConvertAll(room, _ => new List<int>());
        while (free.TryPop(out var node))
        {
            // The leftmost worker with room for all of it; as long as there is none, its halves are handed out.
            var count = tree.Below(node).Count;
            var worker = Array.FindIndex(room, r => BitOperations.RoundUpToPowerOf2((uint)r + 1) / 2 == count);
            worker = worker >= 0 ? worker : Array.FindIndex(room, r => r >= count);
            if (worker < 0)
            {
                free.Push((2 * node) + 1);
                free.Push(2 * node);
                continue;
            }
            held[worker].Add(node);
            room[worker] -= count;
        }
        return [.. held.Select(nodes => nodes.OrderBy(n => tree.Below(n).First).ToImmutableArray())];
    }
}
