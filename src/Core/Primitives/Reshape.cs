using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace DistGrad;

/// <summary>The same elements in row-major order under another shape of the same size.</summary>
internal sealed record Reshape(Shape To) : FirstOrder, IPrimitive<Reshape>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new Reshape([6]), Domain.Float([2, 3])),
        new(new Reshape([3, 2]), Domain.Float([2, 3])),
        new(new Reshape([]), Domain.Float([1, 1])),
        new(new Reshape([0, 5]), Domain.Float([2, 0])),
        new(new Reshape([2, 1]), Domain.Index([2], 3)),
    ];

    public override string Name => "reshape";

    public override ImmutableArray<Attribute> Attributes => [("to", To)];

    public override bool IsExact => true;

    public override bool IsFree => true;

    public static Reshape Read(AttributeReader attributes) => new(attributes.Get<Shape>("to"));

    public override TensorType Type(ImmutableArray<Tensor> x) => x[0].Shape.Size == To.Size
        ? new(x[0].DType, To)
        : throw new ShapeException($"reshape: {x[0].Shape} has {x[0].Shape.Size} elements; {To} has {To.Size}");

    public override Value Of(ImmutableArray<Value> x) => x[0].Reshaped(To);

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, dx[0]!);

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [ct.Reshape(x[0].Shape)];

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(new Reshape(To.Insert(0, size)), x[0]);

    public override long Flops(Application y) => 0;
}

public partial class Tensor
{
    /// <summary>The same elements under another shape of the same size.</summary>
    public Tensor Reshape(Shape shape) => shape == Shape ? this : Apply(new Reshape(shape), this);

    /// <summary>The same elements under another shape; one dimension may be -1 and is then whatever is left.</summary>
    [OverloadResolutionPriority(1)]
    public Tensor Reshape(params int[] dimensions)
    {
        var unknown = Array.IndexOf(dimensions, -1);
        if (unknown < 0)
            return Reshape(Shape.Of(dimensions));
        var known = dimensions.Where((_, i) => i != unknown).Aggregate(1L, (product, d) => product * d);
        if (known <= 0 || Shape.Size % known != 0)
            throw new ShapeException(
                $"reshape: the {Shape.Size} elements of {Shape} cannot be arranged as " +
                $"[{string.Join(", ", dimensions)}]");
        return Reshape(Shape.Of([.. dimensions.Select((d, i) => i == unknown ? (int)(Shape.Size / known) : d)]));
    }

    /// <summary>All elements along one axis.</summary>
    public Tensor Flatten() => Reshape(Shape.Of(Shape.Size));

    /// <summary>With a new axis of length 1 there; a negative place counts from the back.</summary>
    public Tensor Unsqueeze(int axis)
    {
        if (axis < -Rank - 1 || axis > Rank)
            throw new IndexException($"unsqueeze: {Shape} has no place {axis} for a new axis");
        return Reshape(Shape.Insert(axis < 0 ? axis + Rank + 1 : axis, 1));
    }

    /// <summary>Without these axes, each of length 1; none named means all such.</summary>
    public Tensor Squeeze(params int[] axes)
    {
        var chosen = axes.Length == 0
            ? [.. Enumerable.Range(0, Rank).Where(a => Shape[a] == 1)]
            : Shape.Axes(axes, "squeeze");
        foreach (var axis in chosen)
        {
            if (Shape[axis] != 1)
                throw new ShapeException($"squeeze: axis {axis} of {Shape} has length {Shape[axis]}, not 1");
        }
        return Reshape(Shape.Without(chosen));
    }
}
