using System.Collections.Immutable;

namespace DistGrad.Distributed.Contracts;

/// <summary>All that the run and the workers say to each other.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.message")]
internal abstract record Message([property: Id(0)] Stamp Stamp);

/// <summary>
/// From the run: stop what you do in earlier epochs, and say what you hold. Nobody goes on before all members have
/// answered.
/// </summary>
/// <param name="Stamp">The epoch that begins; its step says nothing.</param>
/// <param name="Program">The hash of the program, which the worker fetches if it has not got it.</param>
[GenerateSerializer, Immutable, Alias("distgrad.fence")]
internal sealed record Fence(Stamp Stamp, [property: Id(0)] string Program) : Message(Stamp);

/// <summary>From the run: train from the stamp's step on, together with these.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.begin")]
internal sealed record Begin(Stamp Stamp, [property: Id(0)] ImmutableArray<WorkerId> Members) : Message(Stamp);

/// <summary>From the run: the worker is no longer needed, or no longer trusted.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.stop")]
internal sealed record Stop(Stamp Stamp) : Message(Stamp);

/// <summary>The sum over the shards below a node of the reduction tree, for one chunk of the vector.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.part")]
internal readonly record struct Part([property: Id(0)] int Node, [property: Id(1)] Block Block);

/// <summary>From a worker to the owner of a chunk: the sums over all shards that it computed.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.contribution")]
internal sealed record Contribution(
    Stamp Stamp,
    [property: Id(0)] WorkerId From,
    [property: Id(1)] int Chunk,
    [property: Id(2)] ImmutableArray<Part> Parts)
    : Message(Stamp);

/// <summary>From the owner of a chunk to all others: the mean over the batch.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.mean")]
internal sealed record Mean(Stamp Stamp, [property: Id(0)] int Chunk, [property: Id(1)] Block Block) : Message(Stamp);

/// <summary>
/// From a worker: it has stopped, and holds the parameters after the steps from the oldest to the stamp's.
/// </summary>
[GenerateSerializer, Immutable, Alias("distgrad.fenced")]
internal sealed record Fenced(Stamp Stamp, [property: Id(0)] WorkerId From, [property: Id(1)] long Oldest)
    : Message(Stamp);

/// <summary>From a worker: what it has done since it last said so. The stamp's step is how far it has come.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.advanced")]
internal sealed record Advanced(
    Stamp Stamp, [property: Id(0)] WorkerId From, [property: Id(1)] ImmutableArray<StepRecord> Steps) : Message(Stamp);

/// <summary>From a worker: it cannot go on, and no other could in its place.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.failed")]
internal sealed record Failed(Stamp Stamp, [property: Id(0)] WorkerId From, [property: Id(1)] string Reason)
    : Message(Stamp);

/// <summary>From a worker: it was asked to go on with what it has never begun, so it has lost what it held.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.lost")]
internal sealed record Lost(Stamp Stamp, [property: Id(0)] WorkerId From) : Message(Stamp);

/// <summary>What a worker tells of a step.</summary>
/// <param name="Step">How many steps the parameters had taken after it.</param>
/// <param name="Hash">Of the model after it: equal on all workers.</param>
/// <param name="Means">The loss and the metrics, as means over the batch, before it.</param>
/// <param name="Busy">Microseconds that the worker computed for it; the rest of the time it waited.</param>
/// <param name="Spent">What the step cost the worker, in more detail.</param>
[GenerateSerializer, Immutable, Alias("distgrad.step-record")]
internal sealed record StepRecord(
    [property: Id(0)] long Step,
    [property: Id(1)] ulong Hash,
    [property: Id(2)] ImmutableArray<double> Means,
    [property: Id(3)] long Busy,
    [property: Id(4)] Spent Spent = default);

/// <summary>What steps have cost a worker, times in microseconds.</summary>
/// <param name="Compute">To compute its own shards.</param>
/// <param name="Combine">To sum the chunks that it owns.</param>
/// <param name="Update">To take the step.</param>
/// <param name="Exchange">
/// From when its own shards were computed to when all means were there, combining among it.
/// </param>
/// <param name="Bytes">Numbers that it sent to other workers, in bytes.</param>
[GenerateSerializer, Immutable, Alias("distgrad.spent")]
internal readonly record struct Spent(
    [property: Id(0)] long Compute,
    [property: Id(1)] long Combine,
    [property: Id(2)] long Update,
    [property: Id(3)] long Exchange,
    [property: Id(4)] long Bytes)
{
    public static Spent operator +(Spent x, Spent y) => new(
        x.Compute + y.Compute, x.Combine + y.Combine, x.Update + y.Update, x.Exchange + y.Exchange, x.Bytes + y.Bytes);

    public static Spent operator -(Spent x, Spent y) => new(
        x.Compute - y.Compute, x.Combine - y.Combine, x.Update - y.Update, x.Exchange - y.Exchange, x.Bytes - y.Bytes);
}
