using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// The x at which a residual is 0, as a solver finds it. Operands: parameters, and where the solver starts, [..., n].
/// The solver takes both to x of the type of the start; the residual takes parameters and x to a result of that type
/// too, each row of the last axis from that row of x.
/// </summary>
/// <remarks>
/// How x was found has no part in the derivative: by the implicit function theorem, from r(p, x) = 0 follows
/// dx = -(dr/dx)^-1 (dr/dp) dp. It is stated with x itself, so that every order follows.
/// </remarks>
internal sealed record Implicit(Lambda Solver, Lambda Residual) : HigherOrder, IPrimitive<Implicit>
{
    public static IEnumerable<Specimen> Specimens
    {
        get
        {
            TensorType vector = new(DType.Float64, [2]);
            var (p, start) = (Tensor.Parameter(vector, "p"), Tensor.Parameter(vector, "start"));
            // x^3 + x + (x' / 2) = p, where x' is x turned round; Newton's method without what x' does.
            static Tensor Left(Tensor x) => (x * x * x) + x + (x.Flip(0) / 2);
            var solution = Enumerable.Range(0, 60).Aggregate(
                start, (x, _) => x - ((Left(x) - p) / ((3 * x * x) + 1.5)));
            var (q, y) = (Tensor.Parameter(vector, "p"), Tensor.Parameter(vector, "x"));
            yield return new(
                new Implicit(new("solver", [p, start], [solution]), new("residual", [q, y], [Left(y) - q])),
                Domain.Float([2]), Domain.Float([2], -0.1, 0.1));
        }
    }

    public override string Name => "implicit";

    public override ImmutableArray<Attribute> Attributes => [("solver", Solver), ("residual", Residual)];

    public static Implicit Read(AttributeReader attributes) =>
        new(attributes.Get<Lambda>("solver"), attributes.Get<Lambda>("residual"));

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        HeldPrograms.RequireArguments(Name, Solver, operands);
        HeldPrograms.RequireArguments(Name, Residual, operands);
        if (operands.IsEmpty || operands[^1].Rank == 0 || !operands[^1].DType.IsFloat)
            throw new ShapeException("implicit: a vector to start from is needed, of floating-point numbers");
        foreach (var program in new[] { Solver, Residual })
        {
            if (program.Results.Length != 1 || program.Results[0].Type != operands[^1].Type)
                throw new ShapeException(
                    $"implicit: {program.Name} gives ({string.Join(", ", program.Results.Select(r => r.Type))}); " +
                    $"the start is {operands[^1].Type}");
        }
        return [operands[^1].Type];
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) => run(Solver, x);

    // The tangents of the residual are made of linear primitives in both modes.
    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        ImmutableArray<bool> moving = [.. dx.Select((d, i) => d is not null && i < dx.Length - 1)];
        if (!moving.Contains(true))
            return [null];
        ImmutableArray<Tensor> at = [.. y.Operands[..^1], y.Results[0]];
        var (primal, linear) = transforms.Linearize(Residual, moving, [true]);
        var moved = Substitute.Inline(
            linear, [.. Substitute.Inline(primal, at)[1..], .. HeldPrograms.Present(dx[..^1])])[0];
        return [-Tensor.Solve(Jacobian(at, transforms), moved.Unsqueeze(-1)).Squeeze(-1)];
    }

    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms)
    {
        ImmutableArray<bool> marks = [.. batched[..^1], true];
        return Application.Of(
            new Implicit(transforms.Batch(Solver, size, marks), transforms.Batch(Residual, size, marks)),
            [.. x[..^1], Batching.One(size, x[^1], batched[^1])]).Results;
    }

    public override long Flops(Application y) => HeldPrograms.Flops(Solver);

    /// <summary>dr/dx for each row: its columns are the tangents along unit vectors, for all rows at once.</summary>
    private Tensor Jacobian(ImmutableArray<Tensor> at, ProgramTransforms transforms)
    {
        var x = at[^1];
        var n = x.Shape[^1];
        ImmutableArray<bool> ofX = [.. at.Select((_, i) => i == at.Length - 1)];
        var along = transforms.Batch(transforms.Jvp(Residual, ofX, [true]), n, [.. at.Select(_ => false), true]);
        var units = Tensor.Eye(n, x.DType)
            .Reshape([n, .. Enumerable.Repeat(1, x.Rank - 1), n]).BroadcastTo(x.Shape.Insert(0, n));
        var columns = Substitute.Inline(along, [.. at, units])[1];
        return columns.Permute([.. Enumerable.Range(1, x.Rank), 0]);
    }
}
