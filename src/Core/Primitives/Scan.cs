using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// A loop of known length: (constants, carries, slices of xs) to (carries, slices of ys), once for each slice
/// along axis 0 of the xs, in order or from the last to the first. Operands: constants, first carries, xs.
/// Results: last carries, stacked ys.
/// </summary>
internal sealed record Scan(
    Lambda Body, int Constants, int Carries, int Length, bool Reverse) : HigherOrder, IPrimitive<Scan>
{
    public static IEnumerable<Specimen> Specimens =>
        [Example(3, reverse: false), Example(2, reverse: true), Example(0, reverse: false)];

    public override string Name => "scan";

    public override ImmutableArray<Attribute> Attributes =>
    [
        ("body", Body), ("constants", Constants), ("carries", Carries), ("length", Length), ("reverse", Reverse),
    ];

    public override ImmutableArray<Lambda> Held => [Body];

    public override HigherOrder Holding(ImmutableArray<Lambda> programs) => this with { Body = programs[0] };

    public static Scan Read(AttributeReader attributes) => new(
        attributes.Get<Lambda>("body"), attributes.Get<int>("constants"), attributes.Get<int>("carries"),
        attributes.Get<int>("length"), attributes.Get<bool>("reverse"));

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        if (Constants < 0 || Carries < 0 || Length < 0 || (long)Constants + Carries > operands.Length ||
            Body.Results.Length < Carries)
            throw new ShapeException(
                $"scan: {Constants} constants and {Carries} carries do not fit {operands.Length} operands");
        foreach (var xs in operands[(Constants + Carries)..])
        {
            if (xs.Rank == 0 || xs.Shape[0] != Length)
                throw new ShapeException($"scan: {xs.Type} has no axis 0 of length {Length} to run along");
        }
        var given = operands.Select(
            (o, i) => i < Constants + Carries ? o.Type : o.Type with { Shape = o.Shape.RemoveAt(0) });
        var wanted = Body.Parameters.Select(p => p.Type);
        if (!wanted.SequenceEqual(given))
            throw new ShapeException(
                $"scan: the body takes ({string.Join(", ", wanted)}); given ({string.Join(", ", given)})");
        for (var i = 0; i < Carries; i++)
        {
            if (Body.Results[i].Type != operands[Constants + i].Type)
                throw new ShapeException(
                    $"scan: carry {i} starts as {operands[Constants + i].Type} and comes back " +
                    $"as {Body.Results[i].Type}");
        }
        return
        [
            .. Body.Results.Select((r, i) => i < Carries ? r.Type : r.Type with { Shape = r.Shape.Insert(0, Length) })
        ];
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run)
    {
        var (constants, xs) = (x[..Constants], x[(Constants + Carries)..]);
        var carries = x[Constants..(Constants + Carries)];
        var slices = new ImmutableArray<Value>[Length];
        foreach (var step in Steps(Length, Reverse))
        {
            var results = run(Body, [.. constants, .. carries, .. xs.Select(v => Row(v, step))]);
            (carries, slices[step]) = (results[..Carries], results[Carries..]);
        }
        return
        [
            .. carries, .. Body.Results[Carries..].Select((y, i) => Stacked(y.Type, [.. slices.Select(s => s[i])])),
        ];
    }

    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (moving, results) = Moving(dx, transforms);
        var joint = transforms.Jvp(Body, moving, results);
        var (p, d) = (
            new Parts<Tensor>(this, joint.Parameters[..moving.Length]),
            Tangents(moving, joint.Parameters[moving.Length..]));
        var n = Body.Results.Length;
        var movingCarries = results[..Carries].Count(m => m);
        var (ys, dys) = (joint.Results[..n], joint.Results[n..]);
        var body = new Lambda(
            joint.Name,
            [.. p.Constants, .. d.Constants, .. p.Carries, .. d.Carries, .. p.Xs, .. d.Xs],
            [.. ys[..Carries], .. dys[..movingCarries], .. ys[Carries..], .. dys[movingCarries..]]);
        var scan = new Scan(body, Constants + d.Constants.Length, Carries + movingCarries, Length, Reverse);
        var (x, t) = (new Parts<Tensor>(this, y.Operands), Tangents(moving, Starts(y, dx, moving)));
        var all = Application.Of(
            scan, [.. x.Constants, .. t.Constants, .. x.Carries, .. t.Carries, .. x.Xs, .. t.Xs]).Results;
        return HeldPrograms.Spread(
            results, [.. all[Carries..(Carries + movingCarries)], .. all[(n + movingCarries)..]]);
    }

    // Two loops: the primal one also stacks what the derivative needs of each step; the linear
    // one runs over those stacks.
    public override ImmutableArray<Tensor?> Linearize(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (moving, results) = Moving(dx, transforms);
        var (primal, linear) = transforms.Linearize(Body, moving, results);
        var n = Body.Results.Length;
        var residuals = primal.Results[n..];
        // A constant of the loop is the same at each step, so it is handed over as it is rather than stacked.
        ImmutableArray<int> constant = [.. residuals.Select(r => Body.Parameters.IndexOf(r, 0, Constants))];
        ImmutableArray<T> Stacks<T>(ImmutableArray<T> items) => [.. items.Where((_, i) => constant[i] < 0)];
        var stacked = Application.Of(
            this with { Body = new(primal.Name, primal.Parameters, [.. primal.Results[..n], .. Stacks(residuals)]) },
            y.Operands);
        var (r, d) = (linear.Parameters[..residuals.Length], Tangents(moving, linear.Parameters[residuals.Length..]));
        ImmutableArray<Tensor> fixedParameters = [.. r.Where((_, i) => constant[i] >= 0)];
        var body = new Lambda(
            linear.Name, [.. fixedParameters, .. d.Constants, .. d.Carries, .. Stacks(r), .. d.Xs], linear.Results);
        var t = Tangents(moving, Starts(y, dx, moving));
        var scan = new Scan(body, fixedParameters.Length + d.Constants.Length, d.Carries.Length, Length, Reverse);
        var fixedOperands = constant.Where(c => c >= 0).Select(c => y.Operands[c]);
        return HeldPrograms.Spread(results, Application.Of(
            scan, [.. fixedOperands, .. t.Constants, .. t.Carries, .. stacked.Results[n..], .. t.Xs]).Results);
    }

    // The loop run backwards: cotangents of the carries are carried, those of the constants add
    // up, those of xs are stacked.
    public override ImmutableArray<Tensor?> Transpose(
        Application y, ImmutableArray<Tensor?> ct, ImmutableArray<bool> linear, ProgramTransforms transforms)
    {
        // A stack without a cotangent costs nothing: it is the transpose of the loop that does not make it.
        if (ct.Skip(Carries).Any(c => c is null))
        {
            ImmutableArray<int> met = [.. Enumerable.Range(0, ct.Length).Where(i => i < Carries || ct[i] is not null)];
            var part = this with { Body = new(Body.Name, Body.Parameters, [.. met.Select(i => Body.Results[i])]) };
            return part.Transpose(
                Application.Of(part, y.Operands), [.. met.Select(i => ct[i])], linear, transforms);
        }
        // A linear loop has no carry that is not linear: one that is not marked starts at a constant 0.
        var marks = new Parts<bool>(this, linear);
        var transposed = transforms.Transpose(
            Body, [.. linear.Select((m, i) => m || (i >= Constants && i < Constants + Carries))]);
        var given = new Parts<Tensor>(this, y.Operands);
        ImmutableArray<Tensor> constants = [.. given.Constants.Where((_, i) => !marks.Constants[i])];
        ImmutableArray<Tensor> xs = [.. given.Xs.Where((_, i) => !marks.Xs[i])];
        ImmutableArray<Tensor> sums = [.. given.Constants.Where((_, i) => marks.Constants[i]).Select(Tensor.ZerosLike)];
        var cts = HeldPrograms.Explicit(ct, y.Results);
        // Parameters of the transposed body: given constants, given xs, cotangents of carries, cotangents of ys.
        var p = transposed.Parameters;
        var (atXs, atCarries, atYs) =
            (constants.Length, constants.Length + xs.Length, constants.Length + xs.Length + Carries);
        ImmutableArray<Tensor> running = [.. sums.Select(s => Tensor.Parameter(s.Type, "sum"))];
        var (ctConstants, rest) = (transposed.Results[..sums.Length], transposed.Results[sums.Length..]);
        var body = new Lambda(
            transposed.Name,
            [.. p[..atXs], .. p[atCarries..atYs], .. running, .. p[atXs..atCarries], .. p[atYs..]],
            [.. rest[..Carries], .. running.Zip(ctConstants, (sum, c) => sum + c), .. rest[Carries..]]);
        var scan = new Scan(body, constants.Length, Carries + sums.Length, Length, !Reverse);
        var results = Application.Of(
            scan, [.. constants, .. cts[..Carries], .. sums, .. xs, .. cts[Carries..]]).Results;
        var (ends, total) =
            (results[..Carries].Where((_, i) => marks.Carries[i]), results[Carries..(Carries + sums.Length)]);
        return HeldPrograms.Spread(linear, [.. total, .. ends, .. results[(Carries + sums.Length)..]]);
    }

    // The batch becomes axis 0 of carries and slices, so axis 1 of the stacks, whose axis 0 the loop runs along.
    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms)
    {
        var (operands, marks) = (new Parts<Tensor>(this, x), new Parts<bool>(this, batched));
        ImmutableArray<bool> inside = [.. marks.Constants, .. marks.Carries.Select(_ => true), .. marks.Xs];
        var carries = Batching.All(size, operands.Carries, marks.Carries);
        var xs = operands.Xs.Select((v, i) => marks.Xs[i] ? v.SwapAxes(0, 1) : v);
        var results = Application.Of(
            this with { Body = transforms.Batch(Body, size, inside) },
            [.. operands.Constants, .. carries, .. xs]).Results;
        return [.. results.Select((r, i) => i < Carries ? r : r.SwapAxes(0, 1))];
    }

    public override long Flops(Application y) => Length * HeldPrograms.Flops(Body);

    /// <summary>The steps in the order in which they run.</summary>
    public static IEnumerable<int> Steps(int length, bool reverse) =>
        Enumerable.Range(0, length).Select(i => reverse ? length - 1 - i : i);

    /// <summary>Which operands and results move; a carry moves as soon as it does after any number of steps.</summary>
    private (ImmutableArray<bool> Operands, ImmutableArray<bool> Results) Moving(
        ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        ImmutableArray<bool> moving = [.. dx.Select(d => d is not null)];
        while (true)
        {
            var results = transforms.Active(Body, moving);
            ImmutableArray<bool> next =
                [
                    .. moving.Select(
                        (m, i) => m || (i >= Constants && i < Constants + Carries && results[i - Constants])),
                ];
            if (next.SequenceEqual(moving))
                return (moving, [.. results.Select((r, i) => r || (i < Carries && moving[Constants + i]))]);
            moving = next;
        }
    }

    /// <summary>
    /// The tangents of the moving operands, with zeros written out for carries that start without one.
    /// </summary>
    private static ImmutableArray<Tensor> Starts(
        Application y, ImmutableArray<Tensor?> dx, ImmutableArray<bool> moving) =>
        [.. dx.Select((d, i) => moving[i] ? d ?? Tensor.ZerosLike(y.Operands[i]) : null).OfType<Tensor>()];

    /// <summary>Tangents of the moving operands, told apart as those of constants, carries and xs.</summary>
    private Parts<Tensor> Tangents(ImmutableArray<bool> moving, ImmutableArray<Tensor> tangents)
    {
        var counts = new Parts<bool>(this, moving);
        var (constants, carries) = (counts.Constants.Count(m => m), counts.Carries.Count(m => m));
        return new(
            tangents[..constants], tangents[constants..(constants + carries)], tangents[(constants + carries)..]);
    }

    private static Value Row(Value value, int row)
    {
        var shape = value.Shape.RemoveAt(0);
        return Value.Pick(value, shape, i => (row * shape.Size) + i);
    }

    private static Value Stacked(TensorType type, ImmutableArray<Value> rows)
    {
        var shape = type.Shape.Insert(0, rows.Length);
        var size = type.Shape.Size;
        return type.DType.IsFloat
            ? Value.FromDoubles(type.DType, shape, i => rows[i / size].Double(i % size))
            : Value.FromLongs(type.DType, shape, i => rows[i / size].Long(i % size));
    }

    private static Specimen Example(int length, bool reverse)
    {
        TensorType vector = new(DType.Float64, [2]);
        var (w, h, x) = (Tensor.Parameter(vector, "w"), Tensor.Parameter(vector, "h"), Tensor.Parameter(vector, "x"));
        var next = Tensor.Tanh((w * h) + x);
        var body = new Lambda("step", [w, h, x], [next, next * Tensor.Sin(x)]);
        return new(
            new Scan(body, 1, 1, length, reverse), Domain.Float([2]), Domain.Float([2]), Domain.Float([length, 2]));
    }

    private readonly record struct Parts<T>(
        ImmutableArray<T> Constants, ImmutableArray<T> Carries, ImmutableArray<T> Xs)
    {
        public Parts(Scan scan, ImmutableArray<T> all) : this(
            all[..scan.Constants], all[scan.Constants..(scan.Constants + scan.Carries)],
            all[(scan.Constants + scan.Carries)..])
        {
        }
    }
}
