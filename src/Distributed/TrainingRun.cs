using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Grains;

namespace DistGrad.Distributed;

/// <summary>A plan that is being carried out on a cluster, seen by the one who asked for it.</summary>
public sealed class TrainingRun<TModel>
{
    private readonly IGrainFactory cluster;
    private readonly IRunGrain run;
    private readonly TrainingPlan<TModel> plan;
    private readonly CancellationToken cancellation;
    private readonly CancellationTokenRegistration cancelling;
    private readonly Lazy<Task<TrainedModel<TModel>>> completion;

    internal TrainingRun(IGrainFactory cluster, string name, TrainingPlan<TModel> plan, CancellationToken cancellation)
    {
        (this.cluster, Name, this.plan, this.cancellation) = (cluster, name, plan, cancellation);
        run = cluster.GetGrain<IRunGrain>(name);
        completion = new(Complete);
        cancelling = cancellation.Register(() => CancelAsync().Ignore());
    }

    /// <summary>What the cluster calls it.</summary>
    public string Name { get; }

    /// <summary>The model after the last step, when it is there.</summary>
    /// <exception cref="TrainingException">The run has failed; the message says where and why.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<TrainedModel<TModel>> Completion => completion.Value;

    /// <summary>
    /// Each step as it is taken, until the run is over for whatever reason. Who looks seldom may miss steps of long
    /// ago.
    /// </summary>
    public async IAsyncEnumerable<TrainingProgress> Progress([EnumeratorCancellation] CancellationToken stop = default)
    {
        for (var (last, isOver) = (0L, false); !isOver;)
        {
            stop.ThrowIfCancellationRequested();
            var news = await run.News(last).ConfigureAwait(false);
            SiloProgress[] silos =
                [.. news.Members.Select(m => new SiloProgress(m.Worker.Silo, m.Shards, m.Step, m.Busy))];
            foreach (var step in news.Steps)
            {
                last = step.Step;
                yield return plan.Progress(step.Step, step.Means) with { Silos = silos };
            }
            isOver = IsOver(news.Record) && news.Steps.IsEmpty;
        }
    }

    /// <summary>Ends the run; repeated, or when it is over, it changes nothing.</summary>
    public Task CancelAsync() => run.Cancel();

    private async Task<TrainedModel<TModel>> Complete()
    {
        RunRecord record;
        do
            record = (await run.News(long.MaxValue).ConfigureAwait(false)).Record;
        while (!IsOver(record));
        await cancelling.DisposeAsync().ConfigureAwait(false);
        switch (record.Phase)
        {
            case RunPhase.Failed:
                throw new TrainingException($"The run cannot go on: {record.Reason}");
            case RunPhase.Cancelled:
                throw new OperationCanceledException("The run was cancelled", cancellation);
        }
        var leaves = Leaves(await Bytes(record.Members).ConfigureAwait(false));
        await run.Forget().ConfigureAwait(false);
        return plan.Trained(leaves);
    }

    /// <summary>
    /// The bytes of the model, which all members hold: if one of them is gone by now, another is asked.
    /// </summary>
    private async Task<byte[]> Bytes(ImmutableArray<WorkerId> members)
    {
        for (var i = 0; ; i++)
        {
            var worker = cluster.GetGrain<IWorkerGrain>(WorkerKey.Of(Name, members[i]));
            try
            {
                return await Pieces.All(from => worker.Model(plan.Steps, from)).ConfigureAwait(false);
            }
            catch (Exception e) when (i + 1 < members.Length && IsOfOneSilo(e))
            {
            }
        }
    }

    private static bool IsOfOneSilo(Exception e) => e is OrleansException or TimeoutException or TrainingException;

    private Value[] Leaves(ReadOnlySpan<byte> bytes)
    {
        var leaves = new Value[plan.Model.Leaves.Length];
        for (var i = 0; i < leaves.Length; i++)
        {
            var (dtype, shape) = plan.Model.Leaves[i].Type;
            var length = shape.Size * dtype.ByteSize;
            leaves[i] = Value.OfBytes(dtype, shape, bytes[..length]);
            bytes = bytes[length..];
        }
        return leaves;
    }

    private static bool IsOver(RunRecord record) =>
        record.Phase is RunPhase.Completed or RunPhase.Failed or RunPhase.Cancelled;
}
