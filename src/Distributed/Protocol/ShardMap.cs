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
        var room = Enumerable.Range(0, workers)
            .Select(w => (tree.Leaves / workers) + (w < tree.Leaves % workers ? 1 : 0)).ToArray();
        var held = Array.ConvertAll(room, _ => new List<int>());
        // Workers by the largest subtree that they have room for, the leftmost first.
        var ready = Enumerable.Range(0, BitOperations.Log2((uint)tree.Leaves) + 1)
            .Select(_ => new PriorityQueue<int, int>()).ToArray();
        for (var worker = 0; worker < workers; worker++)
            ready[BitOperations.Log2((uint)room[worker])].Enqueue(worker, worker);
        while (free.TryPop(out var node))
        {
            // One that has room for just that, or else the leftmost with more; as long as there is none, its halves are
            // handed out.
            var count = tree.Below(node).Count;
            if (Place(ready, BitOperations.Log2((uint)count)) is not { } level)
            {
                free.Push((2 * node) + 1);
                free.Push(2 * node);
                continue;
            }
            var next = ready[level].Dequeue();
            held[next].Add(node);
            room[next] -= count;
            if (room[next] > 0)
                ready[BitOperations.Log2((uint)room[next])].Enqueue(next, next);
        }
        return [.. held.Select(nodes => nodes.OrderBy(n => tree.Below(n).First).ToImmutableArray())];
    }

    /// <summary>The queue whose first worker is to have a subtree of this size.</summary>
    private static int? Place(PriorityQueue<int, int>[] ready, int least)
    {
        int? found = ready[least].Count > 0 ? least : null;
        for (var level = least + 1; found != least && level < ready.Length; level++)
        {
            if (ready[level].Count > 0 && (found is not { } other || ready[level].Peek() < ready[other].Peek()))
                found = level;
        }
        return found;
    }
}
