using System.Collections.Immutable;
using System.Diagnostics;
using DistGrad.Distributed.Compute;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Data;
using DistGrad.Distributed.Protocol;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace DistGrad.Distributed.Grains;

/// <summary>
/// The shell of a worker: receives, asks the protocol, computes elsewhere, sends. It lives as long as its silo, or
/// until the run no longer needs it.
/// </summary>
[GrainType(Type), Reentrant, SiloPlacement, Immovable]
internal sealed partial class WorkerGrain(
    SiloCompute compute,
    ProgramCache programs,
    DataSources sources,
    IExchange exchange,
    ILogger<WorkerGrain> logger) : Grain, IWorkerGrain
{
    public const string Type = "distgrad-worker";

    /// <summary>The most bytes of the model that are sent at once.</summary>
    private const int Piece = Chunking.Most;

    private WorkerState state = new(default, "");
    private Spent spent;
    private long computed;
    private Engine? engine;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var (run, me) = WorkerKey.Parse(this.GetPrimaryKeyString());
        state = new(me, run);
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        this.RegisterGrainTimer(
            _ => Happen(new WorkerEvent.Tick()),
            new() { DueTime = Clock.Tick, Period = Clock.Tick, Interleave = true });
        return Task.CompletedTask;
    }

    public Task Receive(Message message) => Happen(new WorkerEvent.Received(message));

    public Task<Block> Model(long step, long from) => engine is { } own
        ? compute.Run(() => own.ModelBytes(step, from, Piece))
        : throw new TrainingException($"The worker on silo {state.Me} holds no model of the run {state.Run}");

    private Task Happen(WorkerEvent happened)
    {
        if (happened is WorkerEvent.Updated updated && updated.Stamp == state.Stamp)
            Return();
        (state, var commands) = WorkerProtocol.Step(state, happened);
        foreach (var command in commands)
            Do(command).Ignore();
        return Task.CompletedTask;
    }

    /// <summary>What came for a step that is taken is not needed again.</summary>
    private void Return()
    {
        foreach (var (key, parts) in state.Contributions)
        {
            if (key.Step == state.Step)
                parts.ToList().ForEach(part => part.Block.Return());
        }
        foreach (var mean in state.Means.Values)
            mean.Return();
    }

    private async Task Do(WorkerCommand command)
    {
        try
        {
            if (await Outcome(command) is { } happened)
                await Happen(happened);
        }
        catch (Exception e)
        {
            LogBroken(e, command.GetType().Name, state.Stamp);
            await Happen(new WorkerEvent.Broken($"silo {state.Me}: {e.Message}"));
        }
    }

    private async Task<WorkerEvent?> Outcome(WorkerCommand command)
    {
        switch (command)
        {
            case WorkerCommand.Prepare(var hash):
                var known = programs.Find(hash);
                var bytes = known is null ? await Pieces.All(GrainFactory.GetGrain<IRunGrain>(state.Run).Program) : [];
                engine = await compute.Run(() => Prepared(known ?? programs.Add(hash, bytes)));
                return new WorkerEvent.Prepared(engine.Vector, engine.Sampling);
            case WorkerCommand.Compute(var stamp, var nodes, var chunking):
                spent = default;
                return await Timed(
                    e => e.Compute(stamp.Step, nodes, chunking), (chunks, busy) => Computed(stamp, chunks, busy));
            case WorkerCommand.Combine(var stamp, var chunk, var chunking, var parts):
                return await Timed(e => e.Combine(stamp.Step, chunking.Chunks[chunk], parts), (mean, busy) =>
                {
                    spent = spent with { Combine = spent.Combine + busy };
                    return new WorkerEvent.Combined(stamp, chunk, mean, busy);
                });
            case WorkerCommand.Update(var stamp, var chunking, var means):
                spent = spent with { Exchange = (long)Stopwatch.GetElapsedTime(computed).TotalMicroseconds };
                return await Timed(e => e.Update(stamp.Step, chunking, means), (u, busy) =>
                    new WorkerEvent.Updated(stamp, u.Hash, u.Means, busy, spent with { Update = busy }));
            case WorkerCommand.Send(var letter):
                return await Sent(letter)
                    ? new WorkerEvent.Delivered(letter.Number)
                    : new WorkerEvent.Undelivered(letter.Number);
            default:
                engine = null;
                DeactivateOnIdle();
                return null;
        }
    }

    private WorkerEvent.Computed Computed(Stamp stamp, ImmutableArray<ImmutableArray<Part>> chunks, long busy)
    {
        computed = Stopwatch.GetTimestamp();
        spent = spent with { Compute = busy };
        return new(stamp, chunks, busy);
    }

    private Engine Prepared(CompiledProgram program) =>
        new(program, sources.Open(program.Program.Data), compute.Workers);

    private async Task<WorkerEvent> Timed<T>(Func<Engine, T> work, Func<T, long, WorkerEvent> happened)
    {
        var own = engine ?? throw new TrainingException("There is no program to compute with");
        var (result, busy) = await compute.Run(() =>
        {
            var start = Stopwatch.GetTimestamp();
            return (work(own), (long)Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        });
        return happened(result, busy);
    }

    private async Task<bool> Sent(Letter letter)
    {
        try
        {
            spent = spent with { Bytes = spent.Bytes + Numbers(letter.Message) };
            await (letter.To is { } worker
                ? exchange.Send(worker, letter.Message)
                : GrainFactory.GetGrain<IRunGrain>(state.Run).Receive(letter.Message));
            return true;
        }
        catch (Exception e)
        {
            LogUndelivered(e, letter.Message.GetType().Name, letter.To?.Silo ?? "the run");
            return false;
        }
    }

    private static long Numbers(Message message) => message switch
    {
        Contribution contribution => contribution.Parts.Sum(p => (long)p.Block.Bytes.Length),
        Mean mean => mean.Block.Bytes.Length,
        _ => 0,
    };

    [LoggerMessage(LogLevel.Error, "{Command} of {Stamp} failed")]
    private partial void LogBroken(Exception e, string command, Stamp stamp);

    [LoggerMessage(LogLevel.Warning, "{Message} has not arrived at {To} and will be sent again")]
    private partial void LogUndelivered(Exception e, string message, string to);
}
