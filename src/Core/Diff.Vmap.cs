using System.Collections.Immutable;

namespace DistGrad;

public static partial class Diff
{
    /// <summary>A function of one tensor over a batch of them.</summary>
    /// <param name="f">The function of one example.</param>
    /// <param name="inAxis">Along which axis of the argument the examples lie.</param>
    /// <param name="outAxis">Along which axis of the result they shall lie.</param>
    public static Func<Tensor, Tensor> Vmap(Func<Tensor, Tensor> f, int inAxis = 0, int outAxis = 0) =>
        x => Vmap(x, f, inAxis, outAxis);

    /// <summary>
    /// A function of two tensors over batches; an argument without an axis is the same for every example.
    /// </summary>
    public static Func<Tensor, Tensor, Tensor> Vmap(
        Func<Tensor, Tensor, Tensor> f, int? firstAxis = 0, int? secondAxis = 0, int outAxis = 0) =>
        (x, y) => Batched([x, y], [firstAxis, secondAxis], p => [f(p[0], p[1])], outAxis)[0];

    /// <summary>
    /// A function of three tensors over batches; an argument without an axis is the same for every example.
    /// </summary>
    public static Func<Tensor, Tensor, Tensor, Tensor> Vmap(
        Func<Tensor, Tensor, Tensor, Tensor> f, int? firstAxis = 0, int? secondAxis = 0, int? thirdAxis = 0,
        int outAxis = 0) =>
        (x, y, z) => Batched([x, y, z], [firstAxis, secondAxis, thirdAxis], p => [f(p[0], p[1], p[2])], outAxis)[0];

    /// <summary>
    /// The results of a function for all examples of a batch, each leaf of which has them along the same axis.
    /// </summary>
    public static TOut Vmap<TIn, TOut>(TIn batch, Func<TIn, TOut> f, int inAxis = 0, int outAxis = 0)
    {
        ArgumentNullException.ThrowIfNull(f);
        var tree = Tree.Flatten(batch);
        Tree<TOut>? result = null;
        var leaves = Batched(
            tree.Leaves,
            [.. tree.Leaves.Select(_ => (int?)inAxis)],
            example => (result = Tree.Flatten(f(tree.Unflatten(example)))).Leaves,
            outAxis);
        return result!.Unflatten(leaves);
    }

    private static ImmutableArray<Tensor> Batched(
        ImmutableArray<Tensor> arguments,
        ImmutableArray<int?> axes,
        Func<ImmutableArray<Tensor>, ImmutableArray<Tensor>> f,
        int outAxis)
    {
        var mapped = arguments.Select(
            (x, i) => axes[i] is { } axis ? x.MoveAxis(x.Shape.Axis(axis, "vmap"), 0) : null).ToArray();
        ImmutableArray<Tensor> batches = [.. mapped.OfType<Tensor>()];
        var sizes = batches.Select(b => b.Shape[0]).Distinct().ToArray();
        if (sizes.Length != 1)
            throw new ShapeException(sizes.Length == 0
                ? "vmap: no argument has an axis along which examples lie"
                : $"vmap: the arguments hold {string.Join(" and ", sizes)} examples; they must hold equally many");
        ImmutableArray<Tensor> examples = [.. batches.Select(b => Tensor.Parameter(
            b.Type with { Shape = b.Shape.RemoveAt(0) }, "example", "a function under vmap"))];
        var next = 0;
        var results = f([.. arguments.Select((x, i) => mapped[i] is null ? x : examples[next++])]);
        return
        [
            .. Transforms.Vmap.Run(sizes[0], results, examples, batches)
                .Select(y => y.MoveAxis(0, y.Shape.Axis(outAxis, "vmap"))),
        ];
    }
}
