using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Protocol;

/// <summary>What happens to a worker.</summary>
internal abstract record WorkerEvent
{
    /// <summary>A message came, perhaps not for the first time.</summary>
    internal sealed record Received(Message Message) : WorkerEvent;

    /// <summary>A letter has arrived.</summary>
    internal sealed record Delivered(long Number) : WorkerEvent;

    /// <summary>A letter may not have arrived.</summary>
    internal sealed record Undelivered(long Number) : WorkerEvent;

    /// <summary>Some time has passed.</summary>
    internal sealed record Tick : WorkerEvent;

    /// <summary>The program is there, the first parameters are computed, and the data can be read.</summary>
    internal sealed record Prepared(VectorSize Vector, Sampling Sampling) : WorkerEvent;

    /// <summary>The sums over the worker's own shards: for each chunk, one for each node that it holds.</summary>
    internal sealed record Computed(Stamp Stamp, ImmutableArray<ImmutableArray<Part>> Chunks, long Busy) : WorkerEvent;

    /// <summary>The mean of a chunk.</summary>
    internal sealed record Combined(Stamp Stamp, int Chunk, Block Mean, long Busy) : WorkerEvent;

    /// <summary>The parameters have taken the step.</summary>
    internal sealed record Updated(
        Stamp Stamp, ulong Hash, ImmutableArray<double> Means, long Busy, Spent Spent = default) : WorkerEvent;

    /// <summary>Something that was to be done cannot be done.</summary>
    internal sealed record Broken(string Reason) : WorkerEvent;
}
