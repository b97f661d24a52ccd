using System.Buffers;
using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Plans;
using DistGrad.Distributed.Protocol;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace DistGrad.Distributed.Grains;

/// <summary>
/// The shell of a run: keeps its program, asks the protocol, stores, sends, and tells those who wait for news.
/// </summary>
[GrainType("distgrad-run"), Reentrant]
internal sealed partial class RunGrain(
    [PersistentState("program", Storage.Name)] IPersistentState<StoredProgram> stored,
    [PersistentState("record", Storage.Name)] IPersistentState<StoredRecord> record,
    Membership membership,
    TimeProvider clock,
    ILogger<RunGrain> logger) : Grain, IRunGrain
{
    private readonly ArrayBufferWriter<byte> uploaded = new();
    private readonly RunJournal journal = new(clock);
    private RunState? state;

    /// <summary>The last write, which the next one waits for: what is stored last is what was decided last.</summary>
    private Task saved = Task.CompletedTask;

    private string Name => this.GetPrimaryKeyString();

    private IEnumerable<WorkerId> Members => state is { IsOver: false } running ? running.Members : [];

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(
            _ => Happen(new RunEvent.Tick()),
            new() { DueTime = Clock.Tick, Period = Clock.Tick, Interleave = true });
        if (!record.RecordExists)
            return;
        // It was interrupted: what was not stored is asked of the workers, in a new epoch.
        var program = await Task.Run(() => TrainingProgram.FromWire(stored.State.Bytes), cancellationToken);
        state = Created(program, stored.State.Hash).Restored(record.State.Record);
        if (!state.IsOver)
            await Begin([.. membership.Workers().Intersect(state.Members)]);
    }

    public Task Upload(long from, Block piece)
    {
        if (from > uploaded.WrittenCount)
            throw new TrainingException(
                $"The run {Name} has {uploaded.WrittenCount} bytes of its program; " +
                $"a piece from {from} on leaves a gap");
        // What came before came again.
        if (from == uploaded.WrittenCount)
            uploaded.Write(piece.Bytes.Span);
        return Task.CompletedTask;
    }

    public async Task Start(string program, int silos)
    {
        if (state is not null)
            return;
        var bytes = uploaded.WrittenSpan.ToArray();
        var (read, hash) = await Task.Run(() =>
        {
            var read = TrainingProgram.FromWire(bytes);
            return (read, $"{read.Hash()}");
        });
        if (hash != program)
            throw new TrainingException($"The program of the run {Name} arrived as {hash}; {program} was announced");
        if (state is not null)
            return;
        state = Created(read, program);
        stored.State = new(bytes, program);
        await stored.WriteStateAsync();
        await GrainFactory.GetGrain<IRunsGrain>(0).Add(Name);
        await Begin(await membership.AtLeast(silos, Clock.Silos));
    }

    public Task<Block> Program(long from) => Task.FromResult(Pieces.At(stored.State.Bytes, from, Chunking.Most));

    public Task Receive(Message message) => Happen(new RunEvent.Received(message));

    public async Task<RunNews> News(long after)
    {
        await journal.After(after, Clock.News);
        return journal.News(state?.Record ?? new(0, RunPhase.Created, [], ""), after);
    }

    public Task<RunStatus> Status() => Task.FromResult(new RunStatus(
        Name,
        state?.Record ?? new(0, RunPhase.Created, [], ""),
        journal.Last?.Step ?? 0,
        state?.Steps ?? 0,
        journal.Last?.Means[0] ?? double.NaN));

    public Task Cancel() => Done(new RunEvent.Cancelled());

    public Task Forget() => Done(new RunEvent.Forgotten());

    private RunState Created(TrainingProgram program, string hash) =>
        new(Name, hash, program.Sampling.Steps, program.Shards);

    private async Task Begin(ImmutableArray<WorkerId> workers)
    {
        await Happen(new RunEvent.Started(workers));
        Watch().Ignore();
    }

    /// <summary>Suspects every member that the cluster no longer counts among the living.</summary>
    private async Task Watch()
    {
        await foreach (var alive in membership.Changes())
        {
            foreach (var gone in Members.Except(alive).ToArray())
                await Happen(new RunEvent.Suspected(gone));
            if (state is { IsOver: true })
                return;
        }
    }

    private Task Happen(RunEvent happened)
    {
        foreach (var command in Decided(happened))
            Do(command).Ignore();
        return Task.CompletedTask;
    }

    /// <summary>
    /// As <see cref="Happen"/>, and waits a little for what follows: the caller may be about to leave.
    /// </summary>
    private async Task Done(RunEvent happened) =>
        await Task.WhenAny(Task.WhenAll(Decided(happened).Select(Do)), Task.Delay(Clock.Farewell, clock));

    private ImmutableArray<RunCommand> Decided(RunEvent happened)
    {
        if (state is null)
            return [];
        (state, var commands) = RunProtocol.Step(state, happened);
        if (state.IsOver)
            journal.End();
        return commands;
    }

    private async Task Do(RunCommand command)
    {
        switch (command)
        {
            case RunCommand.Save save:
                await (saved = Save(save.Record, after: saved));
                break;
            case RunCommand.Send(var letter):
                await Happen(await Sent(letter)
                    ? new RunEvent.Delivered(letter.Number)
                    : new RunEvent.Undelivered(letter.Number));
                break;
            case RunCommand.Publish(var step):
                journal.Add(step);
                break;
            case RunCommand.Report(var worker, var steps):
                journal.Add(worker, steps);
                break;
        }
    }

    // The storage refuses a write that is not based on the latest: of two activations one gives up, here.
    private async Task Save(RunRecord saved, Task after)
    {
        await after;
        LogEpoch(Name, saved.Epoch, saved.Phase, saved.Members.Length, saved.Reason);
        journal.Members = new ReductionTree(state!.Shards) is var tree && saved.Members.IsEmpty
            ? []
            : [
                .. saved.Members.Zip(
                    ShardMap.Of(tree, saved.Members.Length), (m, nodes) => (m, nodes.Sum(n => tree.Below(n).Count))),
            ];
        try
        {
            record.State = new(saved);
            await record.WriteStateAsync();
        }
        catch (Exception e)
        {
            LogNotSaved(e, Name, saved.Epoch);
            DeactivateOnIdle();
            return;
        }
        await Happen(new RunEvent.Saved(saved.Epoch));
    }

    private async Task<bool> Sent(Letter letter)
    {
        try
        {
            await GrainFactory.GetGrain<IWorkerGrain>(WorkerKey.Of(Name, letter.To!.Value)).Receive(letter.Message);
            return true;
        }
        catch (Exception e)
        {
            LogUndelivered(e, letter.Message.GetType().Name, letter.To!.Value);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "Run {Run} epoch {Epoch}: {Phase} on {Silos} silos {Reason}")]
    private partial void LogEpoch(string run, long epoch, RunPhase phase, int silos, string reason);

    [LoggerMessage(LogLevel.Error, "Run {Run} epoch {Epoch} could not be stored")]
    private partial void LogNotSaved(Exception e, string run, long epoch);

    [LoggerMessage(LogLevel.Warning, "{Message} has not arrived at {To} and will be sent again")]
    private partial void LogUndelivered(Exception e, string message, WorkerId to);
}

/// <summary>The training program of a run, as canonical bytes.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.stored-program")]
internal sealed record StoredProgram([property: Id(0)] byte[] Bytes, [property: Id(1)] string Hash)
{
    public StoredProgram() : this([], "")
    {
    }
}

/// <summary>Where a run stands.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.stored-record")]
internal sealed record StoredRecord([property: Id(0)] RunRecord Record)
{
    public StoredRecord() : this(new RunRecord(0, RunPhase.Created, [], ""))
    {
    }
}
