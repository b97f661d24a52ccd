using System.Collections.Immutable;
using System.IO.Hashing;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Protocol;

namespace DistGrad.Simulation;

/// <summary>One that sends and receives: the run, or a worker.</summary>
internal abstract class Node(World world)
{
    protected World World { get; } = world;

    /// <summary>Whether it can hear anything.</summary>
    public bool IsUp { get; protected set; } = true;

    /// <summary>How often it has begun anew: what was meant for an earlier life is not told to a later one.</summary>
    public int Life { get; protected set; }

    /// <summary>Who is struck by a fault: a worker's number, or none for the run.</summary>
    public abstract int Number { get; }

    public abstract void Hear(Message message);

    public abstract void Told(long letter, bool arrived);

    public abstract void Tick();

    protected void Require(bool holds, Func<string> law)
    {
        if (!holds)
            throw new BrokenLawException($"{this} at {World.Now}: {law()}");
    }
}

/// <summary>The run: its state, and what is stored of it.</summary>
internal sealed class Head(World world) : Node(world)
{
    private readonly RunState fresh = Fresh(world);
    private readonly Queue<RunRecord> saving = new();
    private readonly Dice dice = new(world.Schedule.Seed, 1);
    private long published;

    /// <summary>What is known, unless the run is down.</summary>
    public RunState State { get; private set; } = Fresh(world);

    /// <summary>What is stored, if anything.</summary>
    public RunRecord? Stored { get; private set; }

    /// <summary>The steps that watchers were told of since the run last began anew.</summary>
    public List<long> Published { get; } = [];

    public override int Number => -1;

    public override string ToString() => $"the run in epoch {State.Epoch}";

    public override void Hear(Message message)
    {
        var before = State;
        var stale = message.Stamp.Epoch != before.Epoch;
        World.Met.Stale += stale ? 1 : 0;
        Happen(new RunEvent.Received(message));
        if (stale)
            Require(State == before, () => $"a message of another epoch changed the state: {message}");
        var again = RunProtocol.Step(State, new RunEvent.Received(message));
        Require(again.State == State, () => $"a repeated message changed the state: {message}");
        Require(again.Commands.All(c => c is RunCommand.Report),
            () => $"a repeated message had consequences: {message}");
    }

    public override void Told(long letter, bool arrived) =>
        Happen(arrived ? new RunEvent.Delivered(letter) : new RunEvent.Undelivered(letter));

    public override void Tick() => Happen(new RunEvent.Tick());

    public void Happen(RunEvent happened)
    {
        if (!IsUp)
            return;
        var (state, commands) = RunProtocol.Step(State, happened);
        State = state;
        World.Met.Epochs = Math.Max(World.Met.Epochs, state.Epoch);
        World.Met.RunSize = Math.Max(World.Met.RunSize, state.Size);
        Require(state.Size <= World.Bounds.Run,
            () => $"{state.Size} things are kept; at most {World.Bounds.Run} are needed");
        foreach (var command in commands)
            Do(command);
    }

    /// <summary>The silo of the run is gone; what is being stored may be stored yet, or not.</summary>
    public void Restart()
    {
        if (!IsUp)
            return;
        World.Met.Restarts++;
        IsUp = false;
        Life++;
        if (saving.TryPeek(out var last) && dice.Chance(50))
            Store(last);
        saving.Clear();
        World.After(dice.Between(20, 150), () =>
        {
            IsUp = true;
            State = Stored is null ? fresh : fresh.Restored(Stored);
            published = 0;
            Published.Clear();
            Happen(new RunEvent.Started(World.Living));
        });
    }

    private static RunState Fresh(World world) => new(World.Run, "program", world.Schedule.Problem.Steps,
        world.Schedule.Problem.Shards);

    private void Do(RunCommand command)
    {
        switch (command)
        {
            case RunCommand.Save(var record):
                saving.Enqueue(record);
                if (saving.Count == 1)
                    SaveNext();
                break;
            case RunCommand.Send(var letter):
                Require(Stored?.Epoch >= letter.Message.Stamp.Epoch,
                    () => $"{letter.Message} was sent before its epoch was stored");
                World.Send(this, letter);
                break;
            case RunCommand.Publish(var step):
                Publish(step);
                break;
        }
    }

    private void SaveNext()
    {
        var life = Life;
        World.After(dice.Between(2, 60), () =>
        {
            if (life != Life)
                return;
            var record = saving.Dequeue();
            if (saving.Count > 0)
                SaveNext();
            if (Store(record))
                Happen(new RunEvent.Saved(record.Epoch));
        });
    }

    private bool Store(RunRecord record)
    {
        if (Stored is { } stored && stored.Epoch > record.Epoch)
            return false;
        Require(Stored?.Phase != RunPhase.Completed, () => "a run that is complete went on");
        Stored = record;
        World.Met.Completions += record.Phase == RunPhase.Completed ? 1 : 0;
        return true;
    }

    private void Publish(StepRecord step)
    {
        Require(step.Step > published, () => $"step {step.Step} was published after step {published}");
        published = step.Step;
        Published.Add(step.Step);
        Require(step.Hash == World.Truth.Hashes[(int)step.Step - 1],
            () => $"the parameters after step {step.Step} are not those of local training");
        Require(Same(step.Means, World.Truth.Measured[(int)step.Step - 1]),
            () => $"the loss of step {step.Step} is not that of local training");
    }

    private static bool Same(ImmutableArray<double> left, ImmutableArray<double> right) =>
        left.Select(BitConverter.DoubleToInt64Bits).SequenceEqual(right.Select(BitConverter.DoubleToInt64Bits));
}

/// <summary>A worker: its state, and its arithmetic, which does one thing at a time.</summary>
internal sealed class Silo(World world, int number) : Node(world)
{
    private readonly Queue<WorkerCommand> work = new();
    private readonly Dictionary<long, ulong> said = [];
    private readonly HashSet<(Stamp, int)> combined = [];
    private readonly Dice dice = new(world.Schedule.Seed, 2, number);

    private bool isBroken;

    public WorkerId Id { get; } = new($"w{number:0000}");

    public WorkerState State { get; private set; } = new(new($"w{number:0000}"), World.Run);

    public Distributed.Compute.Engine? Engine { get; private set; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>Whether it has ever lost what it held by a fault.</summary>
    public bool HasForgotten { get; set; }

    public override int Number => number;

    public override string ToString() => $"{Id} in epoch {State.Epoch}, step {State.Step}";

    /// <summary>The silo is gone.</summary>
    public void Crash() => (IsAlive, IsUp, Life, Engine) = (false, false, Life + 1, null);

    /// <summary>Everything is lost, and the worker begins anew.</summary>
    public void Forget()
    {
        if (!IsUp)
            return;
        (Life, State, Engine) = (Life + 1, new(Id, World.Run), null);
        work.Clear();
        said.Clear();
        combined.Clear();
    }

    public override void Hear(Message message)
    {
        var before = State;
        var stale = message.Stamp.Epoch < before.Epoch;
        World.Met.Stale += stale ? 1 : 0;
        var kept = State.Contributions.Count;
        Happen(new WorkerEvent.Received(message));
        if (stale)
            Require(State == before, () => $"a message of an earlier epoch changed the state: {message}");
        var life = Life;
        var again = WorkerProtocol.Step(State, new WorkerEvent.Received(message));
        if (State.Phase != WorkerPhase.Stopped && before.Phase != WorkerPhase.Stopped && message is not Stop)
        {
            Require(again.State == State, () => $"a repeated message changed the state: {message}");
            Require(again.Commands.IsEmpty, () => $"a repeated message had consequences: {message}");
        }
        if (message is Contribution contribution && life == Life && State.Contributions.Count > kept)
            Forge(contribution);
    }

    public override void Told(long letter, bool arrived) =>
        Happen(arrived ? new WorkerEvent.Delivered(letter) : new WorkerEvent.Undelivered(letter));

    public override void Tick() => Happen(new WorkerEvent.Tick());

    /// <summary>Whatever it is to do next, it cannot.</summary>
    public void Break() => isBroken = true;

    private void Happen(WorkerEvent happened)
    {
        if (!IsUp)
            return;
        var before = State;
        var (state, commands) = WorkerProtocol.Step(State, happened);
        State = state;
        World.Met.RolledBack += state.Step < before.Step ? 1 : 0;
        World.Met.Progress = Math.Max(World.Met.Progress, state.Step);
        World.Met.WorkerSize = Math.Max(World.Met.WorkerSize, state.Size);
        Require(state.Size <= World.Bounds.Worker,
            () => $"{state.Size} things are kept; at most {World.Bounds.Worker} are needed");
        foreach (var command in commands)
            Do(command);
    }

    private void Do(WorkerCommand command)
    {
        switch (command)
        {
            case WorkerCommand.Send(var letter):
                SaysTheSame(letter);
                World.Send(this, letter);
                break;
            case WorkerCommand.Release:
                // Whoever is asked again after that begins anew.
                Forget();
                break;
            default:
                if (command is WorkerCommand.Combine combine)
                    CountsOnce(combine);
                work.Enqueue(command);
                if (work.Count == 1)
                    WorkNext();
                break;
        }
    }

    /// <summary>A letter that is sent again has not changed meanwhile.</summary>
    private void SaysTheSame(Letter letter)
    {
        var hash = new XxHash3();
        foreach (var block in World.Blocks(letter.Message))
            hash.Append(block.Bytes.Span);
        var now = hash.GetCurrentHashAsUInt64();
        Require(said.TryAdd(letter.Number, now) || said[letter.Number] == now,
            () => $"{letter.Message} was sent again with other numbers");
    }

    /// <summary>
    /// Every shard is in exactly one of the sums, all of them of this step, and each chunk is combined once.
    /// </summary>
    private void CountsOnce(WorkerCommand.Combine combine)
    {
        Require(combine.Stamp == State.Stamp, () => $"a chunk of {combine.Stamp} is combined");
        Require(combined.Add((combine.Stamp, combine.Chunk)),
            () => $"chunk {combine.Chunk} of {combine.Stamp} is combined twice");
        var tree = new ReductionTree(World.Schedule.Problem.Shards);
        var counts = new int[tree.Leaves];
        foreach (var part in combine.Parts)
        {
            var (first, count) = tree.Below(part.Node);
            for (var leaf = first; leaf < first + count; leaf++)
                counts[leaf]++;
        }
        Require(
            counts.All(c => c == 1),
            () => $"shards count {string.Join(", ", counts)} times in chunk {combine.Chunk} of {combine.Stamp}");
        World.Met.Combined++;
        World.Met.Chunks = Math.Max(World.Met.Chunks, combine.Chunking.Chunks.Length);
    }

    private void WorkNext()
    {
        var (life, command) = (Life, work.Peek());
        var pace = World.Strikes(FaultKind.Slow, Number, dice) ? 10 : 1;
        World.After(pace * dice.Between(1, command is WorkerCommand.Compute or WorkerCommand.Prepare ? 30 : 8), () =>
        {
            if (life != Life)
                return;
            var done = isBroken ? Broken() : Work(command);
            work.Dequeue();
            if (work.Count > 0)
                WorkNext();
            Happen(done);
        });
    }

    private WorkerEvent.Broken Broken()
    {
        World.Met.Broken++;
        return new($"{Id} is broken");
    }

    private WorkerEvent Work(WorkerCommand command)
    {
        switch (command)
        {
            case WorkerCommand.Prepare:
                Engine = World.Truth.Engine();
                return new WorkerEvent.Prepared(Engine.Vector, Engine.Sampling);
            case WorkerCommand.Compute(var stamp, var nodes, var chunking):
                return new WorkerEvent.Computed(stamp, Engine!.Compute(stamp.Step, nodes, chunking), 1);
            case WorkerCommand.Combine(var stamp, var chunk, var chunking, var parts):
                var mean = Engine!.Combine(stamp.Step, chunking.Chunks[chunk], parts);
                // What was overwritten meanwhile belongs to an earlier epoch, and nobody will look at the result.
                if (stamp.Epoch == State.Epoch)
                    IsTrue(stamp, chunking.Chunks[chunk], mean);
                return new WorkerEvent.Combined(stamp, chunk, mean, 1);
            case WorkerCommand.Update(var stamp, var chunking, var means):
                var (hash, measured) = Engine!.Update(stamp.Step, chunking, means);
                if (stamp.Epoch == State.Epoch)
                    Require(hash == World.Truth.Hashes[(int)stamp.Step],
                        () => $"the parameters after {stamp} are not those of local training");
                return new WorkerEvent.Updated(stamp, hash, measured, 1);
            default:
                throw new InvalidOperationException($"{command} is no work");
        }
    }

    private void IsTrue(Stamp stamp, Chunk chunk, Block mean) => Require(
        mean.Bytes.Span.SequenceEqual(World.Truth.Means[(int)stamp.Step].AsSpan((int)chunk.From, chunk.Bytes)),
        () => $"the mean of {chunk} of {stamp} is not that of local training");

    /// <summary>
    /// The same contribution with other numbers, where the schedule says so: it must not go by unnoticed.
    /// </summary>
    private void Forge(Contribution contribution)
    {
        if (!World.Strikes(FaultKind.Forge, Number, dice) || contribution.Parts.All(p => p.Block.IsNone))
            return;
        World.Met.Forged++;
        Happen(new WorkerEvent.Received(contribution with { Parts = [.. contribution.Parts.Select(Other)] }));
        Require(State.Phase == WorkerPhase.Waiting,
            () => "a contribution came twice with different numbers, and nothing was said");
    }

    private static Part Other(Part part)
    {
        var bytes = part.Block.Bytes.ToArray();
        if (bytes.Length > 0)
            bytes[0] ^= 1;
        return part with { Block = part.Block.IsNone ? part.Block : new(bytes) };
    }
}
