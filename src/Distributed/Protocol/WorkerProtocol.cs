using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;
using Outcome = DistGrad.Distributed.Protocol.Transition<
    DistGrad.Distributed.Protocol.WorkerState, DistGrad.Distributed.Protocol.WorkerCommand>;

namespace DistGrad.Distributed.Protocol;

/// <summary>
/// What a worker does about what happens to it. Workers take each step together: each computes its shards, sends the
/// owner of each chunk its sums, the owner combines them over the tree and sends all others the mean, and all take the
/// same step.
/// </summary>
/// <remarks>
/// No worker can be more than one step ahead of another, since a step needs something from everyone. So it is enough to
/// hold the parameters before and after the last step, and contributions of this step and the next.
/// </remarks>
internal static partial class WorkerProtocol
{
    /// <summary>The most steps that a worker remembers to tell the run of.</summary>
    public const int MostUntold = 256;

    public static Outcome Step(WorkerState s, WorkerEvent happened) => happened switch
    {
        _ when s.Phase == WorkerPhase.Stopped => new(s),
        WorkerEvent.Received received => Received(s, received.Message),
        WorkerEvent.Delivered(var number) => Delivered(s, number),
        WorkerEvent.Undelivered(var number) => new(s with { Outbox = s.Outbox.Undelivered(number) }),
        WorkerEvent.Tick => SendAgain(s),
        WorkerEvent.Prepared prepared => TellFenced(s with { Prepared = prepared }),
        WorkerEvent.Computed computed when IsAwaited(s, computed.Stamp) => Computed(s, computed),
        WorkerEvent.Combined combined when IsAwaited(s, combined.Stamp) => Combined(s, combined),
        WorkerEvent.Updated updated when IsAwaited(s, updated.Stamp) => Updated(s, updated),
        WorkerEvent.Broken(var reason) => Fail(s, reason),
        _ => new(s),
    };

    /// <summary>
    /// Whether this was computed for the step that is being taken, and not for one that was given up.
    /// </summary>
    private static bool IsAwaited(WorkerState s, Stamp stamp) => s.Phase == WorkerPhase.Training && stamp == s.Stamp;

    private static Outcome Received(WorkerState s, Message message) => message switch
    {
        _ when message.Stamp.Run != s.Run || message.Stamp.Epoch < s.Epoch => new(s),
        Stop => new(s with { Phase = WorkerPhase.Stopped }, new WorkerCommand.Release()),
        Fence fence => fence.Stamp.Epoch > s.Epoch ? Fenced(s, fence) : new(s),
        _ when message.Stamp.Epoch > s.Epoch => TellLost(s, message.Stamp),
        Begin begin when s.Phase == WorkerPhase.Waiting && s.Prepared is { } prepared => Begun(s, begin, prepared),
        Contribution contribution => Contributed(s, contribution),
        Mean mean => Told(s, mean),
        _ => new(s),
    };

    /// <summary>A new epoch: what belongs to the earlier one is dropped.</summary>
    private static Outcome Fenced(WorkerState s, Fence fence)
    {
        var fenced = Clear(s) with
        {
            Epoch = fence.Stamp.Epoch,
            Phase = WorkerPhase.Waiting,
            Program = fence.Program,
            Assignment = null,
            Contributions = s.Contributions.Clear(),
            // What is still untold is told again in the new epoch, as far as that does not take it back.
            Telling = null,
            Outbox = s.Outbox.Without(_ => true),
        };
        return s.Program is null ? new(fenced, new WorkerCommand.Prepare(fence.Program)) : TellFenced(fenced);
    }

    private static Outcome TellFenced(WorkerState s) =>
        s.Failure is { } reason ? Send(s, to: null, new Failed(s.Stamp, s.Me, reason))
        : s.Prepared is null || s.Phase != WorkerPhase.Waiting ? new(s)
        : Send(s, to: null, new Fenced(s.Stamp, s.Me, s.Oldest));

    private static Outcome Begun(WorkerState s, Begin begin, WorkerEvent.Prepared prepared)
    {
        var from = begin.Stamp.Step;
        var assignment = Assignment.Of(begin.Members, s.Me, prepared.Sampling.Shards, prepared.Vector);
        if (assignment.Me < 0 || from < s.Oldest || from > s.Step)
            return TellLost(s, begin.Stamp);
        return Next(s with
        {
            Assignment = assignment,
            Step = from,
            Oldest = Math.Min(s.Oldest, from),
            Untold = s.Untold.RemoveAll(record => record.Step > from),
            Outbox = s.Outbox.Without(letter => letter.Message is Fenced),
        });
    }

    /// <summary>The next step, or the end.</summary>
    private static Outcome Next(WorkerState s)
    {
        var assignment = s.Assignment!;
        if (s.Step >= s.Prepared!.Sampling.Steps)
            return TellSteps(Clear(s) with { Phase = WorkerPhase.Finished });
        var compute = new WorkerCommand.Compute(s.Stamp, assignment.Nodes[assignment.Me], assignment.Chunking);
        return new(Clear(s) with { Phase = WorkerPhase.Training }, compute);
    }

    private static WorkerState Clear(WorkerState s) =>
        s with { Combining = [], Means = s.Means.Clear(), Busy = 0 };

    private static Outcome Computed(WorkerState s, WorkerEvent.Computed computed)
    {
        var outcome = new Outcome(s with { Busy = s.Busy + computed.Busy });
        for (var chunk = 0; chunk < computed.Chunks.Length; chunk++)
        {
            var mine = new Contribution(s.Stamp, s.Me, chunk, computed.Chunks[chunk]);
            var owner = s.Assignment!.Members[s.Assignment.Chunking.Owner(chunk)];
            outcome = outcome.Then(s => owner == s.Me ? Contributed(s, mine) : Send(s, owner, mine));
        }
        return outcome;
    }

    /// <summary>A contribution counts once: a repeated one must say the same.</summary>
    private static Outcome Contributed(WorkerState s, Contribution contribution)
    {
        var (step, chunk, from) = (contribution.Stamp.Step, contribution.Chunk, contribution.From);
        // Before the run has said from where to begin, all that can come is of the step from which others have begun.
        if (s.Phase != WorkerPhase.Waiting && (step < s.Step || step > s.Step + 1))
            return new(s);
        var key = (step, chunk, from);
        if (s.Contributions.TryGetValue(key, out var known))
        {
            return known.SequenceEqual(contribution.Parts) ? new(s) : Fail(
                s, $"silo {from} sent two different contributions to chunk {chunk} of step {step}");
        }
        var stored = s with { Contributions = s.Contributions.Add(key, contribution.Parts) };
        return step == s.Step && s.Phase == WorkerPhase.Training ? Combine(stored, chunk) : new(stored);
    }

    /// <summary>
    /// Combines a chunk once everyone has contributed, the worker itself among them: none can be complete before that.
    /// </summary>
    private static Outcome Combine(WorkerState s, int chunk)
    {
        var assignment = s.Assignment!;
        // Where there are too few sums of any chunk, the members need not be gone through.
        if (s.Combining.Contains(chunk) || s.Contributions.Count < assignment.Members.Length)
            return new(s);
        var parts = ImmutableArray.CreateBuilder<Part>();
        for (var member = 0; member < assignment.Members.Length; member++)
        {
            if (!s.Contributions.TryGetValue((s.Step, chunk, assignment.Members[member]), out var own))
                return new(s);
            if (!assignment.Owns(chunk) || !own.Select(p => p.Node).SequenceEqual(assignment.Nodes[member]))
            {
                return Fail(
                    s,
                    $"silo {assignment.Members[member]} contributed other shards than its own to chunk {chunk} of " +
                    $"step {s.Step}");
            }
            parts.AddRange(own);
        }
        var combine = new WorkerCommand.Combine(s.Stamp, chunk, assignment.Chunking, parts.ToImmutable());
        return new(s with { Combining = s.Combining.Add(chunk) }, combine);
    }

    private static Outcome Combined(WorkerState s, WorkerEvent.Combined combined)
    {
        var mean = new Mean(s.Stamp, combined.Chunk, combined.Mean);
        return s.Assignment!.Members.Where(member => member != s.Me)
            .Aggregate(
                new Outcome(s with { Busy = s.Busy + combined.Busy }),
                (outcome, member) => outcome.Then(s => Send(s, member, mean)))
            .Then(s => Told(s, mean));
    }

    private static Outcome Told(WorkerState s, Mean mean)
    {
        if (s.Phase != WorkerPhase.Training || mean.Stamp.Step != s.Step || mean.Chunk >= s.Assignment!.Chunks)
            return new(s);
        if (s.Means.TryGetValue(mean.Chunk, out var known))
        {
            return known.Equals(mean.Block) ? new(s) : Fail(
                s, $"two different means of chunk {mean.Chunk} of step {s.Step} were sent");
        }
        var told = s with { Means = s.Means.Add(mean.Chunk, mean.Block) };
        if (told.Means.Count < told.Assignment!.Chunks)
            return new(told);
        ImmutableArray<Block> means = [.. Enumerable.Range(0, told.Means.Count).Select(chunk => told.Means[chunk])];
        return new(told, new WorkerCommand.Update(s.Stamp, told.Assignment.Chunking, means));
    }

    private static Outcome Updated(WorkerState s, WorkerEvent.Updated updated)
    {
        var record = new StepRecord(s.Step + 1, updated.Hash, updated.Means, s.Busy + updated.Busy, updated.Spent);
        var untold = s.Untold.Add(record);
        var stepped = s with
        {
            Step = s.Step + 1,
            Oldest = s.Step,
            Contributions = s.Contributions.RemoveRange(s.Contributions.Keys.Where(key => key.Step <= s.Step)),
            Untold = untold.Count > MostUntold ? untold.RemoveAt(0) : untold,
            Outbox = s.Outbox.Without(letter => IsPast(letter.Message, s.Step)),
        };
        return Next(stepped).Then(TellSteps);
    }

    /// <summary>
    /// Whether nobody needs a message any more once its sender has taken a step. All chunks of that step have come, so
    /// its sums have arrived; and everyone has contributed to it, so everyone has the means of the step before.
    /// </summary>
    private static bool IsPast(Message message, long step) => message switch
    {
        Contribution sum => sum.Stamp.Step <= step,
        Mean mean => mean.Stamp.Step < step,
        _ => false,
    };
}
