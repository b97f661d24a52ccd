using System.Collections.Immutable;

namespace DistGrad;

/// <summary>What reductions over axes share: the axes, which the result no longer has, and the shape rule.</summary>
internal abstract record Reduction(Ints Axes) : FirstOrder
{
    public override ImmutableArray<Attribute> Attributes => [("axes", Axes)];

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        x[0].Shape.RequireAxes(Axes, Name);
        return new(x[0].DType, x[0].Shape.Without(Axes));
    }

    public sealed override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(Over([.. Axes.Select(a => a + 1)]), x[0]);

    public sealed override long Flops(Application y) => y.Operands[0].Shape.Size;

    public abstract Reduction Over(Ints axes);

    /// <summary>
    /// For each element of the result, the places of the operand that are reduced into it, in row-major order.
    /// </summary>
    protected IEnumerable<int>[] Places(Shape shape)
    {
        var result = shape.Without(Axes);
        var places = new List<int>[result.Size];
        for (var i = 0; i < places.Length; i++)
            places[i] = [];
        var strides = result.Strides();
        var kept = Enumerable.Range(0, shape.Rank).Where(a => !Axes.Contains(a)).ToArray();
        var along = Enumerable.Range(0, shape.Rank).Select(a => Array.IndexOf(kept, a));
        var from = new Layout([.. along.Select(k => k >= 0 ? strides[k] : 0)], 0);
        for (var place = 0; place < shape.Size; place++)
            places[from.Place(shape, place)].Add(place);
        return places;
    }

    protected static IEnumerable<(Shape Shape, Ints Axes)> Examples =>
        [([3], [0]), ([2, 3], [1]), ([2, 3], [0]), ([2, 3, 2], [0, 2]), ([2, 3], []), ([], [])];
}

/// <summary>The sum over axes; of nothing it is 0. Linear; its transpose repeats.</summary>
internal sealed record Sum(Ints Axes) : Reduction(Axes), IPrimitive<Sum>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        .. Examples.Select(e => new Specimen(new Sum(e.Axes), Domain.Float(e.Shape))),
        new(new Sum([0]), Domain.Float([0, 2])),
        new(new Sum([0]), Domain.Index([3], 5)),
        new(new Sum([1]), new Domain(new(DType.Float32, [2, 70]))),
    ];

    public override string Name => "sum";

    public static Sum Read(AttributeReader attributes) => new(attributes.Get<Ints>("axes"));

    public override Reduction Over(Ints axes) => new Sum(axes);

    public override TensorType Type(ImmutableArray<Tensor> x) => x[0].DType != DType.Bool
        ? base.Type(x)
        : throw new DTypeException($"sum: {x[0].Type} is not of numbers; Cast it to count what holds");

    public override Value Of(ImmutableArray<Value> x)
    {
        var (shape, places) = (x[0].Shape.Without(Axes), Places(x[0].Shape));
        return x[0].DType.IsFloat
            ? Value.FromDoubles(x[0].DType, shape, i => places[i].Sum(x[0].Double))
            : Value.FromLongs(x[0].DType, shape, i => places[i].Aggregate(0L, (sum, p) => sum + x[0].Long(p)));
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, dx[0]!);

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [ct.Reshape(x[0].Shape.Keeping(Axes)).BroadcastTo(x[0].Shape)];
}

public partial class Tensor
{
    /// <summary>The sum over these axes, or over all when none is named; of nothing it is 0.</summary>
    public Tensor Sum(params int[] axes) => Sum(axes, keepDims: false);

    /// <summary>The sum over these axes, which stay with length 1 when asked to; over all when none is named.</summary>
    public Tensor Sum(IEnumerable<int> axes, bool keepDims) => Reduced(this, "sum", axes, keepDims, (x, a) => x.Sum(a));

    /// <summary>The mean over these axes, or over all when none is named; of nothing it is NaN.</summary>
    public Tensor Mean(params int[] axes) => Mean(axes, keepDims: false);

    /// <summary>
    /// The mean over these axes, which stay with length 1 when asked to; over all when none is named.
    /// </summary>
    public Tensor Mean(IEnumerable<int> axes, bool keepDims) =>
        Reduced(this, "mean", axes, keepDims, (x, a) => x.Mean(a));

    internal Tensor Sum(Ints axes) => axes.Count == 0 ? this : Apply(new Sum(axes), this);

    private Tensor Mean(Ints axes)
    {
        RequireFloat("mean");
        return Sum(axes) / axes.Aggregate(1.0, (count, axis) => count * Shape[axis]);
    }

    /// <summary>A reduction over axes as a user names them, with their lengths kept as 1 when asked to.</summary>
    private static Tensor Reduced(
        Tensor x, string operation, IEnumerable<int> axes, bool keepDims, Func<Tensor, Ints, Tensor> reduce)
    {
        var named = axes.ToArray();
        var front = x.Shape.Axes(named.Length == 0 ? null : named, operation);
        var reduced = reduce(x, front);
        return keepDims ? reduced.Reshape(x.Shape.Keeping(front)) : reduced;
    }

    internal void RequireFloat(string operation)
    {
        if (!DType.IsFloat)
            throw new DTypeException($"{operation}: a floating-point tensor is needed; found {Type}; Cast it");
    }
}
