using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// A loop whose length is known only when it runs: from (constants, states) the body makes the next states, for as long
/// as the condition holds of them. Operands: constants, first states. Results: last states and, as an int64 scalar, the
/// number of trips.
/// </summary>
/// <remarks>
/// Which trips there are does not move, so once they are counted the loop is one of that many trips: its derivatives
/// are those of <see cref="Sweeps"/>.
/// </remarks>
internal sealed record While(Lambda Condition, Lambda Body, int Constants) : HigherOrder, IPrimitive<While>
{
    public static IEnumerable<Specimen> Specimens
    {
        get
        {
            TensorType count = new(DType.Int64, []), vector = new(DType.Float64, [2]);
            Tensor[] Parameters() =>
                [Tensor.Parameter(vector, "w"), Tensor.Parameter(count, "i"), Tensor.Parameter(vector, "h")];
            var (p, q) = (Parameters(), Parameters());
            var condition = new Lambda("condition", [.. p], [p[1] < 4]);
            var body = new Lambda("body", [.. q], [q[1] + 1, Tensor.Tanh(q[0] * q[2]) + (q[2] * q[2] / 3)]);
            yield return new(
                new While(condition, body, 1), Domain.Float([2]), Domain.Index([], 6), Domain.Float([2]));
        }
    }

    public override string Name => "while";

    public override ImmutableArray<Attribute> Attributes =>
        [("condition", Condition), ("body", Body), ("constants", Constants)];

    public override ImmutableArray<Lambda> Held => [Condition, Body];

    public static While Read(AttributeReader attributes) => new(
        attributes.Get<Lambda>("condition"), attributes.Get<Lambda>("body"), attributes.Get<int>("constants"));

    public override HigherOrder Holding(ImmutableArray<Lambda> programs) =>
        new While(programs[0], programs[1], Constants);

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        if (Constants < 0 || Constants > operands.Length)
            throw new ShapeException($"while: {Constants} constants do not fit {operands.Length} operands");
        HeldPrograms.RequireArguments("while", Condition, operands);
        HeldPrograms.RequireArguments("while", Body, operands);
        if (Condition.Results is not [{ Type: { DType: DType.Bool, Shape.Rank: 0 } }])
            throw new DTypeException(
                "while: the condition must give one bool scalar; " +
                $"it gives ({string.Join(", ", Condition.Results.Select(r => r.Type))})");
        var (start, next) = (operands[Constants..].Select(o => o.Type), Body.Results.Select(r => r.Type));
        return start.SequenceEqual(next) ? [.. start, new(DType.Int64, Shape.Scalar)] : throw new ShapeException(
            $"while: the states start as ({string.Join(", ", start)}) and come back as ({string.Join(", ", next)})");
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run)
    {
        var (constants, states, trips) = (x[..Constants], x[Constants..], 0L);
        for (; run(Condition, [.. constants, .. states])[0].Bool(0); trips++)
            states = run(Body, [.. constants, .. states]);
        return [.. states, Value.FromLongs(DType.Int64, Shape.Scalar, _ => trips)];
    }

    public override ImmutableArray<Tensor?> Jvp(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms) =>
        [.. Counted.Jvp(AsCounted(y), [null, .. dx], transforms), null];

    public override ImmutableArray<Tensor?> Linearize(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms) =>
        [.. Counted.Linearize(AsCounted(y), [null, .. dx], transforms), null];

    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms)
    {
        var marks = Differing(batched);
        return HeldPrograms.Reached(Condition, marks)[0]
            ? EachItsOwnTrips(size, x, batched, transforms)
            : AllTheSameTrips(size, x, batched, marks, transforms);
    }

    public override long Flops(Application y) => HeldPrograms.Flops(Condition) + HeldPrograms.Flops(Body);

    private Sweeps Counted => new(Constants, [new(Body, Body.Results.Length, IsReversed: false)]);

    private Application AsCounted(Application y) => Application.Of(Counted, [y.Results[^1], .. y.Operands]);

    /// <summary>Which operands differ from example to example, after any number of trips.</summary>
    private ImmutableArray<bool> Differing(ImmutableArray<bool> batched)
    {
        while (true)
        {
            var results = HeldPrograms.Reached(Body, batched);
            ImmutableArray<bool> next = [.. batched.Select((b, i) => b || (i >= Constants && results[i - Constants]))];
            if (next.SequenceEqual(batched))
                return batched;
            batched = next;
        }
    }

    // No example has a say in the condition, so what it reads stays as it is, for all.
    private ImmutableArray<Tensor> AllTheSameTrips(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ImmutableArray<bool> marks,
        ProgramTransforms transforms)
    {
        var batch = transforms.Batch(Body, size, marks);
        var body = new Lambda(
            batch.Name, batch.Parameters,
            [.. Body.Results.Select((r, i) => marks[Constants + i] ? batch.Results[i] : r)]);
        ImmutableArray<Tensor> parameters =
        [
            .. Condition.Parameters.Select((p, i) => marks[i] ? Tensor.Parameter(body.Parameters[i].Type, "batch") : p),
        ];
        var operands = x.Select((o, i) => marks[i] ? Batching.One(size, o, batched[i]) : o);
        var results = Application.Of(
            new While(new(Condition.Name, parameters, Condition.Results), body, Constants), [.. operands]).Results;
        return
        [
            .. results.Select((r, i) => Batching.One(size, r, i < results.Length - 1 && marks[Constants + i])),
        ];
    }

    // The loop runs until the last example is done; those that are done keep their states. States: first whether each
    // example goes on, then how many trips it made, then its own.
    private ImmutableArray<Tensor> EachItsOwnTrips(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms)
    {
        ImmutableArray<bool> marks = [.. batched.Select((b, i) => b || i >= Constants)];
        var (condition, body) = (transforms.Batch(Condition, size, marks), transforms.Batch(Body, size, marks));
        var starts = Batching.All(size, x[Constants..], batched[Constants..]);
        ImmutableArray<Tensor> constants = [.. x[..Constants].Select(c => Tensor.Parameter(c.Type, "constant"))];
        ImmutableArray<Tensor> first = [.. starts.Select(s => Tensor.Parameter(s.Type, "first"))];
        ImmutableArray<Tensor> states = [.. starts.Select(s => Tensor.Parameter(s.Type, "state"))];
        var goes = Tensor.Parameter(new(DType.Bool, [size]), "goes on");
        var trips = Tensor.Parameter(new(DType.Int64, [size]), "trips");
        var next = Lanes.Advance(
            goes, states, first, safe => Substitute.Inline(body, [.. constants, .. safe]));
        var goesOn = Tensor.And(goes, Substitute.Inline(condition, [.. constants, .. next])[0]);
        ImmutableArray<Tensor> parameters = [.. constants, .. first, goes, trips, .. states];
        var loop = new While(
            new("any goes on", parameters, [goes.Cast(DType.Int32).Sum() > 0]),
            new(Body.Name, parameters, [goesOn, trips + goes.Cast(DType.Int64), .. next]),
            constants.Length + first.Length);
        var begin = Substitute.Inline(condition, [.. x[..Constants], .. starts])[0];
        var results = Application.Of(
            loop,
            [.. x[..Constants], .. starts, begin, Tensor.Full(DType.Int64, [size], 0), .. starts]).Results;
        return [.. results[2..^1], results[1]];
    }
}

/// <summary>A batch of loops, of which each example is done at a time of its own.</summary>
internal static class Lanes
{
    /// <summary>
    /// The next states of the examples that go on, and the states of those that are done. What is computed for these is
    /// computed from their first states, where the step was sound, so that it leaves nothing behind in a derivative.
    /// </summary>
    public static ImmutableArray<Tensor> Advance(
        Tensor goes, ImmutableArray<Tensor> states, ImmutableArray<Tensor> first,
        Func<ImmutableArray<Tensor>, ImmutableArray<Tensor>> step)
    {
        var next = step([.. states.Zip(first, (s, f) => Select(goes, s, f))]);
        return [.. states.Select((s, i) => Select(goes, next[i], s))];
    }

    private static Tensor Select(Tensor goes, Tensor x, Tensor y) =>
        Tensor.Where(goes.Reshape([goes.Shape[0], .. Enumerable.Repeat(1, x.Rank - 1)]), x, y);
}
