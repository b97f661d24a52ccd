using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// A program with a forward rule of the user's own: (x..., dx...) to dy..., with a dx for each floating-point x.
/// </summary>
internal sealed record CustomJvp(Lambda Function, Lambda Rule) : HigherOrder, IPrimitive<CustomJvp>
{
    public static IEnumerable<Specimen> Specimens
    {
        get
        {
            var (x, y, dy) = (Vector("x"), Vector("y"), Vector("dy"));
            return [new(new CustomJvp(new("f", [x], [x * x]), new("rule", [y, dy], [2 * y * dy])), Domain.Float([3]))];
            static Tensor Vector(string name) => Tensor.Parameter(new(DType.Float64, [3]), name);
        }
    }

    public override string Name => "custom_jvp";

    public override ImmutableArray<Attribute> Attributes => [("function", Function), ("rule", Rule)];

    public static CustomJvp Read(AttributeReader attributes) =>
        new(attributes.Get<Lambda>("function"), attributes.Get<Lambda>("rule"));

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        HeldPrograms.RequireArguments(Name, Function, operands);
        HeldPrograms.RequireArguments(Name, Rule, [.. operands, .. operands.Where(o => o.DType.IsFloat)]);
        ImmutableArray<TensorType> results = [.. Function.Results.Select(r => r.Type)];
        return results.SequenceEqual(Rule.Results.Select(r => r.Type)) ? results : throw new ShapeException(
            $"custom_jvp: the function gives ({string.Join(", ", results)}) and its rule " +
            $"({string.Join(", ", Rule.Results.Select(r => r.Type))})");
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) => run(Function, x);

    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var tangents = y.Operands.Select(
            (x, i) => x.DType.IsFloat ? dx[i] ?? Tensor.ZerosLike(x) : null).OfType<Tensor>();
        return [.. Substitute.Inline(Rule, [.. y.Operands, .. tangents]).Select(d => d.DType.IsFloat ? d : null)];
    }

    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms)
    {
        ImmutableArray<bool> all = [.. Function.Parameters.Select(_ => true)];
        ImmutableArray<bool> both = [.. Rule.Parameters.Select(_ => true)];
        return Application.Of(
            new CustomJvp(transforms.Batch(Function, size, all), transforms.Batch(Rule, size, both)),
            Batching.All(size, x, batched)).Results;
    }

    public override long Flops(Application y) => HeldPrograms.Flops(Function);
}

/// <summary>
/// A program with a reverse rule of the user's own: forward, x... to (y..., residuals...), and backward, (residuals...,
/// ct...) to a cotangent for each floating-point x.
/// </summary>
internal sealed record CustomVjp(Lambda Function, Lambda Forward, Lambda Backward) : HigherOrder, IPrimitive<CustomVjp>
{
    public static IEnumerable<Specimen> Specimens
    {
        get
        {
            var (x, y, r, ct) = (Vector("x"), Vector("y"), Vector("r"), Vector("ct"));
            var custom = new CustomVjp(
                new("f", [x], [Tensor.Sin(x)]), new("forward", [y], [Tensor.Sin(y), Tensor.Cos(y)]),
                new("backward", [r, ct], [r * ct]));
            return [new(custom, Domain.Float([3]))];
            static Tensor Vector(string name) => Tensor.Parameter(new(DType.Float64, [3]), name);
        }
    }

    public override string Name => "custom_vjp";

    public override ImmutableArray<Attribute> Attributes =>
        [("function", Function), ("forward", Forward), ("backward", Backward)];

    public static CustomVjp Read(AttributeReader attributes) => new(
        attributes.Get<Lambda>("function"), attributes.Get<Lambda>("forward"), attributes.Get<Lambda>("backward"));

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        HeldPrograms.RequireArguments(Name, Function, operands);
        HeldPrograms.RequireArguments(Name, Forward, operands);
        ImmutableArray<TensorType> results = [.. Function.Results.Select(r => r.Type)];
        if (!results.SequenceEqual(Forward.Results.Take(results.Length).Select(r => r.Type)))
            throw new ShapeException(
                $"custom_vjp: the forward rule does not begin with the results ({string.Join(", ", results)})");
        HeldPrograms.RequireArguments(
            Name, Backward, [.. Forward.Results.Skip(results.Length), .. Function.Results.Where(r => r.DType.IsFloat)]);
        var (wanted, given) =
            (operands.Where(o => o.DType.IsFloat).Select(o => o.Type), Backward.Results.Select(r => r.Type));
        return wanted.SequenceEqual(given) ? results : throw new ShapeException(
            $"custom_vjp: the backward rule gives ({string.Join(", ", given)}); " +
            $"the inputs are ({string.Join(", ", wanted)})");
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) => run(Function, x);

    public override ImmutableArray<Tensor?> Jvp(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms) =>
        throw new DifferentiationException(
            "custom_vjp: a function with a reverse rule alone has no forward derivative; use CustomJvp");

    public override ImmutableArray<Tensor?> Linearize(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var residuals = Substitute.Inline(Forward, y.Operands)[y.Results.Length..];
        var tangents = y.Operands.Select(
            (x, i) => x.DType.IsFloat ? dx[i] ?? Tensor.ZerosLike(x) : null).OfType<Tensor>();
        var linear = Application.Of(new CustomLinear(Backward, residuals.Length), [.. residuals, .. tangents]).Results;
        var isFloat = y.Results.Select(r => r.DType.IsFloat);
        return HeldPrograms.Spread([.. isFloat], linear);
    }

    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms)
    {
        Lambda All(Lambda f) => transforms.Batch(f, size, [.. f.Parameters.Select(_ => true)]);
        return Application.Of(
            new CustomVjp(All(Function), All(Forward), All(Backward)), Batching.All(size, x, batched)).Results;
    }

    public override long Flops(Application y) => HeldPrograms.Flops(Function);
}

/// <summary>
/// The linear map, given residuals, of which only the transpose is known: (residuals..., ct...) to the cotangents.
/// </summary>
internal sealed record CustomLinear(Lambda Backward, int Residuals) : HigherOrder, IPrimitive<CustomLinear>
{
    private const string OnlyBackward = "A function with a reverse rule alone has no forward derivative; use CustomJvp";

    // It is known by its transpose only, and so has no value for a law to test; CustomVjp's laws test it.
    public static IEnumerable<Specimen> Specimens => [];

    public override string Name => "custom_linear";

    public override ImmutableArray<Attribute> Attributes => [("backward", Backward), ("residuals", Residuals)];

    public static CustomLinear Read(AttributeReader attributes) =>
        new(attributes.Get<Lambda>("backward"), attributes.Get<int>("residuals"));

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        var (wanted, given) = (Backward.Parameters, operands.Select(o => o.Type));
        if (Residuals < 0 || Residuals > wanted.Length ||
            !wanted.Take(Residuals).Concat(Backward.Results).Select(t => t.Type).SequenceEqual(given))
            throw new ShapeException(
                $"custom_linear: {Residuals} residuals and the inputs' cotangents " +
                $"({string.Join(", ", Backward.Results.Select(r => r.Type))}) " +
                $"of the backward rule do not fit the operands ({string.Join(", ", given)})");
        return [.. wanted.Skip(Residuals).Select(p => p.Type)];
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) =>
        throw new DifferentiationException(OnlyBackward);

    public override ImmutableArray<Tensor?> Jvp(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms) =>
        throw new DifferentiationException(OnlyBackward);

    public override ImmutableArray<Tensor?> Transpose(
        Application y, ImmutableArray<Tensor?> ct, ImmutableArray<bool> linear, ProgramTransforms transforms)
    {
        var cts = Substitute.Inline(Backward, [.. y.Operands[..Residuals], .. HeldPrograms.Explicit(ct, y.Results)]);
        return [.. y.Operands.Select((_, i) => i >= Residuals && linear[i] ? cts[i - Residuals] : null)];
    }

    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms) =>
        Application.Of(
            this with { Backward = transforms.Batch(Backward, size, [.. Backward.Parameters.Select(_ => true)]) },
            Batching.All(size, x, batched)).Results;
}
