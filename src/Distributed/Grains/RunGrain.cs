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
    private readonly Upload upload = new();
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
        upload.Add(from, piece);
        return Task.CompletedTask;
    }

    public async Task Start(string program, int silos)
    {
        if (state is not null)
            return;
        var (read, whole) = await upload.Whole(program);
        // A repeated call may have come first meanwhile.
        if (state is not null)
            return;
        state = Created(read, program);
        stored.State = whole;
        await stored.WriteStateAsync();
        await GrainFactory.GetGrain<IRunsGrain>(0).Add(Name);
        await Begin(await membership.AtLeast(silos, Clock.Silos));
    }

    public Task<Block> Program(long from) => Task.FromResult(Pieces.At(stored.State.Bytes, from, Chunking.Most));

    public Task Receive(Message message) => Happen(new RunEvent.Received(message));

    public async Task<RunNews> News(long after)
    {
        await journal.After(after, Clock.News);
        return journal.News(state?.Record ?? RunRecord.None, after);
    }

    public Task<RunStatus> Status() => Task.FromResult(new RunStatus(
        Name,
        state?.Record ?? RunRecord.None,
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
        journal.Begin(saved.Members, state!.Shards);
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
