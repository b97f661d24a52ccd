using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// Where the elements stand, in order along an axis: the permutation that sorts them. Equal elements, and 0 and -0 are,
/// stay in their order; NaN counts as greater than all numbers.
/// </summary>
internal sealed record ArgSort(int Axis, bool Descending) : FirstOrder, IPrimitive<ArgSort>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new ArgSort(0, Descending: false), Domain.Float([5])),
        new(new ArgSort(1, Descending: true), Domain.Float([2, 4])),
        new(new ArgSort(0, Descending: false), Domain.Index([6, 2], 3)),
        new(new ArgSort(1, Descending: true), new Domain(new(DType.Int32, [2, 6]), -1, 2)),
        new(new ArgSort(0, Descending: true), Domain.Float([0, 2])),
    ];

    public override string Name => "argsort";

    public override ImmutableArray<Attribute> Attributes => [("axis", Axis), ("descending", Descending)];

    public override bool IsExact => true;

    public static ArgSort Read(AttributeReader attributes) =>
        new(attributes.Get<int>("axis"), attributes.Get<bool>("descending"));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        if (x[0].DType == DType.Bool)
            throw new DTypeException($"{Name}: {x[0].Type} is not of numbers; Cast it");
        return Axis >= 0 && Axis < x[0].Rank ? new(DType.Int64, x[0].Shape) : throw new IndexException(
            $"{Name}: axis {Axis} is outside the {x[0].Rank} axes of {x[0].Shape}");
    }

    public override Value Of(ImmutableArray<Value> x)
    {
        var (shape, length, stride) = (x[0].Shape, x[0].Shape[Axis], x[0].Shape.Strides()[Axis]);
        var sorted = new long[shape.Size];
        for (var place = 0; place < sorted.Length; place++)
        {
            if (place / stride % length > 0)
                continue;
            var order = Enumerable.Range(0, length);
            var ordered = Descending
                ? order.OrderByDescending(i => Key(x[0], place + (i * stride)))
                : order.OrderBy(i => Key(x[0], place + (i * stride)));
            foreach (var (i, from) in ordered.Index())
                sorted[place + (i * stride)] = from;
        }
        return Value.Wrap(shape, sorted);
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => null;

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this with { Axis = Axis + 1 }, x[0]);

    private static (bool IsNaN, double Float, long Integer) Key(Value x, int place) => x.DType.IsFloat
        ? (double.IsNaN(x.Double(place)), x.Double(place), 0)
        : (false, 0, x.Long(place));
}

/// <summary>Elements in order, and where they stood before.</summary>
public sealed record Sorted(Tensor Values, Tensor Indices);

public partial class Tensor
{
    /// <summary>
    /// The int64 indices that put the elements in order along an axis. Equal ones stay in their order; NaN counts as
    /// greater than all numbers.
    /// </summary>
    public Tensor ArgSort(int axis = -1, bool descending = false) =>
        Apply(new ArgSort(Shape.Axis(axis, "argsort"), descending), this);

    /// <summary>
    /// The elements in order along an axis, as <see cref="ArgSort(int, bool)"/> says; derivatives go where they stood.
    /// </summary>
    public Tensor Sort(int axis = -1, bool descending = false) => Gather(ArgSort(axis, descending), axis);

    /// <summary>The k greatest elements along an axis, the greatest first, or the k least, the least first.</summary>
    /// <exception cref="IndexException">There are fewer than k, or k is negative.</exception>
    public Sorted TopK(int k, int axis = -1, bool largest = true)
    {
        var along = Shape.Axis(axis, "topk");
        if (k < 0 || k > Shape[along])
            throw new IndexException($"topk: {k} of the {Shape[along]} elements along axis {along} of {Shape}");
        var indices = ArgSort(along, largest).Narrow(along, 0, k);
        return new(Gather(indices, along), indices);
    }

    /// <summary>
    /// The number below which that share of the elements along an axis lies, between neighbours by a straight line;
    /// NaN where one is. The axis is gone from the result.
    /// </summary>
    /// <exception cref="OptionException">The share is not between 0 and 1.</exception>
    /// <exception cref="ShapeException">There are no elements.</exception>
    public Tensor Quantile(double share, int axis = -1)
    {
        RequireFloat("quantile");
        var along = Shape.Axis(axis, "quantile");
        var length = Shape[along];
        if (!(share >= 0 && share <= 1))
            throw new OptionException($"quantile: a share of {share} is not between 0 and 1");
        if (length == 0)
            throw new ShapeException($"quantile: axis {along} of {Shape} has no elements, and so no quantile");
        var sorted = Sort(along);
        var place = share * (length - 1);
        var below = Math.Min((int)place, Math.Max(length - 2, 0));
        var (low, high) = (At(below), At(Math.Min(below + 1, length - 1)));
        var between = place == below ? low : low + ((place - below) * (high - low));
        // The greatest is NaN if any is.
        var last = At(length - 1);
        return Where(Equal(last, last), between, last);

        Tensor At(int index) => sorted.Narrow(along, index, 1).Squeeze(along);
    }

    /// <summary>The middle element along an axis, or the mean of the two; NaN where one is.</summary>
    public Tensor Median(int axis = -1) => Quantile(0.5, axis);
}
