using System.Collections.Immutable;

namespace DistGrad.Transforms;

/// <summary>
/// The transforms as maps from closed programs to closed programs, for the primitives that hold programs.
/// </summary>
internal sealed class OfPrograms : ProgramTransforms
{
    public static OfPrograms Instance { get; } = new();

    // Linearised, since what has a rule for reverse alone moves, too.
    public override ImmutableArray<bool> Active(Lambda f, ImmutableArray<bool> parameters) =>
    [
        .. Transforms.Jvp.Run(f.Results, f.Parameters, Tangents(f, parameters), linearize: true)
            .Select(d => d is not null),
    ];

    public override Lambda Jvp(Lambda f, ImmutableArray<bool> parameters, ImmutableArray<bool> results)
    {
        var tangents = Tangents(f, parameters);
        var dy = Transforms.Jvp.Run(f.Results, f.Parameters, tangents);
        return new(
            $"jvp of {f.Name}", [.. f.Parameters, .. tangents.OfType<Tensor>()],
            [.. f.Results, .. Marked(f, dy, results)]);
    }

    public override (Lambda Primal, Lambda Linear) Linearize(
        Lambda f, ImmutableArray<bool> parameters, ImmutableArray<bool> results)
    {
        var tangents = Tangents(f, parameters);
        var dy = Transforms.Jvp.Run(f.Results, f.Parameters, tangents, linearize: true);
        var (linear, residuals) = Substitute.Close(
            $"linear part of {f.Name}", [.. tangents.OfType<Tensor>()], Marked(f, dy, results));
        return (new(f.Name, f.Parameters, [.. f.Results, .. residuals]), linear);
    }

    public override Lambda Transpose(Lambda f, ImmutableArray<bool> linear)
    {
        ImmutableArray<Tensor> variables = [.. f.Parameters.Where((_, i) => linear[i])];
        ImmutableArray<Tensor> given = [.. f.Parameters.Where((_, i) => !linear[i])];
        ImmutableArray<Tensor> ct = [.. f.Results.Select(r => Tensor.Parameter(r.Type, "ct", f.Name))];
        var cts = Transforms.Transpose.Run([.. f.Results], variables, [.. ct]);
        return new($"transpose of {f.Name}", [.. given, .. ct], HeldPrograms.Explicit(cts, variables));
    }

    public override Lambda Batch(Lambda f, int size, ImmutableArray<bool> batched)
    {
        ImmutableArray<Tensor> parameters =
        [
            .. f.Parameters.Select((p, i) => batched[i]
                ? Tensor.Parameter(p.Type with { Shape = p.Shape.Insert(0, size) }, "batch", f.Name)
                : p),
        ];
        ImmutableArray<Tensor> variables = [.. f.Parameters.Where((_, i) => batched[i])];
        var results = Vmap.Run(size, f.Results, variables, [.. parameters.Where((_, i) => batched[i])]);
        return new($"{f.Name} over {size}", parameters, results);
    }

    private static ImmutableArray<Tensor?> Tangents(Lambda f, ImmutableArray<bool> marks) =>
        [.. f.Parameters.Select((p, i) => marks[i] ? Tensor.Parameter(p.Type, "tangent", f.Name) : null)];

    /// <summary>The tangents of the marked results, zeros written out.</summary>
    private static ImmutableArray<Tensor> Marked(Lambda f, ImmutableArray<Tensor?> dy, ImmutableArray<bool> results) =>
        [.. dy.Select((d, i) => results[i] ? d ?? Tensor.ZerosLike(f.Results[i]) : null).OfType<Tensor>()];
}
