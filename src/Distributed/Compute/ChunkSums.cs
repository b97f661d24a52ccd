using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Protocol;

namespace DistGrad.Distributed.Compute;

/// <summary>
/// Adds what came for a chunk over the tree, in memory of its own that is used again for the next chunk.
/// </summary>
internal sealed class ChunkSums
{
    private readonly Stack<byte[]> idle = new();

    /// <summary>The sum of parts that cover the tree once, divided by the number of examples.</summary>
    public void Mean(Chunk chunk, ImmutableArray<Part> parts, int examples, Span<byte> mean)
    {
        var known = parts.ToDictionary(p => p.Node, p => new Sum(p.Block.Bytes, Own: null));
        var total = ReductionTree.Sum(known, (left, right) => Add(chunk, left, right));
        Sums.Divide(chunk.DType, total.Bytes.Span, examples, mean);
        Return(total);
    }

    // What came is not written to: it belongs to its sender, or is compared with what may come again.
    private Sum Add(Chunk chunk, Sum left, Sum right)
    {
        if (left.Bytes.IsEmpty || right.Bytes.IsEmpty)
            return left.Bytes.IsEmpty ? right : left;
        var own = left.Own ?? right.Own ?? (idle.TryPop(out var used) ? used : new byte[Chunking.Most]);
        Sums.Add(chunk.DType, left.Bytes.Span, right.Bytes.Span, own.AsSpan(0, chunk.Bytes));
        if (left.Own is not null)
            Return(right);
        return new(own.AsMemory(0, chunk.Bytes), own);
    }

    private void Return(Sum sum)
    {
        if (sum.Own is { } own)
            idle.Push(own);
    }

    /// <summary>A sum, and the memory of ours that it is in, if it is.</summary>
    private readonly record struct Sum(ReadOnlyMemory<byte> Bytes, byte[]? Own);
}
