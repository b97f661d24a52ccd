using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Protocol;

internal enum WorkerPhase
{
    /// <summary>In an epoch, if any, but not training: the run is to say with whom and from where.</summary>
    Waiting,

    /// <summary>Taking steps.</summary>
    Training,

    /// <summary>All steps are taken; another epoch may still take the last one back.</summary>
    Finished,

    /// <summary>Nothing more will happen.</summary>
    Stopped,
}

/// <summary>The membership of an epoch, and what follows from it for one of the workers.</summary>
internal sealed record Assignment(
    ImmutableArray<WorkerId> Members, ImmutableArray<ImmutableArray<int>> Nodes, Chunking Chunking, int Me)
{
    public static Assignment Of(ImmutableArray<WorkerId> members, WorkerId me, int shards, VectorSize vector)
    {
        var nodes = ShardMap.Of(new(shards), members.Length);
        return new(members, nodes, Chunking.Of(vector, members.Length, nodes.Max(n => n.Length)), members.IndexOf(me));
    }

    public int Chunks => Chunking.Chunks.Length;

    public bool Owns(int chunk) => Chunking.Owner(chunk) == Me;
}

/// <summary>
/// What a worker of a run knows. Parameters are not here: whoever keeps them is told which ones are meant.
/// </summary>
internal sealed record WorkerState(WorkerId Me, string Run)
{
    public long Epoch { get; init; }

    public WorkerPhase Phase { get; init; }

    /// <summary>The hash of the program, once the run has told it.</summary>
    public string? Program { get; init; }

    /// <summary>What the program and its data come to, once they are there.</summary>
    public WorkerEvent.Prepared? Prepared { get; init; }

    public Assignment? Assignment { get; init; }

    /// <summary>How many steps the newest parameters have taken.</summary>
    public long Step { get; init; }

    /// <summary>
    /// The same of the oldest that are still held: those before the last step, which an epoch may take back.
    /// </summary>
    public long Oldest { get; init; }

    /// <summary>
    /// Sums that came for chunks of the worker's own, its own among them, for this step and the next.
    /// </summary>
    public ImmutableDictionary<(long Step, int Chunk, WorkerId From), ImmutableArray<Part>> Contributions
    {
        get;
        init;
    } = ImmutableDictionary<(long, int, WorkerId), ImmutableArray<Part>>.Empty;

    /// <summary>Chunks of the worker's own that are being combined or have been.</summary>
    public ImmutableHashSet<int> Combining { get; init; } = [];

    /// <summary>The means of this step so far.</summary>
    public ImmutableDictionary<int, Block> Means { get; init; } = ImmutableDictionary<int, Block>.Empty;

    /// <summary>Microseconds computed for this step so far.</summary>
    public long Busy { get; init; }

    /// <summary>Steps that the run has not been told of, the oldest dropped when there are too many.</summary>
    public ImmutableList<StepRecord> Untold { get; init; } = [];

    /// <summary>The letter that tells of steps, if one is under way, and up to which.</summary>
    public (long Number, long Step)? Telling { get; init; }

    /// <summary>Why it cannot go on, in any epoch.</summary>
    public string? Failure { get; init; }

    public Outbox Outbox { get; init; } = new();

    public Stamp Stamp => new(Run, Epoch, Step);

    /// <summary>How much of everything is kept: bounded by the members, the chunks and the records.</summary>
    public int Size => Contributions.Count + Combining.Count + Means.Count + Untold.Count + Outbox.Count;
}
