using System.Collections.Immutable;

namespace DistGrad.Distributed.Contracts;

/// <summary>Where a run stands.</summary>
internal enum RunPhase
{
    /// <summary>Not begun.</summary>
    Created,

    /// <summary>A new epoch is being agreed on: its members stop, and say what they hold.</summary>
    Opening,

    /// <summary>The members take steps.</summary>
    Training,

    /// <summary>All steps are taken, and all members hold the same parameters.</summary>
    Completed,

    /// <summary>It cannot go on.</summary>
    Failed,

    /// <summary>The user stopped it.</summary>
    Cancelled,
}

/// <summary>What of a run outlives the silo that looks after it.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.run-record")]
internal sealed record RunRecord(
    [property: Id(0)] long Epoch,
    [property: Id(1)] RunPhase Phase,
    [property: Id(2)] ImmutableArray<WorkerId> Members,
    [property: Id(3)] string Reason)
{
    /// <summary>Of a run that has not begun.</summary>
    public static RunRecord None { get; } = new(0, RunPhase.Created, [], "");
}
