using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Protocol;

namespace DistGrad.Simulation;

/// <summary>Something that must always hold did not.</summary>
internal sealed class BrokenLawException(string law) : Exception(law);

/// <summary>What a simulation met, for those who ask whether it met anything.</summary>
internal sealed class Met
{
    public int Crashes, FalseSuspicions, Forgotten, Restarts, Broken, Forged;
    public int Lost, Deafened, Repeated, Late, Stale, RolledBack;
    public int Combined, Chunks, Completions, Rejoined, WorkerSize, RunSize, Queue, Messages;
    public long Epochs, Progress, Ended;

    /// <summary>What the schedule turned out to be a case of.</summary>
    public IEnumerable<string> Kinds(Schedule schedule)
    {
        var problem = schedule.Problem;
        (bool Holds, string Kind)[] kinds =
        [
            (Crashes > 0, "crash"), (Lost > 0, "loss"), (Deafened > 0, "lost answer"),
            (Repeated > 0, "repeated message"),
            (Late > 0, "late message"), (FalseSuspicions > 0, "false suspicion"), (Restarts > 0, "restart of the run"),
            (Forgotten > 0, "lost state"), (Broken > 0, "broken worker"), (Forged > 0, "forged contribution"),
            (Epochs > 1, "epoch after the first"), (Stale > 0, "stale message"), (RolledBack > 0, "step taken back"),
            (Chunks > 1, "several chunks"), (problem.Model == Model.Mixed, "both formats"),
            (problem.Batch < problem.Shards, "shards without examples"), (problem.Shards == 1, "one shard"),
            (schedule.Workers == 1, "one worker"), (schedule.Workers == 8, "eight workers"),
            (schedule.Faults.IsEmpty, "calm"),
        ];
        return kinds.Where(k => k.Holds).Select(k => k.Kind);
    }
}

/// <summary>How much may be kept, as functions of members, chunks and records.</summary>
internal readonly record struct Bounds(int Worker, int Run, int Queue)
{
    /// <summary>
    /// Control messages that a worker may have under way: that it has stopped, its steps, that it failed or lost.
    /// </summary>
    private const int Control = 3;

    public static Bounds Of(int workers, VectorSize vector, long steps)
    {
        var untold = (int)Math.Min(steps, WorkerProtocol.MostUntold);
        var hashes = (int)Math.Min(steps, RunProtocol.MostHashes);
        var worker = Enumerable.Range(1, workers).Max(members =>
        {
            var chunks = Chunking.Of(vector, members).Chunks.Length;
            var own = (chunks + members - 1) / members;
            // Sums for this step and the next, chunks being combined, means; what is sent: own sums, means of two
            // steps.
            return (2 * own * members) + own + chunks + untold + chunks + (2 * own * (members - 1)) + Control;
        });
        // Fences, progress, and to each worker one letter that counts and one farewell.
        var run = (4 * workers) + hashes;
        // Every letter that is kept has at most a few arrivals and time-outs before it; those no longer kept have
        // theirs to come.
        return new(worker, run, 8 * ((workers * worker) + run));
    }
}

/// <summary>
/// A cluster in which time passes as fast as it is computed: the same protocol and the same arithmetic as in a real
/// one, and a network, stores and failures that follow from a schedule.
/// </summary>
internal sealed class World
{
    public const string Run = "simulated";

    /// <summary>How long a sender waits to hear whether a message arrived.</summary>
    private const int Patience = 60;

    private const int TickEvery = 40;

    /// <summary>By when a run must have ended, after the last fault.</summary>
    private const int Deadline = 30_000;

    /// <summary>How long the end is watched.</summary>
    private const int Afterwards = 600;

    private readonly PriorityQueue<Action, (long Time, long Number)> events = new();
    private long scheduled;

    public World(Schedule schedule)
    {
        (Schedule, Truth) = (schedule, schedule.Problem.Truth);
        Bounds = Bounds.Of(schedule.Workers, Truth.Vector, schedule.Problem.Steps);
        Head = new(this);
        Silos = [.. Enumerable.Range(0, schedule.Workers).Select(number => new Silo(this, number))];
    }

    public Schedule Schedule { get; }

    public Truth Truth { get; }

    public Bounds Bounds { get; }

    public Met Met { get; } = new();

    public long Now { get; private set; }

    public Head Head { get; }

    public ImmutableArray<Silo> Silos { get; }

    /// <summary>The workers whose silos are there, whatever the run thinks of them.</summary>
    public ImmutableArray<WorkerId> Living => [.. Silos.Where(s => s.IsAlive).Select(s => s.Id)];

    /// <summary>Lets a schedule happen.</summary>
    /// <exception cref="BrokenLawException">Something was not as it must be.</exception>
    public static Met Simulate(Schedule schedule)
    {
        var world = new World(schedule);
        world.Live();
        return world.Met;
    }

    public void After(long delay, Action action) => events.Enqueue(action, (Now + delay, ++scheduled));

    public void Send(Node from, Letter letter)
    {
        var dice = new Dice(Schedule.Seed, 3, ++Met.Messages);
        Node to = letter.To is { } worker ? Silos[int.Parse(worker.Silo.AsSpan(1), provider: null)] : Head;
        var message = Copied(letter.Message);
        var (life, settled) = (from.Life, false);
        var lost = Struck(FaultKind.Lose);
        var deaf = !lost && Struck(FaultKind.Deafen);
        var late = !lost && Struck(FaultKind.Delay);
        var repeated = !lost && Struck(FaultKind.Repeat);
        (Met.Lost, Met.Deafened) = (Met.Lost + (lost ? 1 : 0), Met.Deafened + (deaf ? 1 : 0));
        (Met.Late, Met.Repeated) = (Met.Late + (late ? 1 : 0), Met.Repeated + (repeated ? 1 : 0));
        var delay = dice.Between(1, 12) + (late ? dice.Between(20, 200) : 0);
        if (!lost)
            After(delay, () => Arrive(answers: !deaf));
        if (repeated)
            After(delay + dice.Between(0, 150), () => Arrive(answers: false));
        After(Patience, () => Settle(arrived: false));

        bool Struck(FaultKind kind) => Strikes(kind, from.Number, dice) || Strikes(kind, to.Number, dice);

        void Arrive(bool answers)
        {
            if (!to.IsUp)
                return;
            if (answers)
                After(dice.Between(1, 12), () => Settle(arrived: true));
            to.Hear(message);
        }

        void Settle(bool arrived)
        {
            if (settled)
                return;
            settled = true;
            if (from.Life == life)
                from.Told(letter.Number, arrived);
        }
    }

    /// <summary>Whether a lasting fault strikes one now.</summary>
    public bool Strikes(FaultKind kind, int number, Dice dice)
    {
        foreach (var fault in Schedule.Faults)
        {
            if (fault.Kind == kind && (fault.Worker < 0 || fault.Worker == number) && fault.Lasts(Now) &&
                dice.Chance(fault.Percent))
                return true;
        }
        return false;
    }

    public static IEnumerable<Block> Blocks(Message message) => message switch
    {
        Contribution contribution => contribution.Parts.Select(p => p.Block),
        Mean mean => [mean.Block],
        _ => [],
    };

    private void Live()
    {
        foreach (var fault in Schedule.Faults)
            After(fault.At, () => Strike(fault));
        foreach (var node in Silos.Cast<Node>().Append(Head))
            After(new Dice(Schedule.Seed, 4, node.Number).Between(1, TickEvery), () => Ticking(node));
        Head.Happen(new RunEvent.Started(Living));
        while (Head.Stored is null or { Phase: RunPhase.Opening })
        {
            if (Now > Schedule.Calm + Deadline)
            {
                var silos = string.Join("; ", Silos.Where(s => s.IsUp).Select(s => $"{s}, {s.State.Phase}"));
                throw new BrokenLawException($"{Head} has not ended at {Now}: it is {Head.State.Phase} with {silos}");
            }
            Advance();
        }
        Met.Ended = Now;
        for (var end = Math.Max(Now, Schedule.Calm) + Afterwards; Now < end;)
            Advance();
        RequireTheRightEnd();
        if (Met.Epochs == 1 && Met.Restarts == 0 && Head.Stored!.Phase == RunPhase.Completed)
            Require(Head.Published.Count == Schedule.Problem.Steps,
                () => $"{Head.Published.Count} of {Schedule.Problem.Steps} steps were published");
    }

    private void Advance()
    {
        events.TryDequeue(out var happens, out var when);
        Now = when.Time;
        Met.Queue = Math.Max(Met.Queue, events.Count);
        if (events.Count > Bounds.Queue)
            throw new BrokenLawException(
                $"{events.Count} events are under way at {Now}; at most {Bounds.Queue} are needed");
        happens!();
    }

    private void Ticking(Node node)
    {
        node.Tick();
        After(TickEvery, () => Ticking(node));
    }

    private void Strike(Fault fault)
    {
        var dice = new Dice(Schedule.Seed, 5, fault.At, fault.Worker);
        var silo = fault.Worker >= 0 && fault.Worker < Silos.Length ? Silos[fault.Worker] : null;
        switch (fault.Kind)
        {
            case FaultKind.Restart:
                Head.Restart();
                break;
            case FaultKind.Crash when silo is { IsAlive: true }:
                Met.Crashes++;
                silo.Crash();
                Suspected(dice.Between(30, 500));
                break;
            case FaultKind.Forget when silo is { IsUp: true }:
                Met.Forgotten++;
                silo.Forget();
                silo.HasForgotten = true;
                Suspected(dice.Between(30, 500));
                break;
            case FaultKind.Suspect when silo is { IsAlive: true }:
                Met.FalseSuspicions += Head.IsUp && Head.State.Members.Contains(silo.Id) ? 1 : 0;
                Suspected(0);
                break;
            case FaultKind.Break when silo is { IsUp: true }:
                silo.Break();
                break;
        }

        void Suspected(int delay) => After(delay, () => Head.Happen(new RunEvent.Suspected(silo!.Id)));
    }

    private void RequireTheRightEnd()
    {
        var record = Head.Stored!;
        if (record.Phase == RunPhase.Failed && IsToldOf(record.Reason))
            return;
        Require(record.Phase == RunPhase.Completed, () => $"the run is {record.Phase}: {record.Reason}");
        Require(Met.Completions == 1, () => $"the run was completed {Met.Completions} times");
        Require(
            Head.State.Phase == RunPhase.Completed,
            () => $"the stored run is completed, and the run is {Head.State.Phase}");
        Require(Head.State.Outbox.Count == 0, () => "the run still has letters to send");
        foreach (var member in Silos.Where(s => s.IsAlive && !s.HasForgotten && record.Members.Contains(s.Id)))
        {
            Require(member.Engine is not null && member.State.Step == Schedule.Problem.Steps,
                () => $"{member} has not finished");
            Require(
                member.Engine!.Model(Schedule.Problem.Steps).SequenceEqual(Truth.Models[^1]),
                () => $"{member} holds other parameters than local training");
            Require(member.State.Failure is null,
                () => $"{member} failed, and the run did not: {member.State.Failure}");
            Require(member.State.Outbox.Count == 0 || Silos.Any(s => !s.IsAlive),
                () => $"{member} still has letters to send");
        }
    }

    /// <summary>Whether the schedule has made the run fail, and the run says why.</summary>
    private bool IsToldOf(string reason) =>
        (Met.Broken > 0 && reason.EndsWith("is broken", StringComparison.Ordinal)) ||
        (Met.Forged > 0 && reason.Contains("two different contributions", StringComparison.Ordinal));

    private static void Require(bool holds, Func<string> law)
    {
        if (!holds)
            throw new BrokenLawException(law());
    }

    /// <summary>A message as it arrives: its numbers are where the sender cannot change them.</summary>
    private static Message Copied(Message message) => message switch
    {
        Contribution contribution =>
            contribution with { Parts = [.. contribution.Parts.Select(p => p with { Block = Copied(p.Block) })] },
        Mean mean => mean with { Block = Copied(mean.Block) },
        _ => message,
    };

    private static Block Copied(Block block) => block.IsNone ? Block.None : new(block.Bytes.ToArray());
}
