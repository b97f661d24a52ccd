using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Protocol;

/// <summary>What a worker is to do. Each but the sending and the release ends in an event.</summary>
internal abstract record WorkerCommand
{
    /// <summary>Fetch the program of this hash, compute the first parameters, open the data.</summary>
    internal sealed record Prepare(string Program) : WorkerCommand;

    /// <summary>Sum over the shards below these nodes.</summary>
    internal sealed record Compute(Stamp Stamp, ImmutableArray<int> Nodes, Chunking Chunking) : WorkerCommand;

    /// <summary>The mean of a chunk from sums whose nodes cover the tree once.</summary>
    internal sealed record Combine(Stamp Stamp, int Chunk, Chunking Chunking, ImmutableArray<Part> Parts)
        : WorkerCommand;

    /// <summary>Take the step with these means of all chunks, in order.</summary>
    internal sealed record Update(Stamp Stamp, Chunking Chunking, ImmutableArray<Block> Means) : WorkerCommand;

    /// <summary>Send, and tell whether it arrived.</summary>
    internal sealed record Send(Letter Letter) : WorkerCommand;

    /// <summary>Give back what the run has needed.</summary>
    internal sealed record Release : WorkerCommand;
}
