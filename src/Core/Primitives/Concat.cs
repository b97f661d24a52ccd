using System.Collections.Immutable;

namespace DistGrad;

/// <summary>The operands one after the other along an axis.</summary>
internal sealed record Concat(int Axis) : FirstOrder, IPrimitive<Concat>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new Concat(0), Domain.Float([2]), Domain.Float([3])),
        new(new Concat(1), Domain.Float([2, 1]), Domain.Float([2, 0]), Domain.Float([2, 2])),
        new(new Concat(0), Domain.Float([1, 2])),
        new(new Concat(0), Domain.Index([2], 4), Domain.Index([1], 4)),
    ];

    public override string Name => "concat";

    public override ImmutableArray<Attribute> Attributes => [("axis", Axis)];

    public override bool IsExact => true;

    protected override int? Arity => null;

    public static Concat Read(AttributeReader attributes) => new(attributes.Get<int>("axis"));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        if (x.IsEmpty)
            throw new ShapeException("concat: at least one tensor is needed");
        if (Axis < 0 || Axis >= x[0].Rank)
            throw new IndexException($"concat: axis {Axis} is outside the {x[0].Rank} axes of {x[0].Shape}");
        foreach (var operand in x)
        {
            if (operand.DType != x[0].DType)
                throw new DTypeException($"concat: {x[0].Type} and {operand.Type} do not mix; Cast one of them");
            if (operand.Rank != x[0].Rank || operand.Shape.With(Axis, 0) != x[0].Shape.With(Axis, 0))
                throw new ShapeException($"concat: {x[0].Shape} and {operand.Shape} differ in more than axis {Axis}");
        }
        var length = x.Sum(o => (long)o.Shape[Axis]);
        return length <= int.MaxValue ? new(x[0].DType, x[0].Shape.With(Axis, (int)length)) : throw new ShapeException(
            $"concat: {length} elements along axis {Axis} are more than {int.MaxValue}");
    }

    public override Value Of(ImmutableArray<Value> x)
    {
        var shape = x[0].Shape.With(Axis, x.Sum(o => o.Shape[Axis]));
        var inner = shape.Skip(Axis + 1).Aggregate(1, (product, d) => product * d);
        return x[0].DType.IsFloat
            ? Value.FromDoubles(x[0].DType, shape, i => Find(i) is var (source, place) ? source.Double(place) : 0)
            : Value.FromLongs(x[0].DType, shape, i => Find(i) is var (source, place) ? source.Long(place) : 0);

        (Value Source, int Place) Find(int place)
        {
            var (outer, index, rest) = (place / inner / shape[Axis], place / inner % shape[Axis], place % inner);
            var operand = 0;
            while (index >= x[operand].Shape[Axis])
                index -= x[operand++].Shape[Axis];
            return (x[operand], (((outer * x[operand].Shape[Axis]) + index) * inner) + rest);
        }
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, [.. x.Select((operand, i) => dx[i] ?? Tensor.ZerosLike(operand))]);

    public override ImmutableArray<Tensor?> Transpose(Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear)
    {
        var parts = ct.Split(Axis, [.. x.Select(o => o.Shape[Axis])]);
        return [.. parts.Select((part, i) => linear[i] ? part : null)];
    }

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(new Concat(Axis + 1), Batching.All(size, x, batched));

    public override long Flops(Application y) => 0;
}

public partial class Tensor
{
    /// <summary>Tensors one after the other along an axis; their other dimensions are equal.</summary>
    public static Tensor Concat(IEnumerable<Tensor> tensors, int axis = 0)
    {
        ImmutableArray<Tensor> parts = [.. tensors];
        return Apply(new Concat(parts.IsEmpty ? axis : parts[0].Shape.Axis(axis, "concat")), parts);
    }

    /// <summary>Tensors of one shape side by side along a new axis there.</summary>
    public static Tensor Stack(IEnumerable<Tensor> tensors, int axis = 0)
    {
        ImmutableArray<Tensor> parts = [.. tensors];
        if (parts.IsEmpty)
            throw new ShapeException("stack: at least one tensor is needed");
        foreach (var part in parts)
        {
            if (part.Shape != parts[0].Shape)
                throw new ShapeException($"stack: the shapes {parts[0].Shape} and {part.Shape} differ");
        }
        return Concat(parts.Select(p => p.Unsqueeze(axis)), axis);
    }

    /// <summary>Consecutive parts of these lengths along an axis; together they are the whole axis.</summary>
    public IReadOnlyList<Tensor> Split(int axis, params int[] lengths)
    {
        ArgumentNullException.ThrowIfNull(lengths);
        var along = Shape.Axis(axis, "split");
        if (lengths.Any(l => l < 0) || lengths.Sum() != Shape[along])
            throw new ShapeException(
                $"split: the lengths [{string.Join(", ", lengths)}] do not add up to the {Shape[along]} of " +
                $"axis {along} of {Shape}");
        var start = 0;
        return [.. lengths.Select(length => Narrow(along, (start += length) - length, length))];
    }

    /// <summary>The slices along an axis, which they no longer have.</summary>
    public IReadOnlyList<Tensor> Unstack(int axis = 0)
    {
        var along = Shape.Axis(axis, "unstack");
        return [.. Enumerable.Range(0, Shape[along]).Select(i => Narrow(along, i, 1).Squeeze(along))];
    }

    /// <summary>That many elements along an axis, from a start.</summary>
    public Tensor Narrow(int axis, int start, int length)
    {
        var along = Shape.Axis(axis, "narrow");
        return Apply(
            new Slice(
                [.. Enumerable.Range(0, Rank).Select(a => a == along ? start : 0)],
                Shape.With(along, length),
                Ints.Repeat(1, Rank)),
            this);
    }
}
