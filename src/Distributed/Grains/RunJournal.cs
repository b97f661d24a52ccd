using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Protocol;

namespace DistGrad.Distributed.Grains;

/// <summary>The latest steps of a run, for those who watch it, and what its members did for them.</summary>
internal sealed class RunJournal(TimeProvider clock)
{
    private readonly Queue<StepRecord> steps = new();
    private readonly Dictionary<WorkerId, Share> shares = [];
    private TaskCompletionSource changed = Fresh();
    private ImmutableArray<(WorkerId Worker, int Shards)> members = [];
    private bool isOver;

    public StepRecord? Last { get; private set; }

    /// <summary>An epoch of these members begins, of whom each computes some of the shards.</summary>
    public void Begin(ImmutableArray<WorkerId> workers, int shards)
    {
        var tree = new ReductionTree(shards);
        var nodes = workers.IsEmpty ? [] : ShardMap.Of(tree, workers.Length);
        members = [.. workers.Zip(nodes, (worker, own) => (worker, own.Sum(node => tree.Below(node).Count)))];
    }

    public void Add(StepRecord step)
    {
        steps.Enqueue(Last = step);
        if (steps.Count > RunProtocol.MostHashes)
            steps.Dequeue();
        Wake();
    }

    public void Add(WorkerId worker, ImmutableArray<StepRecord> done)
    {
        var share = shares.GetValueOrDefault(worker, new(clock.GetTimestamp(), 0, 0, 0, default));
        foreach (var step in done.Where(s => s.Step > share.Step))
        {
            share = share with
            {
                Microseconds = share.Microseconds + step.Busy,
                Step = step.Step,
                Spent = share.Spent + step.Spent,
            };
        }
        var passed = clock.GetElapsedTime(share.Since);
        shares[worker] = passed < Clock.Window ? share : share with
        {
            Since = clock.GetTimestamp(),
            Microseconds = 0,
            Last = Math.Min(1, share.Microseconds / passed.TotalMicroseconds),
        };
    }

    public void End()
    {
        isOver = true;
        Wake();
    }

    /// <summary>Ends when there is a step after this one, or the run is over, or the time is.</summary>
    public async Task After(long step, TimeSpan atMost)
    {
        var end = Task.Delay(atMost, clock);
        while (!isOver && !(Last?.Step > step) && !end.IsCompleted)
            await Task.WhenAny(changed.Task, end);
    }

    public RunNews News(RunRecord record, long after) => new(
        record,
        [.. steps.Where(s => s.Step > after)],
        [.. members.Select(m => shares.GetValueOrDefault(m.Worker) is { } share
            ? new MemberNews(m.Worker, m.Shards, share.Step, share.Last, share.Spent)
            : new MemberNews(m.Worker, m.Shards, 0, 0, default))]);

    private void Wake()
    {
        var woken = changed;
        changed = Fresh();
        woken.SetResult();
    }

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// How much a worker computed since a time, which share of the time before that, and what it spent in all.
    /// </summary>
    private sealed record Share(long Since, long Microseconds, long Step, double Last, Spent Spent);
}
