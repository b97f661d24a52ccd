using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Protocol;

/// <summary>What a run knows.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Program">The hash of its program.</param>
/// <param name="Steps">How many steps it takes.</param>
/// <param name="Shards">How many shards each step has, and so how many workers there can be at most.</param>
internal sealed record RunState(string Run, string Program, long Steps, int Shards)
{
    public RunPhase Phase { get; init; }

    public long Epoch { get; init; }

    public ImmutableArray<WorkerId> Members { get; init; } = [];

    /// <summary>Those who are no longer members and do not know it, as that is not stored yet.</summary>
    public ImmutableArray<WorkerId> Gone { get; init; } = [];

    /// <summary>Why the run has failed.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Which parameters the members that have stopped for this epoch hold.</summary>
    public ImmutableDictionary<WorkerId, Fenced> Fences { get; init; } = ImmutableDictionary<WorkerId, Fenced>.Empty;

    /// <summary>How far each member is known to have come in this epoch.</summary>
    public ImmutableDictionary<WorkerId, long> Progress { get; init; } = ImmutableDictionary<WorkerId, long>.Empty;

    /// <summary>
    /// The hashes after the last steps of this epoch, with which members are compared that are late to tell.
    /// </summary>
    public ImmutableSortedDictionary<long, ulong> Hashes { get; init; } = ImmutableSortedDictionary<long, ulong>.Empty;

    /// <summary>The last step that was published.</summary>
    public long Published { get; init; }

    public Outbox Outbox { get; init; } = new();

    public Stamp Stamp => new(Run, Epoch, 0);

    public bool IsOver => Phase is RunPhase.Completed or RunPhase.Failed or RunPhase.Cancelled;

    public RunRecord Record => new(Epoch, Phase, Members, Reason);

    /// <summary>The state after an interruption, in which all that is known is what was stored.</summary>
    public RunState Restored(RunRecord record) =>
        this with { Epoch = record.Epoch, Phase = record.Phase, Members = record.Members, Reason = record.Reason };

    /// <summary>How much of everything is kept: bounded by the members and the records.</summary>
    public int Size => Gone.Length + Fences.Count + Progress.Count + Hashes.Count + Outbox.Count;
}
