using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Protocol;

/// <summary>What happens to a run.</summary>
internal abstract record RunEvent
{
    /// <summary>The run is to be carried out by these, or, after it was interrupted, to go on with them.</summary>
    internal sealed record Started(ImmutableArray<WorkerId> Workers) : RunEvent;

    /// <summary>The record of this epoch is stored; only now may anyone hear of it.</summary>
    internal sealed record Saved(long Epoch) : RunEvent;

    /// <summary>A worker's message came, perhaps not for the first time.</summary>
    internal sealed record Received(Message Message) : RunEvent;

    /// <summary>A worker is gone, or seems to be.</summary>
    internal sealed record Suspected(WorkerId Worker) : RunEvent;

    /// <summary>A letter has arrived.</summary>
    internal sealed record Delivered(long Number) : RunEvent;

    /// <summary>A letter may not have arrived.</summary>
    internal sealed record Undelivered(long Number) : RunEvent;

    /// <summary>Some time has passed.</summary>
    internal sealed record Tick : RunEvent;

    /// <summary>The user no longer wants it.</summary>
    internal sealed record Cancelled : RunEvent;

    /// <summary>The run is over, and nobody needs what the workers hold any more.</summary>
    internal sealed record Forgotten : RunEvent;
}
