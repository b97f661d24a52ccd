using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// A program of which reverse mode keeps the arguments alone: what else it needs is computed again on the way back.
/// </summary>
/// <remarks>Griewank and Walther, Evaluating Derivatives (2008), chapter 12.</remarks>
internal sealed record Checkpointed(Lambda Function) : HigherOrder, IPrimitive<Checkpointed>
{
    public static IEnumerable<Specimen> Specimens
    {
        get
        {
            TensorType vector = new(DType.Float64, [3]);
            var (x, y) = (Tensor.Parameter(vector, "x"), Tensor.Parameter(vector, "y"));
            var f = new Lambda("f", [x, y], [Tensor.Sin(x * y) * Tensor.Exp(x), x * 2]);
            yield return new(new Checkpointed(f), Domain.Float([3]), Domain.Float([3]));
        }
    }

    public override string Name => "checkpoint";

    public override ImmutableArray<Attribute> Attributes => [("function", Function)];

    public static Checkpointed Read(AttributeReader attributes) => new(attributes.Get<Lambda>("function"));

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        HeldPrograms.RequireArguments(Name, Function, operands);
        return [.. Function.Results.Select(r => r.Type)];
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) => run(Function, x);

    public override ImmutableArray<Tensor?> Jvp(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (moving, moved) = Moving(dx, transforms);
        var along = transforms.Jvp(Function, moving, moved);
        var results = Substitute.Inline(along, [.. y.Operands, .. HeldPrograms.Present(dx)]);
        return HeldPrograms.Spread(moved, results[y.Results.Length..]);
    }

    public override ImmutableArray<Tensor?> Linearize(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (moving, moved) = Moving(dx, transforms);
        var (primal, linear) = transforms.Linearize(Function, moving, moved);
        var application = Application.Of(
            new CheckpointedLinear(primal, linear, y.Results.Length), [.. y.Operands, .. HeldPrograms.Present(dx)]);
        return HeldPrograms.Spread(moved, application.Results);
    }

    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms) =>
        Application.Of(new Checkpointed(transforms.Batch(Function, size, batched)), x).Results;

    public override long Flops(Application y) => HeldPrograms.Flops(Function);

    private (ImmutableArray<bool> Operands, ImmutableArray<bool> Results) Moving(
        ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        ImmutableArray<bool> moving = [.. dx.Select(d => d is not null)];
        return (moving, transforms.Active(Function, moving));
    }
}

/// <summary>
/// The linear part of a program: (x..., dx...) to dy..., which finds what it needs of x by itself. The primal takes
/// x... to (y..., residuals...), the linear part (residuals..., dx...) to dy...
/// </summary>
internal sealed record CheckpointedLinear(Lambda Primal, Lambda Linear, int Results)
    : HigherOrder, IPrimitive<CheckpointedLinear>
{
    public static IEnumerable<Specimen> Specimens
    {
        get
        {
            TensorType vector = new(DType.Float64, [3]);
            var (x, r, dx) = (
                Tensor.Parameter(vector, "x"), Tensor.Parameter(vector, "r"), Tensor.Parameter(vector, "dx"));
            var primal = new Lambda("primal", [x], [Tensor.Sin(x), Tensor.Cos(x)]);
            var linear = new Lambda("linear", [r, dx], [r * dx]);
            yield return new(new CheckpointedLinear(primal, linear, 1), Domain.Float([3]), Domain.Float([3]));
        }
    }

    public override string Name => "checkpoint_linear";

    public override ImmutableArray<Attribute> Attributes =>
        [("primal", Primal), ("linear", Linear), ("results", Results)];

    public static CheckpointedLinear Read(AttributeReader attributes) => new(
        attributes.Get<Lambda>("primal"), attributes.Get<Lambda>("linear"), attributes.Get<int>("results"));

    private int Given => Primal.Parameters.Length;

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        if (Results < 0 || Results > Primal.Results.Length || operands.Length < Given)
            throw new ShapeException(
                $"{Name}: a primal of {Given} parameters and {Primal.Results.Length} results, " +
                $"{Results} of them its own, does not fit {operands.Length} operands");
        HeldPrograms.RequireArguments(Name, Primal, operands[..Given]);
        HeldPrograms.RequireArguments(Name, Linear, [.. Primal.Results[Results..], .. operands[Given..]]);
        return [.. Linear.Results.Select(r => r.Type)];
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) =>
        run(Linear, [.. run(Primal, x[..Given])[Results..], .. x[Given..]]);

    public override ImmutableArray<Tensor?> Jvp(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (whole, moving, moved) = Moving(y, dx, transforms);
        var along = transforms.Jvp(whole, moving, moved);
        var results = Substitute.Inline(along, [.. y.Operands, .. HeldPrograms.Present(dx)]);
        return HeldPrograms.Spread(moved, results[y.Results.Length..]);
    }

    public override ImmutableArray<Tensor?> Linearize(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (whole, moving, moved) = Moving(y, dx, transforms);
        var (primal, linear) = transforms.Linearize(whole, moving, moved);
        var residuals = Substitute.Inline(primal, y.Operands)[y.Results.Length..];
        return HeldPrograms.Spread(moved, Substitute.Inline(linear, [.. residuals, .. HeldPrograms.Present(dx)]));
    }

    /// <summary>The residuals are computed again, once the cotangents are there.</summary>
    public override ImmutableArray<Tensor?> Transpose(
        Application y, ImmutableArray<Tensor?> ct, ImmutableArray<bool> linear, ProgramTransforms transforms)
    {
        var known = ct.First(c => c is not null)!;
        var again = y.Operands[..Given].Select(x => Tensor.Apply(After.Instance, x, known));
        var residuals = Substitute.Inline(Primal, [.. again])[Results..];
        ImmutableArray<bool> marks = [.. residuals.Select(_ => false), .. linear[Given..]];
        var given = y.Operands[Given..].Where((_, i) => !linear[Given + i]);
        var cts = Substitute.Inline(
            transforms.Transpose(Linear, marks), [.. residuals, .. given, .. HeldPrograms.Explicit(ct, y.Results)]);
        return [.. linear[..Given].Select(_ => (Tensor?)null), .. HeldPrograms.Spread(linear[Given..], cts)];
    }

    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms)
    {
        return Application.Of(
            new CheckpointedLinear(All(Primal), All(Linear), Results), Batching.All(size, x, batched)).Results;

        Lambda All(Lambda f) => transforms.Batch(f, size, [.. f.Parameters.Select(_ => true)]);
    }

    public override long Flops(Application y) => HeldPrograms.Flops(Primal) + HeldPrograms.Flops(Linear);

    /// <summary>Both parts as one program.</summary>
    public ImmutableArray<Tensor> Inlined(ImmutableArray<Tensor> operands) => Substitute.Inline(
        Linear, [.. Substitute.Inline(Primal, operands[..Given])[Results..], .. operands[Given..]]);

    private (Lambda Whole, ImmutableArray<bool> Operands, ImmutableArray<bool> Results) Moving(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        ImmutableArray<Tensor> parameters = [.. y.Operands.Select(o => Tensor.Parameter(o.Type, "x", Name))];
        var whole = new Lambda(Name, parameters, Inlined(parameters));
        ImmutableArray<bool> moving = [.. dx.Select(d => d is not null)];
        return (whole, moving, transforms.Active(whole, moving));
    }
}
