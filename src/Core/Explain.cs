using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using DistGrad.Execute;
using DistGrad.Plan;

namespace DistGrad;

/// <summary>One instruction of a plan, as a reader sees it.</summary>
/// <param name="Operation">The primitive, or of a loop what it computes, in order.</param>
/// <param name="Results">What it writes, with shapes.</param>
/// <param name="Tile">The number of the tile that it is run in with its neighbours, or nothing.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="Bytes">What it reads and writes, each operand and result once.</param>
/// <param name="Time">How long it took in a run, where one was asked for; a tile's time stands with its first.</param>
public sealed record PlanStep(string Operation, string Results, int? Tile, long Flops, long Bytes, TimeSpan? Time);

/// <summary>What is done to compute a program, in order.</summary>
public sealed class PlanListing : IReadOnlyList<PlanStep>
{
    private readonly ImmutableArray<PlanStep> steps;
    private readonly long arenaBytes;
    private readonly long liveBytes;

    internal PlanListing(ImmutableArray<PlanStep> steps, long arenaBytes, long liveBytes) =>
        (this.steps, this.arenaBytes, this.liveBytes) = (steps, arenaBytes, liveBytes);

    /// <summary>How many instructions there are.</summary>
    public int Count => steps.Length;

    /// <summary>An instruction, by its place.</summary>
    public PlanStep this[int index] => steps[index];

    /// <summary>The instructions, in order.</summary>
    public IEnumerator<PlanStep> GetEnumerator() => ((IEnumerable<PlanStep>)steps).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// A line an instruction: flops, bytes, the time and its share where it was run, and what it does. Then the memory
    /// for what lies between them, one block, and the most bytes of it that any instruction finds in use: in this order
    /// of the instructions no block could be smaller.
    /// </summary>
    public override string ToString()
    {
        var total = steps.Sum(s => s.Time?.TotalMicroseconds ?? 0);
        var memory = string.Create(
            CultureInfo.InvariantCulture, $"{arenaBytes:N0} bytes in between, at most {liveBytes:N0} of them at once");
        return string.Join('\n', steps.Select(s => Line(s, total)).Append(memory));
    }

    private static string Line(PlanStep step, double total)
    {
        var time = step.Time is { } t
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{t.TotalMicroseconds,10:F1} us {(total > 0 ? t.TotalMicroseconds / total : 0),6:P1} ")
            : "";
        var tile = step.Tile is { } number ? $"tile {number}  " : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{time}{step.Flops,14:N0} flops {step.Bytes,14:N0} bytes  {tile}{step.Results} = {step.Operation}");
    }
}

public sealed partial class Lambda
{
    /// <summary>The plan by which this program is computed.</summary>
    public PlanListing Explain() => Listing(Planner.Plan(this), []);

    /// <summary>
    /// The plan by which this program is computed, and how long each instruction takes: the median of
    /// <paramref name="runs"/> runs after as many that are not counted, on the calling thread.
    /// </summary>
    /// <param name="clock">What tells the time.</param>
    /// <param name="arguments">A tensor for each parameter, of its type.</param>
    /// <param name="runs">How many runs are counted.</param>
    /// <exception cref="ShapeException">The arguments are not of the parameters' types.</exception>
    public PlanListing Explain(TimeProvider clock, IEnumerable<Tensor> arguments, int runs = 5)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        ImmutableArray<Value> values = [.. arguments.Select(a => a.ToValue())];
        if (!values.Select(v => new TensorType(v.DType, v.Shape)).SequenceEqual(Parameters.Select(p => p.Type)))
            throw new ShapeException(
                $"explain: {Name} takes {string.Join(", ", Parameters.Select(p => p.Type))}; " +
                $"found {string.Join(", ", values.Select(v => new TensorType(v.DType, v.Shape)))}");
        var machine = Machine.Of(this);
        machine.Compile();
        return Listing(machine.Plan, machine.Time(values, clock, runs));
    }

    private static PlanListing Listing(Plan.Plan plan, ImmutableArray<TimeSpan> times)
    {
        var tiles = new int?[plan.Instructions.Length];
        foreach (var (number, tiling) in plan.Tilings.Index())
            tiles.AsSpan(tiling.First, tiling.Count).Fill(number + 1);
        var steps = ImmutableArray.CreateBuilder<PlanStep>(tiles.Length);
        var timed = 0;
        for (var i = 0; i < tiles.Length; i++)
        {
            var isTimed = !times.IsEmpty && (tiles[i] is null || i == 0 || tiles[i] != tiles[i - 1]);
            steps.Add(Step(plan.Instructions[i], tiles[i], isTimed ? times[timed++] : null));
        }
        return new(steps.MoveToImmutable(), plan.ArenaBytes, plan.LiveBytes);
    }

    private static PlanStep Step(Instruction step, int? tile, TimeSpan? time) => new(
        step.Primitive switch
        {
            Fused loop => Names(loop),
            FusedMatMul product => $"{product.Name} {Names(product.Epilogue)}",
            var other => other.ToString(),
        },
        string.Join(", ", step.Results.Select(r => r.Type)),
        tile,
        step.Primitive.Flops(step.Source),
        step.Operands.Concat(step.Results).Sum(Bytes),
        time);

    private static string Names(Fused loop) => string.Join(' ', loop.Body.Body.Select(n => n.Operation.Name));

    // What is repeated along an axis is read once.
    private static long Bytes(View view)
    {
        long elements = 1;
        for (var axis = 0; axis < view.Shape.Rank; axis++)
            elements *= view.Layout.Strides[axis] == 0 && view.Shape[axis] > 0 ? 1 : view.Shape[axis];
        return elements * view.DType.ByteSize;
    }
}
