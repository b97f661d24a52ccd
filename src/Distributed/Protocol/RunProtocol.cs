using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;
using Outcome = DistGrad.Distributed.Protocol.Transition<
    DistGrad.Distributed.Protocol.RunState, DistGrad.Distributed.Protocol.RunCommand>;

namespace DistGrad.Distributed.Protocol;

/// <summary>
/// What a run does about what happens to it. It decides who takes part and from which step on; gradients never come
/// here. Each change of members is a new epoch: it is stored, all members stop and say what they hold, and all begin
/// from the last step that every one of them can reach.
/// </summary>
internal static class RunProtocol
{
    /// <summary>The most hashes that are kept to be compared.</summary>
    public const int MostHashes = 2 * WorkerProtocol.MostUntold;

    public static Outcome Step(RunState s, RunEvent happened) => happened switch
    {
        RunEvent.Delivered(var number) => new(s with { Outbox = s.Outbox.Delivered(number) }),
        RunEvent.Undelivered(var number) => Undelivered(s, number),
        RunEvent.Tick => SendAgain(s),
        RunEvent.Suspected(var worker) when s.IsOver => new(
            s with { Outbox = s.Outbox.Without(letter => letter.To == worker) }),
        RunEvent.Saved(var epoch) => epoch == s.Epoch ? Saved(s) : new(s),
        RunEvent.Forgotten when s.Phase == RunPhase.Completed => TellAll(s, s.Members, s => new Stop(s.Stamp)),
        _ when s.IsOver => new(s),
        RunEvent.Started(var workers) => Started(s, workers),
        RunEvent.Suspected(var worker) => Suspected(s, worker),
        RunEvent.Received(var message) => Received(s, message),
        RunEvent.Cancelled => End(s, RunPhase.Cancelled, ""),
        _ => new(s),
    };

    private static Outcome Started(RunState s, ImmutableArray<WorkerId> workers) =>
        workers.IsEmpty ? End(s, RunPhase.Failed, "there is no silo to train on")
        : workers.Length > s.Shards ? End(
            s, RunPhase.Failed,
            $"{workers.Length} silos are more than the {s.Shards} shards of the run; " +
            "give it more shards or fewer silos")
        : Open(s, [.. workers.OrderBy(w => w.Silo, StringComparer.Ordinal)]);

    /// <summary>A new epoch of these members.</summary>
    private static Outcome Open(RunState s, ImmutableArray<WorkerId> members)
    {
        if (members.IsEmpty)
            return End(s, RunPhase.Failed, "no silo of the run is left");
        var opening = s with
        {
            Epoch = s.Epoch + 1,
            Phase = RunPhase.Opening,
            Members = members,
            Gone = [.. s.Gone.Union(s.Members).Except(members)],
            Fences = s.Fences.Clear(),
            Progress = s.Progress.Clear(),
            Hashes = s.Hashes.Clear(),
            Outbox = s.Outbox.Without(_ => true),
        };
        return Save(opening);
    }

    /// <summary>
    /// What was decided is stored, and those whom it concerns hear of it. Not before: a run that was interrupted may
    /// come to decide otherwise under the number of the same epoch.
    /// </summary>
    private static Outcome Saved(RunState s)
    {
        var told = TellAll(s with { Gone = [] }, s.Gone, s => new Stop(s.Stamp));
        return s.Phase switch
        {
            RunPhase.Opening => told.Then(s => TellAll(s, s.Members, s => new Fence(s.Stamp, s.Program))),
            RunPhase.Failed or RunPhase.Cancelled => told.Then(s => TellAll(s, s.Members, s => new Stop(s.Stamp))),
            _ => told,
        };
    }

    private static Outcome Suspected(RunState s, WorkerId worker) =>
        s.Members.Contains(worker) ? Open(s, s.Members.Remove(worker)) : new(s);

    private static Outcome Received(RunState s, Message message) => message switch
    {
        _ when message.Stamp.Run != s.Run || message.Stamp.Epoch != s.Epoch => new(s),
        Fenced fenced when s.Phase == RunPhase.Opening && s.Members.Contains(fenced.From) => AnswerOf(s, fenced),
        Advanced advanced when s.Phase == RunPhase.Training && s.Members.Contains(advanced.From) =>
            AdvanceOf(s, advanced),
        Failed failed => End(s, RunPhase.Failed, failed.Reason),
        Lost lost => Suspected(s, lost.From),
        _ => new(s),
    };

    /// <summary>Once all have stopped: begin from where the last of them stands.</summary>
    private static Outcome AnswerOf(RunState s, Fenced fenced)
    {
        s = s with { Fences = s.Fences.SetItem(fenced.From, fenced) };
        if (s.Fences.Count < s.Members.Length)
            return new(s);
        // Who is further behind than the others can go back was away, and has nothing that they could go on from. After
        // a step was taken back, that is no step at all.
        var oldest = s.Fences.Values.Max(f => f.Oldest);
        ImmutableArray<WorkerId> able = [.. s.Members.Where(m => s.Fences[m].Stamp.Step >= oldest)];
        if (able.Length < s.Members.Length)
            return Open(s, able);
        var from = s.Fences.Values.Min(f => f.Stamp.Step);
        var progress = s.Fences.ToImmutableDictionary(f => f.Key, _ => from);
        var training = s with { Phase = RunPhase.Training, Progress = progress };
        return TellAll(training, s.Members, s => new Begin(s.Stamp with { Step = from }, s.Members))
            .Then(CompleteIfDone);
    }

    private static Outcome AdvanceOf(RunState s, Advanced advanced)
    {
        var outcome = new Outcome(s, new RunCommand.Report(advanced.From, advanced.Steps));
        foreach (var record in advanced.Steps)
        {
            outcome = outcome.Then(s => Compare(s, advanced.From, record));
            if (outcome.State.IsOver)
                return outcome;
        }
        return outcome.Then(s => CompleteIfDone(Forget(s)));
    }

    /// <summary>Everyone must have come to the same bits.</summary>
    private static Outcome Compare(RunState s, WorkerId worker, StepRecord record)
    {
        // A step from before this epoch may still be news to those who watch.
        var (told, news) = record.Step > s.Published
            ? new Outcome(s with { Published = record.Step }, new RunCommand.Publish(record))
            : new(s);
        if (record.Step <= s.Progress[worker])
            return new(told, news);
        if (s.Hashes.TryGetValue(record.Step, out var hash) && hash != record.Hash)
        {
            return End(
                s, RunPhase.Failed,
                $"silo {worker} has other parameters after step {record.Step} than the silos before it");
        }
        return new(
            told with
            {
                Progress = s.Progress.SetItem(worker, record.Step),
                Hashes = s.Hashes.SetItem(record.Step, record.Hash),
            },
            news);
    }

    private static RunState Forget(RunState s) => s.Hashes.Count <= MostHashes ? s : s with
    {
        Hashes = s.Hashes.RemoveRange(s.Hashes.Keys.Take(s.Hashes.Count - MostHashes)),
    };

    private static Outcome CompleteIfDone(RunState s) =>
        s.Progress.Values.All(step => step >= s.Steps) ? Save(s with { Phase = RunPhase.Completed }) : new(s);

    private static Outcome Save(RunState s) => new(s, new RunCommand.Save(s.Record));

    private static Outcome End(RunState s, RunPhase phase, string reason) =>
        Save(s with { Phase = phase, Reason = reason, Outbox = s.Outbox.Without(_ => true) });

    private static Outcome TellAll(RunState s, ImmutableArray<WorkerId> workers, Func<RunState, Message> message) =>
        workers.Aggregate(new Outcome(s), (outcome, worker) => outcome.Then(s => Tell(s, worker, message(s))));

    private static Outcome Tell(RunState s, WorkerId worker, Message message)
    {
        var (outbox, letter) = s.Outbox.Post(worker, message);
        return new(s with { Outbox = outbox }, new RunCommand.Send(letter));
    }

    // A farewell is not repeated: who does not hear it is gone, or is kept out by the epoch.
    private static Outcome Undelivered(RunState s, long number) => new(s with
    {
        Outbox = s.Outbox.Undelivered(number).Without(letter => letter.Number == number && letter.Message is Stop),
    });

    private static Outcome SendAgain(RunState s)
    {
        var (outbox, letters) = s.Outbox.Again();
        return new(s with { Outbox = outbox }, [.. letters.Select(letter => new RunCommand.Send(letter))]);
    }
}
