using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// The operand in a larger array filled with the second operand, a scalar: that many elements before, after and between
/// its own along each axis. A negative number before or after cuts elements off.
/// </summary>
internal sealed record Pad(Ints Before, Ints After, Ints Between) : FirstOrder, IPrimitive<Pad>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new Pad([1], [2], [0]), Domain.Float([3]), Domain.Float([])),
        new(new Pad([0, 1], [2, 0], [1, 2]), Domain.Float([2, 3]), Domain.Float([])),
        new(new Pad([-1, 0], [0, -1], [1, 0]), Domain.Float([3, 2]), Domain.Float([])),
        new(new Pad([1], [1], [2]), Domain.Float([0]), Domain.Float([])),
        new(new Pad([1], [0], [0]), Domain.Index([2], 5), Domain.Index([], 5)),
    ];

    public override string Name => "pad";

    public override ImmutableArray<Attribute> Attributes =>
        [("before", Before), ("after", After), ("between", Between)];

    public override bool IsExact => true;

    protected override int? Arity => 2;

    public static Pad Read(AttributeReader attributes) =>
        new(attributes.Get<Ints>("before"), attributes.Get<Ints>("after"), attributes.Get<Ints>("between"));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        var shape = x[0].Shape;
        if (x[1].Rank != 0 || x[1].DType != x[0].DType)
            throw new ShapeException($"pad: the filling must be a {x[0].DType.Name} scalar; found {x[1].Type}");
        if (Before.Count != shape.Rank || After.Count != shape.Rank || Between.Count != shape.Rank ||
            Between.Any(b => b < 0))
            throw new ShapeException(
                $"pad: {Before}, {After} and {Between} do not describe the {shape.Rank} axes of {shape}");
        return new(x[0].DType, [.. Enumerable.Range(0, shape.Rank).Select(a => Length(shape[a], a))]);
    }

    public override Value Of(ImmutableArray<Value> x)
    {
        var source = x[0].Shape;
        Shape shape = [.. Enumerable.Range(0, source.Rank).Select(a => Length(source[a], a))];
        return x[0].DType.IsFloat
            ? Value.FromDoubles(
                x[0].DType, shape, i => Place(source, shape, i) is var p && p < 0 ? x[1].Double(0) : x[0].Double(p))
            : Value.FromLongs(
                x[0].DType, shape, i => Place(source, shape, i) is var p && p < 0 ? x[1].Long(0) : x[0].Long(p));
    }

    /// <summary>Which element of the operand stands at a place of the result; -1 where it is filled.</summary>
    public int Place(Shape source, Shape shape, int place)
    {
        var (from, strides) = (0, source.Strides());
        for (var axis = shape.Rank - 1; axis >= 0; place /= shape[axis], axis--)
        {
            var (index, gap) = Math.DivRem((place % shape[axis]) - Before[axis], Between[axis] + 1);
            if (gap != 0 || index < 0 || index >= source[axis])
                return -1;
            from += index * strides[axis];
        }
        return from;
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, dx[0] ?? Tensor.ZerosLike(x[0]), dx[1] ?? Tensor.ZerosLike(x[1]));

    // The filling's share is selected: the difference of two sums would lose it beside large or infinite
    // cotangents of the others.
    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
    [
        linear[0] ? Unpad(ct, x[0].Shape) : null,
        linear[1] ? Tensor.Where(Inside(x[0].Shape), 0, ct).Sum() : null,
    ];

    // A filling that differs from example to example is put in by selection.
    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched)
    {
        var deeper = new Pad([0, .. Before], [0, .. After], [0, .. Between]);
        var array = Batching.One(size, x[0], batched[0]);
        if (!batched[1])
            return Tensor.Apply(deeper, array, x[1]);
        var inside = deeper.Inside(array.Shape);
        var filling = x[1].Reshape([size, .. Enumerable.Repeat(1, array.Rank - 1)]);
        return Tensor.Where(inside, Tensor.Apply(deeper, array, Tensor.Full(array.DType, [], 0)), filling);
    }

    /// <summary>Where in the padded array the elements of the operand lie.</summary>
    private Tensor Inside(Shape shape) =>
        Tensor.Apply(this, Tensor.Full(DType.Bool, shape, 1), Tensor.Full(DType.Bool, [], 0));

    private int Length(int length, int axis)
    {
        var padded = length + (long)Before[axis] + After[axis] + ((long)Math.Max(length - 1, 0) * Between[axis]);
        return padded is >= 0 and <= int.MaxValue ? (int)padded : throw new ShapeException(
            $"pad: {Before[axis]} before and {After[axis]} after leave nothing of the {length} " +
            $"elements of axis {axis}");
    }

    /// <summary>The elements of the padded array that come from the operand; 0 for those that were cut off.</summary>
    private Tensor Unpad(Tensor ct, Shape shape)
    {
        // Undo the cutting by padding with zeros, then take every (between + 1)-th element.
        var whole = ct.Pad(
            [.. Before.Select(b => Math.Max(-b, 0))],
            [.. After.Select(a => Math.Max(-a, 0))],
            Ints.Repeat(0, shape.Rank),
            0);
        return Tensor.Apply(
            new Slice([.. Before.Select(b => Math.Max(b, 0))], shape, [.. Between.Select(b => b + 1)]), whole);
    }
}

public partial class Tensor
{
    /// <summary>
    /// In a larger array filled with a number: that many elements before and after its own along each axis.
    /// </summary>
    public Tensor Pad(int[] before, int[] after, double value = 0)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (before.Length != Rank || after.Length != Rank)
            throw new ShapeException(
                $"pad: {before.Length} numbers before and {after.Length} after for the {Rank} axes of {Shape}");
        if (before.Concat(after).Any(n => n < 0))
            throw new ShapeException(
                $"pad: [{string.Join(", ", before)}] before and [{string.Join(", ", after)}] after: " +
                "a negative number; Slice cuts elements off");
        return Pad(Ints.Of(before), Ints.Of(after), Ints.Repeat(0, Rank), value);
    }

    internal Tensor Pad(Ints before, Ints after, Ints between, double value) =>
        before.Concat(after).Concat(between).All(n => n == 0)
            ? this
            : Apply(new Pad(before, after, between), this, Number(DType, value));
}
