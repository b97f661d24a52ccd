using System.Collections.Immutable;

namespace DistGrad;

/// <summary>One loop of <see cref="Sweeps"/>: its body, how many carries it has and which way it runs.</summary>
internal readonly record struct Sweep(Lambda Body, int Carries, bool IsReversed);

/// <summary>
/// Loops of the same trips, one after the other, whose number is known only when they run. A body takes (constants,
/// what the earlier loops kept of this trip, carries) to (carries, what is kept of this trip), from the first trip to
/// the last or from the last to the first. Operands: the number of trips (int64), constants, the first carries of each
/// loop. Results: the last carries of each.
/// </summary>
/// <remarks>
/// It is closed under differentiation: the derivative of loops that run forth and back is more loops that run forth and
/// back over the same trips. What they keep has a length known at run time, so it has no place among tensors, whose
/// shapes are known before; here it never leaves the operation.
/// </remarks>
internal sealed partial record Sweeps(int Constants, ImmutableArray<Sweep> All) : HigherOrder, IPrimitive<Sweeps>
{
    public static IEnumerable<Specimen> Specimens => [OneWay(), ThereAndBack()];

    public override string Name => "sweeps";

    public override ImmutableArray<Attribute> Attributes =>
    [
        ("constants", Constants), ("carries", Ints.Of([.. All.Select(s => s.Carries)])),
        ("reversed", Ints.Of([.. All.Select(s => s.IsReversed ? 1 : 0)])),
        .. All.Select((s, i) => new Attribute($"body {i}", s.Body)),
    ];

    public override ImmutableArray<Lambda> Held => [.. All.Select(s => s.Body)];

    public static Sweeps Read(AttributeReader attributes)
    {
        var (carries, reversed) = (attributes.Get<Ints>("carries"), attributes.Get<Ints>("reversed"));
        if (reversed.Count != carries.Count || reversed.Any(r => r is not (0 or 1)))
            throw new WireException($"sweeps: the directions {reversed} do not fit {carries.Count} loops");
        return new(
            attributes.Get<int>("constants"),
            [.. carries.Select((c, i) => new Sweep(attributes.Get<Lambda>($"body {i}"), c, reversed[i] == 1))]);
    }

    public override HigherOrder Holding(ImmutableArray<Lambda> programs) =>
        this with { All = [.. All.Select((s, i) => s with { Body = programs[i] })] };

    public bool Equals(Sweeps? other) =>
        other is not null && Constants == other.Constants && All.AsSpan().SequenceEqual(other.All.AsSpan());

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Constants);
        foreach (var sweep in All)
            hash.Add(sweep);
        return hash.ToHashCode();
    }

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        if (All.IsEmpty || Constants < 0 || All.Any(s => s.Carries < 0) ||
            1L + Constants + All.Sum(s => (long)s.Carries) != operands.Length)
            throw new ShapeException(
                $"sweeps: {Constants} constants and the carries of {All.Length} loops do not fit " +
                $"{operands.Length} operands");
        if (operands[0].Type != new TensorType(DType.Int64, Shape.Scalar))
            throw new DTypeException(
                $"sweeps: the number of trips must be an int64 scalar; found {operands[0].Type}");
        var kept = new List<TensorType>();
        for (var i = 0; i < All.Length; i++)
        {
            var (body, carries) = (All[i].Body, Starts(i, operands).Select(o => o.Type).ToArray());
            TensorType[] given = [.. operands[1..(1 + Constants)].Select(o => o.Type), .. kept, .. carries];
            var (wanted, made) = (body.Parameters.Select(p => p.Type), body.Results.Select(r => r.Type));
            if (!wanted.SequenceEqual(given) || !made.Take(carries.Length).SequenceEqual(carries))
                throw new ShapeException(
                    $"sweeps: {body.Name} takes ({string.Join(", ", wanted)}) to ({string.Join(", ", made)}); " +
                    $"given ({string.Join(", ", given)}), the last {carries.Length} of them carried");
            kept.AddRange(made.Skip(carries.Length));
        }
        return [.. operands[(1 + Constants)..].Select(o => o.Type)];
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run)
    {
        var (trips, constants) = ((int)Math.Max(x[0].Long(0), 0), x[1..(1 + Constants)]);
        var kept = Enumerable.Repeat(ImmutableArray<Value>.Empty, trips).ToArray();
        var ends = ImmutableArray.CreateBuilder<Value>();
        for (var i = 0; i < All.Length; i++)
        {
            var carries = Starts(i, x);
            foreach (var trip in Scan.Steps(trips, All[i].IsReversed))
            {
                var results = run(All[i].Body, [.. constants, .. kept[trip], .. carries]);
                (carries, var more) = (results[..carries.Length], results[carries.Length..]);
                kept[trip] = [.. kept[trip], .. more];
            }
            ends.AddRange(carries);
        }
        return ends.ToImmutable();
    }

    public override long Flops(Application y) => All.Sum(s => HeldPrograms.Flops(s.Body));

    // What each example does is put side by side; where each makes trips of its own, the loops make as many as the
    // longest, and count them, so that an example takes part in its own alone.
    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms)
    {
        var starts = Batching.All(size, x[(1 + Constants)..], batched[(1 + Constants)..]);
        ImmutableArray<Sweep> together =
            [.. All.Select(s => s with { Body = transforms.Batch(s.Body, size, Marks(s)) })];
        if (!batched[0])
            return Application.Of(this with { All = together }, [.. x[..(1 + Constants)], .. starts]).Results;
        var most = size == 0 ? Tensor.Full(DType.Int64, [], 0) : x[0].Max(0);
        var operands = new List<Tensor>([most, .. x[1..(1 + Constants)], x[0], .. starts]);
        var at = 0;
        foreach (var sweep in All)
        {
            operands.Add(sweep.IsReversed ? most - 1 : Tensor.Full(DType.Int64, [], 0));
            operands.AddRange(starts[at..(at += sweep.Carries)]);
        }
        var counted = new Sweeps(
            Constants + 1 + starts.Length,
            [.. together.Select((_, i) => EachItsOwnTrips(together, i, x[0].Type, starts))]);
        var results = Application.Of(counted, [.. operands]).Results;
        // The first result of each loop is its count.
        var ends = new List<Tensor>();
        for (int i = 0, next = 1; i < All.Length; i++, next++)
            ends.AddRange(results[next..(next += All[i].Carries)]);
        return [.. ends];

        ImmutableArray<bool> Marks(Sweep sweep) =>
        [
            .. batched[1..(1 + Constants)], .. Enumerable.Repeat(true, sweep.Body.Parameters.Length - Constants),
        ];
    }

    private Sweep EachItsOwnTrips(
        ImmutableArray<Sweep> together, int index, TensorType trips, ImmutableArray<Tensor> starts)
    {
        var (sweep, at) = (together[index], together.Take(index).Sum(s => s.Carries));
        var p = Inputs(index, sweep.Body.Parameters);
        var counts = Tensor.Parameter(trips, "trips");
        var trip = Tensor.Parameter(new(DType.Int64, Shape.Scalar), "trip");
        ImmutableArray<Tensor> first = [.. starts.Select(s => Tensor.Parameter(s.Type, "first"))];
        var kept = ImmutableArray<Tensor>.Empty;
        var next = Lanes.Advance(trip < counts, p.Carries, first[at..(at + sweep.Carries)], safe =>
        {
            var results = Substitute.Inline(sweep.Body, [.. p.Constants, .. p.Kept, .. safe]);
            kept = results[sweep.Carries..];
            return results;
        });
        return new(
            new(
                sweep.Body.Name, [.. p.Constants, counts, .. first, .. p.Kept, trip, .. p.Carries],
                [trip + (sweep.IsReversed ? -1 : 1), .. next, .. kept]),
            sweep.Carries + 1, sweep.IsReversed);
    }

    /// <summary>The operands that are the first carries of a loop, or its results among all.</summary>
    private ImmutableArray<T> Starts<T>(int index, ImmutableArray<T> operands)
    {
        var start = 1 + Constants + All.Take(index).Sum(s => s.Carries);
        return operands[start..(start + All[index].Carries)];
    }

    /// <summary>The parameters of a body, or what belongs to each, told apart.</summary>
    private Parts<T> Inputs<T>(int index, ImmutableArray<T> all) =>
        new(all[..Constants], all[Constants..^All[index].Carries], all[^All[index].Carries..]);

    /// <summary>What the loop keeps of each trip.</summary>
    private static ImmutableArray<Tensor> Kept(Sweep sweep) => sweep.Body.Results[sweep.Carries..];

    private static Specimen OneWay()
    {
        TensorType vector = new(DType.Float64, [2]);
        var (w, h) = (Tensor.Parameter(vector, "w"), Tensor.Parameter(vector, "h"));
        return new(
            new Sweeps(1, [new(new("step", [w, h], [Tensor.Tanh(w * h) + (h * h / 3)]), 1, IsReversed: false)]),
            Domain.Index([], 4), Domain.Float([2]), Domain.Float([2]));
    }

    private static Specimen ThereAndBack()
    {
        TensorType vector = new(DType.Float64, [2]);
        Tensor Vector(string name) => Tensor.Parameter(vector, name);
        var (w, h) = (Vector("w"), Vector("h"));
        var there = new Lambda("there", [w, h], [Tensor.Sin(w * h) + h, h * w, Tensor.Exp(-h)]);
        var (v, kept, more, a, b) = (Vector("w"), Vector("kept"), Vector("more"), Vector("a"), Vector("b"));
        var back = new Lambda("back", [v, kept, more, a, b], [(a * kept) + b, Tensor.Tanh(b + (v * more))]);
        return new(
            new Sweeps(1, [new(there, 1, IsReversed: false), new(back, 2, IsReversed: true)]),
            Domain.Index([], 4), Domain.Float([2]), Domain.Float([2]), Domain.Float([2]), Domain.Float([2]));
    }

    private readonly record struct Parts<T>(
        ImmutableArray<T> Constants, ImmutableArray<T> Kept, ImmutableArray<T> Carries);
}
