using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// How the elements of an array lie in a buffer: element i, j, ... at offset + i * strides[0] + j * strides[1] + ...
/// </summary>
internal readonly record struct Layout(Ints Strides, int Offset)
{
    public static Layout RowMajor(Shape shape) => new(shape.Strides(), 0);

    /// <summary>
    /// Where in the buffer the element lies that is at this place of the row-major order of the shape.
    /// </summary>
    public int Place(Shape shape, int place)
    {
        var at = Offset;
        for (var axis = shape.Rank - 1; axis >= 0; axis--)
        {
            at += place % shape[axis] * Strides[axis];
            place /= shape[axis];
        }
        return at;
    }
}

/// <summary>
/// A primitive whose result is its operand read in another way: the same buffer under other strides. It is linear,
/// costs nothing, and its whole meaning is <see cref="Read(Shape, Layout)"/>.
/// </summary>
internal abstract record Reading : FirstOrder
{
    public sealed override bool IsExact => true;

    public sealed override bool IsFree => true;

    /// <summary>How the result lies in the buffer of an operand of this shape that lies there so.</summary>
    public abstract Layout Read(Shape shape, Layout layout);

    public sealed override Value Of(ImmutableArray<Value> x)
    {
        var shape = ResultShape(x[0].Shape);
        var layout = Read(x[0].Shape, Layout.RowMajor(x[0].Shape));
        return Value.Pick(x[0], shape, place => layout.Place(shape, place));
    }

    public sealed override TensorType Type(ImmutableArray<Tensor> x) => new(x[0].DType, ResultShape(x[0].Shape));

    public sealed override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, dx[0]!);

    public sealed override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) => [Transpose(ct, x[0].Shape)];

    public sealed override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Batch(size, x[0]);

    public sealed override long Flops(Application y) => 0;

    public abstract Shape ResultShape(Shape shape);

    protected abstract Tensor Transpose(Tensor ct, Shape shape);

    protected abstract Tensor Batch(int size, Tensor x);
}

/// <summary>Axes in another order: axis i of the result is axis order[i] of the operand.</summary>
internal sealed record Permute(Ints Axes) : Reading, IPrimitive<Permute>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new Permute([]), Domain.Float([])),
        new(new Permute([1, 0]), Domain.Float([2, 3])),
        new(new Permute([2, 0, 1]), Domain.Float([2, 3, 4])),
        new(new Permute([1, 0]), Domain.Index([2, 0], 3)),
    ];

    public override string Name => "permute";

    public override ImmutableArray<Attribute> Attributes => [("axes", Axes)];

    public static Permute Read(AttributeReader attributes) => new(attributes.Get<Ints>("axes"));

    public override Shape ResultShape(Shape shape)
    {
        if (!Axes.Order().SequenceEqual(Enumerable.Range(0, shape.Rank)))
            throw new ShapeException($"permute: {Axes} is not an order of the {shape.Rank} axes of {shape}");
        return [.. Axes.Select(a => shape[a])];
    }

    public override Layout Read(Shape shape, Layout layout) =>
        layout with { Strides = [.. Axes.Select(a => layout.Strides[a])] };

    protected override Tensor Transpose(Tensor ct, Shape shape) =>
        Tensor.Apply(new Permute([.. Enumerable.Range(0, Axes.Count).Select(axis => Axes.ToList().IndexOf(axis))]), ct);

    protected override Tensor Batch(int size, Tensor x) =>
        Tensor.Apply(new Permute([0, .. Axes.Select(a => a + 1)]), x);
}

/// <summary>
/// The operand repeated along new axes and along those of length 1. Its transpose is the sum over them.
/// </summary>
internal sealed record Broadcast(Shape To) : Reading, IPrimitive<Broadcast>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new Broadcast([]), Domain.Float([])),
        new(new Broadcast([2, 3]), Domain.Float([])),
        new(new Broadcast([2, 3]), Domain.Float([3])),
        new(new Broadcast([2, 3, 2]), Domain.Float([3, 1])),
        new(new Broadcast([0, 3]), Domain.Float([1, 3])),
        new(new Broadcast([2, 2]), Domain.Index([2, 1], 3)),
    ];

    public override string Name => "broadcast";

    public override ImmutableArray<Attribute> Attributes => [("to", To)];

    public static Broadcast Read(AttributeReader attributes) => new(attributes.Get<Shape>("to"));

    public override Shape ResultShape(Shape shape) => Broadcasting.Stretches(shape, To) ? To : throw new ShapeException(
        $"broadcast: {shape} does not stretch to {To}; each axis from the right must be equal, 1 or missing");

    public override Layout Read(Shape shape, Layout layout) =>
        layout with { Strides = Broadcasting.Strides(layout.Strides, shape, To) };

    protected override Tensor Transpose(Tensor ct, Shape shape) =>
        ct.Sum(Broadcasting.StretchedAxes(shape, To)).Reshape(shape);

    // The batch stays axis 0, so axes that the operand lacks go between it and the operand's own.
    protected override Tensor Batch(int size, Tensor x)
    {
        var missing = To.Rank - (x.Rank - 1);
        Shape aligned = [size, .. Enumerable.Repeat(1, missing), .. x.Shape.Skip(1)];
        return Tensor.Apply(new Broadcast(To.Insert(0, size)), x.Reshape(aligned));
    }
}

/// <summary>Elements from starts, every step-th, as many as the shape says, along each axis.</summary>
internal sealed record Slice(Ints Starts, Shape Lengths, Ints Steps) : Reading, IPrimitive<Slice>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new Slice([1], [2], [1]), Domain.Float([4])),
        new(new Slice([1, 0], [2, 2], [2, 1]), Domain.Float([5, 2])),
        new(new Slice([0, 1], [2, 0], [1, 1]), Domain.Float([2, 3])),
        new(new Slice([], [], []), Domain.Float([])),
        new(new Slice([1], [2], [1]), Domain.Index([4], 3)),
    ];

    public override string Name => "slice";

    public override ImmutableArray<Attribute> Attributes =>
        [("starts", Starts), ("lengths", Lengths), ("steps", Steps)];

    public static Slice Read(AttributeReader attributes) =>
        new(attributes.Get<Ints>("starts"), attributes.Get<Shape>("lengths"), attributes.Get<Ints>("steps"));

    public override Shape ResultShape(Shape shape)
    {
        var fits = shape.Rank == Starts.Count && shape.Rank == Lengths.Rank && shape.Rank == Steps.Count &&
            Enumerable.Range(0, shape.Rank).All(a => Steps[a] > 0 && Starts[a] >= 0 && Starts[a] <= shape[a] &&
                (Lengths[a] == 0 || Starts[a] + ((Lengths[a] - 1L) * Steps[a]) < shape[a]));
        return fits ? Lengths : throw new IndexException(
            $"slice: {Lengths} elements from {Starts} in steps of {Steps} do not lie within {shape}");
    }

    public override Layout Read(Shape shape, Layout layout) => new(
        [.. Steps.Select((step, axis) => step * layout.Strides[axis])],
        layout.Offset + (Lengths.Size == 0 ? 0 : Starts.Select((start, axis) => start * layout.Strides[axis]).Sum()));

    protected override Tensor Transpose(Tensor ct, Shape shape) => ct.Pad(
        Starts,
        [.. shape.Select((length, axis) => length - Starts[axis] - Covered(axis))],
        [.. Steps.Select(s => s - 1)],
        0);

    protected override Tensor Batch(int size, Tensor x) =>
        Tensor.Apply(new Slice([0, .. Starts], Lengths.Insert(0, size), [1, .. Steps]), x);

    private int Covered(int axis) => Lengths[axis] == 0 ? 0 : ((Lengths[axis] - 1) * Steps[axis]) + 1;
}

/// <summary>The operand with these axes read backwards.</summary>
internal sealed record Flip(Ints Axes) : Reading, IPrimitive<Flip>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new Flip([0]), Domain.Float([3])),
        new(new Flip([0, 1]), Domain.Float([2, 3])),
        new(new Flip([]), Domain.Float([])),
        new(new Flip([1]), Domain.Float([2, 0])),
    ];

    public override string Name => "flip";

    public override ImmutableArray<Attribute> Attributes => [("axes", Axes)];

    public static Flip Read(AttributeReader attributes) => new(attributes.Get<Ints>("axes"));

    public override Shape ResultShape(Shape shape)
    {
        shape.RequireAxes(Axes, Name);
        return shape;
    }

    public override Layout Read(Shape shape, Layout layout) => new(
        [.. layout.Strides.Select((stride, axis) => Axes.Contains(axis) ? -stride : stride)],
        layout.Offset + Axes.Sum(axis => Math.Max(shape[axis] - 1, 0) * layout.Strides[axis]));

    protected override Tensor Transpose(Tensor ct, Shape shape) => Tensor.Apply(this, ct);

    protected override Tensor Batch(int size, Tensor x) => Tensor.Apply(new Flip([.. Axes.Select(a => a + 1)]), x);
}

public partial class Tensor
{
    /// <summary>
    /// Axes in another order: axis i of the result is axis <c>axes[i]</c> of this; none named reverses them all.
    /// </summary>
    public Tensor Permute(params int[] axes) => Apply(
        new Permute(axes.Length == 0 && Rank > 0
            ? [.. Enumerable.Range(0, Rank).Reverse()]
            : [.. axes.Select(a => Shape.Axis(a, "permute"))]),
        this);

    /// <summary>Two axes exchanged; by default the last two, as of a matrix.</summary>
    public Tensor SwapAxes(int first = -2, int second = -1)
    {
        var order = Enumerable.Range(0, Rank).ToArray();
        var (i, j) = (Shape.Axis(first, "swap_axes"), Shape.Axis(second, "swap_axes"));
        (order[i], order[j]) = (order[j], order[i]);
        return Permute(order);
    }

    /// <summary>One axis moved to another place, the others in their order.</summary>
    public Tensor MoveAxis(int source, int destination)
    {
        var (from, to) = (Shape.Axis(source, "move_axis"), Shape.Axis(destination, "move_axis"));
        var order = Enumerable.Range(0, Rank).Where(a => a != from).ToList();
        order.Insert(to, from);
        return from == to ? this : Permute([.. order]);
    }

    /// <summary>Repeated along axes that are missing or of length 1, as broadcasting does; copies nothing.</summary>
    public Tensor BroadcastTo(Shape shape) => shape == Shape ? this : Apply(new Broadcast(shape), this);

    /// <summary>With these axes read backwards; none named means all.</summary>
    public Tensor Flip(params int[] axes) =>
        Apply(new Flip(Shape.Axes(axes.Length == 0 ? null : axes, "flip")), this);
}
