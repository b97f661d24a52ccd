using System.Collections.Immutable;

namespace DistGrad;

/// <summary>One of two programs on the same operands, chosen by a bool scalar; the other is not run.</summary>
internal sealed record Cond(Lambda Then, Lambda Else) : HigherOrder, IPrimitive<Cond>
{
    public static IEnumerable<Specimen> Specimens
    {
        get
        {
            var (x, y) =
                (Tensor.Parameter(new(DType.Float64, [3]), "x"), Tensor.Parameter(new(DType.Float64, [3]), "y"));
            var (u, v) =
                (Tensor.Parameter(new(DType.Float64, [3]), "u"), Tensor.Parameter(new(DType.Float64, [3]), "v"));
            var cond = new Cond(
                new("then", [x, y], [Tensor.Sin(x) * y, y]), new("else", [u, v], [u + Tensor.Exp(v), u * v]));
            return [new(cond, Domain.Bool([]), Domain.Float([3]), Domain.Float([3]))];
        }
    }

    public override string Name => "cond";

    public override ImmutableArray<Attribute> Attributes => [("then", Then), ("else", Else)];

    public override ImmutableArray<Lambda> Held => [Then, Else];

    public override HigherOrder Holding(ImmutableArray<Lambda> programs) => new Cond(programs[0], programs[1]);

    public static Cond Read(AttributeReader attributes) =>
        new(attributes.Get<Lambda>("then"), attributes.Get<Lambda>("else"));

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        if (operands.IsEmpty || operands[0].Type != new TensorType(DType.Bool, Shape.Scalar))
            throw new DTypeException(
                $"cond: a bool scalar must choose; found {(operands.IsEmpty ? "nothing" : operands[0].Type)}");
        foreach (var branch in new[] { Then, Else })
            HeldPrograms.RequireArguments("cond", branch, operands[1..]);
        var (then, other) = (Then.Results.Select(r => r.Type), Else.Results.Select(r => r.Type));
        return then.SequenceEqual(other) ? [.. then] : throw new ShapeException(
            $"cond: the branches give ({string.Join(", ", then)}) and ({string.Join(", ", other)}), which differ");
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) =>
        run(x[0].Bool(0) ? Then : Else, x[1..]);

    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (moving, results) = Moving(dx, transforms);
        var joint = new Cond(transforms.Jvp(Then, moving, results), transforms.Jvp(Else, moving, results));
        var all = Application.Of(joint, [.. y.Operands, .. HeldPrograms.Present(dx)]).Results;
        return HeldPrograms.Spread(results, all[y.Results.Length..]);
    }

    // Each branch keeps what its own derivative needs, and hands over zeros for what the other's does.
    public override ImmutableArray<Tensor?> Linearize(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (moving, results) = Moving(dx, transforms);
        var (then, thenLinear) = transforms.Linearize(Then, moving, results);
        var (other, otherLinear) = transforms.Linearize(Else, moving, results);
        var (n, kept, otherKept) =
            (y.Results.Length, then.Results[y.Results.Length..], other.Results[y.Results.Length..]);
        var primal = Application.Of(
            new Cond(
                new(then.Name, then.Parameters, [.. then.Results, .. otherKept.Select(Tensor.ZerosLike)]),
                new(
                    other.Name, other.Parameters,
                    [.. other.Results[..n], .. kept.Select(Tensor.ZerosLike), .. otherKept])),
            y.Operands);
        var tangents = HeldPrograms.Present(dx);
        var linear = new Cond(
            new(
                thenLinear.Name, thenLinear.Parameters.InsertRange(kept.Length, HeldPrograms.Unused(otherKept)),
                thenLinear.Results),
            new(
                otherLinear.Name, otherLinear.Parameters.InsertRange(0, HeldPrograms.Unused(kept)),
                otherLinear.Results));
        return HeldPrograms.Spread(
            results, Application.Of(linear, [y.Operands[0], .. primal.Results[n..], .. tangents]).Results);
    }

    public override ImmutableArray<Tensor?> Transpose(
        Application y, ImmutableArray<Tensor?> ct, ImmutableArray<bool> linear, ProgramTransforms transforms)
    {
        var marked = linear[1..];
        var transposed = new Cond(transforms.Transpose(Then, marked), transforms.Transpose(Else, marked));
        var given = y.Operands.Where((_, i) => !linear[i]);
        return HeldPrograms.Spread(
            linear, Application.Of(transposed, [.. given, .. HeldPrograms.Explicit(ct, y.Results)]).Results);
    }

    // Where each example has a condition of its own, both branches are computed and each example selects.
    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms)
    {
        var (then, other) = (transforms.Batch(Then, size, batched[1..]), transforms.Batch(Else, size, batched[1..]));
        if (!batched[0])
            return Application.Of(new Cond(then, other), x).Results;
        var (whenTrue, whenFalse) = (Substitute.Inline(then, x[1..]), Substitute.Inline(other, x[1..]));
        return [.. whenTrue.Zip(whenFalse, (t, f) => Tensor.Where(
            x[0].Reshape([size, .. Enumerable.Repeat(1, t.Rank - 1)]), t, f))];
    }

    public override long Flops(Application y) => Math.Max(HeldPrograms.Flops(Then), HeldPrograms.Flops(Else));

    private (ImmutableArray<bool> Operands, ImmutableArray<bool> Results) Moving(
        ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        ImmutableArray<bool> moving = [.. dx[1..].Select(d => d is not null)];
        var (then, other) = (transforms.Active(Then, moving), transforms.Active(Else, moving));
        return (moving, [.. then.Zip(other, (t, f) => t || f)]);
    }
}

/// <summary>What the primitives that hold programs share.</summary>
internal static class HeldPrograms
{
    public static void RequireArguments(string operation, Lambda program, ImmutableArray<Tensor> arguments)
    {
        var (wanted, given) = (program.Parameters.Select(p => p.Type), arguments.Select(a => a.Type));
        if (!wanted.SequenceEqual(given))
            throw new ShapeException(
                $"{operation}: {program.Name} takes ({string.Join(", ", wanted)}); given ({string.Join(", ", given)})");
    }

    /// <summary>The tangents that are not exact zeros.</summary>
    public static ImmutableArray<Tensor> Present(ImmutableArray<Tensor?> tangents) => [.. tangents.OfType<Tensor>()];

    /// <summary>Cotangents with zeros written out.</summary>
    public static ImmutableArray<Tensor> Explicit(ImmutableArray<Tensor?> ct, ImmutableArray<Tensor> like) =>
        [.. ct.Select((c, i) => c ?? Tensor.ZerosLike(like[i]))];

    /// <summary>The tensors at the marked places, nothing at the others.</summary>
    public static ImmutableArray<Tensor?> Spread(ImmutableArray<bool> marks, ImmutableArray<Tensor> present)
    {
        var next = 0;
        return [.. marks.Select(mark => mark ? present[next++] : null)];
    }

    /// <summary>Which results are computed from one of the marked parameters.</summary>
    public static ImmutableArray<bool> Reached(Lambda program, ImmutableArray<bool> parameters)
    {
        ImmutableArray<Tensor> variables = [.. program.Parameters.Where((_, i) => parameters[i])];
        var reached = new HashSet<Application>(
            Order.Dependents(program.Results, variables), ReferenceEqualityComparer.Instance);
        reached.UnionWith(variables.Select(v => v.Source));
        return [.. program.Results.Select(r => reached.Contains(r.Source))];
    }

    /// <summary>Parameters of these types that a program takes and does not use.</summary>
    public static ImmutableArray<Tensor> Unused(IEnumerable<Tensor> like) =>
        [.. like.Select(t => Tensor.Parameter(t.Type, "unused"))];

    public static long Flops(Lambda program) => program.Body.Sum(a => a.Operation is Primitive p ? p.Flops(a) : 0);
}
