using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Protocol;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws.Protocol;

/// <summary>What the run and a worker make of single messages, without a cluster round them.</summary>
public class MessageLaws
{
    private static readonly ImmutableArray<WorkerId> Three = [new("a"), new("b"), new("c")];

    private static readonly WorkerEvent.Prepared Ready = new(new(3, 0), new(8, 4, 5, 0, 4));

    // Each letter is known, lost or under way; what is lost is sent once more with each round, what has arrived never.
    [Fact]
    public void OnlyWhatIsLostIsSentAgain() => Law.Holds(200, dice =>
    {
        var (outbox, lost, kept) = (new Outbox(), new SortedSet<long>(), new SortedSet<long>());
        for (var turn = 0; turn < 40; turn++)
        {
            var some = kept.Count == 0 ? 99 : kept.ElementAt(dice.Next(kept.Count));
            switch (dice.Next(4))
            {
                case 0:
                    (outbox, var letter) = outbox.Post(Three[0], new Stop(new("r", 1, turn)));
                    Assert.True(kept.Add(letter.Number), "a number was used again");
                    break;
                case 1:
                    outbox = outbox.Delivered(some);
                    kept.Remove(some);
                    lost.Remove(some);
                    break;
                case 2:
                    outbox = outbox.Undelivered(some);
                    lost.UnionWith(kept.Where(number => number == some));
                    break;
                default:
                    (outbox, var again) = outbox.Again();
                    Assert.Equal(lost, again.Select(l => l.Number));
                    lost.Clear();
                    break;
            }
            Assert.Equal(kept.Count, outbox.Count);
        }
        Assert.Equal(0, outbox.Without(_ => true).Count);
    });

    [Fact]
    public void ARunBeginsOnlyFromAStepThatAllItsMembersHold() => Law.Holds(500, dice =>
    {
        var s = Opened(new("r", "p", 100, 4), Three);
        for (var epochs = 0; s.Phase == RunPhase.Opening; epochs++)
        {
            Assert.True(epochs < 3, "no end of epochs");
            var steps = s.Members.ToDictionary(m => m, _ => dice.Next(4));
            var held = steps.ToDictionary(
                m => m.Key, m => (Step: m.Value, Oldest: Math.Max(0, m.Value - dice.Next(2))));
            foreach (var (member, (step, oldest)) in held)
            {
                var (state, commands) = RunProtocol.Step(s,
                    new RunEvent.Received(new Fenced(s.Stamp with { Step = step }, member, oldest)));
                foreach (var begin in commands.OfType<RunCommand.Send>().Select(c => c.Letter.Message).OfType<Begin>())
                    Assert.All(begin.Members, m => Assert.InRange(begin.Stamp.Step, held[m].Oldest, held[m].Step));
                s = state;
                if (!commands.OfType<RunCommand.Save>().Any())
                    continue;
                s = RunProtocol.Step(s, new RunEvent.Saved(s.Epoch)).State;
                break;
            }
        }
        Assert.Equal(RunPhase.Training, s.Phase);
    });

    [Fact]
    public void AStepFromBeforeAnEpochIsPublishedInItOnce()
    {
        var s = Opened(new("r", "p", 9, 4), [Three[0]]);
        s = RunProtocol.Step(s, new RunEvent.Received(new Fenced(s.Stamp with { Step = 3 }, Three[0], 2))).State;
        Assert.Equal([2, 3, 4], Published(ref s, 2, 3, 4));
        Assert.Equal([5], Published(ref s, 3, 4, 5));

        static long[] Published(ref RunState s, params long[] steps)
        {
            var told = new Advanced(s.Stamp with { Step = steps[^1] }, Three[0],
                [.. steps.Select(n => new StepRecord(n, (ulong)n, [0.5], 1))]);
            (s, var commands) = RunProtocol.Step(s, new RunEvent.Received(told));
            return [.. commands.OfType<RunCommand.Publish>().Select(p => p.Step.Step)];
        }
    }

    [Fact]
    public void OtherParametersFailTheRun()
    {
        var s = Training(new("r", "p", 9, 4));
        foreach (var (worker, hash) in new[] { (0, 1UL), (1, 1UL), (2, 2UL) })
        {
            var told = new Advanced(s.Stamp with { Step = 1 }, Three[worker], [new(1, hash, [0.5], 1)]);
            s = RunProtocol.Step(s, new RunEvent.Received(told)).State;
        }
        Assert.Equal(RunPhase.Failed, s.Phase);
        Assert.Contains("silo c has other parameters after step 1", s.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreSilosThanShardsAndNoSilosAreRefused()
    {
        RunState s = new("r", "p", 9, 2);
        Assert.Contains("3 silos are more than the 2 shards",
            RunProtocol.Step(s, new RunEvent.Started(Three)).State.Reason, StringComparison.Ordinal);
        Assert.Contains("no silo", RunProtocol.Step(s, new RunEvent.Started([])).State.Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ARunThatIsCancelledStopsItsMembersOnceThatIsStored()
    {
        var (s, commands) = RunProtocol.Step(Training(new("r", "p", 9, 4)), new RunEvent.Cancelled());
        Assert.Equal([RunPhase.Cancelled], commands.Cast<RunCommand.Save>().Select(c => c.Record.Phase));
        var told = RunProtocol.Step(s, new RunEvent.Saved(s.Epoch)).Commands.Cast<RunCommand.Send>()
            .Select(c => c.Letter).ToList();
        Assert.Equal(Three, told.Select(l => l.To!.Value));
        Assert.All(told, letter => Assert.IsType<Stop>(letter.Message));
        Assert.Equal(s, RunProtocol.Step(s, new RunEvent.Started(Three)).State);
    }

    [Fact]
    public void ARepeatedContributionCountsOnceAndWithOtherNumbersFailsTheWorker()
    {
        var s = Beginning(Three[0]);
        var theirs = Contribution(s, Three[1], 1);
        var once = WorkerProtocol.Step(s, new WorkerEvent.Received(theirs));
        var twice = WorkerProtocol.Step(once.State, new WorkerEvent.Received(Contribution(s, Three[1], 1)));
        Assert.Equal(once.State, twice.State);
        Assert.Empty(twice.Commands);
        var other = WorkerProtocol.Step(once.State, new WorkerEvent.Received(Contribution(s, Three[1], 2)));
        var failed = Assert.IsType<Failed>(Assert.IsType<WorkerCommand.Send>(Assert.Single(other.Commands))
            .Letter.Message);
        Assert.Equal("silo b sent two different contributions to chunk 0 of step 0", failed.Reason);
    }

    [Fact]
    public void AChunkIsCombinedOnceAllHaveContributed()
    {
        var s = Beginning(Three[0]);
        (s, var none) = WorkerProtocol.Step(s, new WorkerEvent.Received(Contribution(s, Three[2], 1)));
        Assert.Empty(none);
        (s, none) = WorkerProtocol.Step(s, new WorkerEvent.Computed(s.Stamp, [Contribution(s, Three[0], 1).Parts], 1));
        Assert.Empty(none);
        (s, var commands) = WorkerProtocol.Step(s, new WorkerEvent.Received(Contribution(s, Three[1], 1)));
        var combine = Assert.IsType<WorkerCommand.Combine>(Assert.Single(commands));
        Assert.True(new ReductionTree(4).IsCoveredOnceBy(combine.Parts.Select(p => p.Node)));
    }

    [Fact]
    public void WhoIsAskedToGoOnFromWhatItDoesNotHoldHasLostIt()
    {
        WorkerEvent[] events = [new WorkerEvent.Received(new Fence(new("r", 4, 0), "p")), Ready];
        var s = events.Aggregate(new WorkerState(Three[0], "r"), (s, e) => WorkerProtocol.Step(s, e).State);
        var begun = WorkerProtocol.Step(s, new WorkerEvent.Received(new Begin(new("r", 4, 2), Three)));
        Assert.IsType<Lost>(Assert.IsType<WorkerCommand.Send>(Assert.Single(begun.Commands)).Letter.Message);
        Assert.Null(begun.State.Failure);
    }

    [Fact]
    public void AContributionOfOtherShardsIsRefused()
    {
        var s = Beginning(Three[0]);
        foreach (var from in new[] { 1, 2 })
        {
            var wrong = Contribution(s, Three[from], 1) with { Parts = Contribution(s, Three[1], 1).Parts };
            s = WorkerProtocol.Step(s, new WorkerEvent.Received(wrong)).State;
        }
        (s, _) = WorkerProtocol.Step(s, new WorkerEvent.Computed(s.Stamp, [Contribution(s, Three[0], 1).Parts], 1));
        Assert.Contains("silo c contributed other shards than its own", s.Failure, StringComparison.Ordinal);
    }

    private static RunState Opened(RunState s, ImmutableArray<WorkerId> workers)
    {
        s = RunProtocol.Step(s, new RunEvent.Started(workers)).State;
        return RunProtocol.Step(s, new RunEvent.Saved(s.Epoch)).State;
    }

    private static RunState Training(RunState s)
    {
        s = Opened(s, Three);
        return Three.Aggregate(s, (s, w) => RunProtocol.Step(s, new RunEvent.Received(new Fenced(s.Stamp, w, 0)))
            .State);
    }

    private static WorkerState Beginning(WorkerId me)
    {
        WorkerEvent[] events =
        [
            new WorkerEvent.Received(new Fence(new("r", 1, 0), "p")), Ready,
            new WorkerEvent.Received(new Begin(new("r", 1, 0), Three)),
        ];
        return events.Aggregate(new WorkerState(me, "r"), (s, e) => WorkerProtocol.Step(s, e).State);
    }

    private static Contribution Contribution(WorkerState s, WorkerId from, byte content) => new(
        s.Stamp, from, 0,
        [.. ShardMap.Of(new(4), 3)[Three.IndexOf(from)].Select(node => new Part(node, new(new byte[] { content })))]);
}
