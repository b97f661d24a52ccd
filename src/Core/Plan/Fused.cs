using System.Collections.Immutable;
using System.Diagnostics;

namespace DistGrad.Plan;

/// <summary>
/// One loop: a program of elementwise primitives of one shape, and of reductions of what they give, computed together
/// so that nothing in between is written to memory. It stands only in programs that are planned, and so has no
/// derivative and no batch.
/// </summary>
internal sealed record Fused(Lambda Body) : Primitive
{
    public override string Name => "loop";

    public override ImmutableArray<Attribute> Attributes =>
        [("body", string.Join(" ", Body.Body.Select(n => n.Operation.Name)))];

    /// <summary>The shape that is looped over.</summary>
    public Shape Space => SpaceOf(Body.Body[^1]);

    /// <summary>
    /// The width of the vectors' lanes, 4 or 8; truth values among numbers are as wide as these.
    /// </summary>
    public int LaneBytes => Body.Body.SelectMany(n => n.Operands.Concat(n.Results)).Select(t => t.DType)
        .Where(d => d != DType.Bool).Select(d => d.ByteSize).FirstOrDefault(sizeof(int));

    /// <summary>How the axes lie that are reduced, the same for all reductions in it; null if there are none.</summary>
    public Folded? Reduced => Body.Results.Select(r => r.Source).FirstOrDefault(n => n.Operation is Reduction) is { } n
        ? Folded.Over(n.Operands[0].Shape, ((Reduction)n.Operation).Axes)
        : null;

    /// <summary>
    /// The shape that an application in a loop is computed over: its own, or the one that it reduces.
    /// </summary>
    public static Shape SpaceOf(Application node) =>
        node.Operation is Reduction ? node.Operands[0].Shape : node.Results[0].Shape;

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands) =>
        [.. Body.Results.Select(r => r.Type)];

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) => run(Body, x);

    public override ImmutableArray<Tensor?> Jvp(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms) => throw new UnreachableException();

    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms) =>
        throw new UnreachableException();

    public override long Flops(Application y) => Body.Body.Sum(n => ((Primitive)n.Operation).Flops(n));
}
