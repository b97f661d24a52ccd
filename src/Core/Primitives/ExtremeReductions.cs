using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// The greatest or least element over axes; NaN if one is. Those that tie share the derivative evenly.
/// </summary>
internal abstract record ExtremeReduction(Ints Axes) : Reduction(Axes)
{
    public override bool IsExact => true;

    protected abstract double Better(double x, double y);

    protected abstract long Better(long x, long y);

    public sealed override TensorType Type(ImmutableArray<Tensor> x)
    {
        var type = base.Type(x);
        RequireSome(Name, x[0], Axes);
        return type;
    }

    public sealed override Value Of(ImmutableArray<Value> x)
    {
        var (shape, places) = (x[0].Shape.Without(Axes), Places(x[0].Shape));
        return x[0].DType.IsFloat
            ? Value.FromDoubles(x[0].DType, shape, i => places[i].Select(x[0].Double).Aggregate(Better))
            : Value.FromLongs(x[0].DType, shape, i => places[i].Select(x[0].Long).Aggregate(Better));
    }

    public sealed override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx)
    {
        var best = y.Reshape(x[0].Shape.Keeping(Axes)).BroadcastTo(x[0].Shape);
        var ties = Tensor.Equal(x[0], best);
        return Tensor.Where(ties, dx[0]!, 0).Sum(Axes) / ties.Cast(y.DType).Sum(Axes);
    }

    /// <summary>Nothing has no extreme element.</summary>
    public static void RequireSome(string operation, Tensor x, Ints axes)
    {
        if (x.DType == DType.Bool)
            throw new DTypeException($"{operation}: {x.Type} is not of numbers; Cast it");
        if (axes.Any(axis => x.Shape[axis] == 0))
            throw new ShapeException(
                $"{operation}: over the axes {axes} {x.Shape} has no elements, and so no extreme one");
    }
}

internal sealed record Max(Ints Axes) : ExtremeReduction(Axes), IPrimitive<Max>
{
    public static IEnumerable<Specimen> Specimens =>
        [
            .. Examples.Select(e => new Specimen(new Max(e.Axes), Domain.Float(e.Shape))),
            new(new Max([0]), Domain.Index([3], 50)),
        ];

    public override string Name => "max";

    public static Max Read(AttributeReader attributes) => new(attributes.Get<Ints>("axes"));

    public override Reduction Over(Ints axes) => new Max(axes);

    protected override double Better(double x, double y) => Math.Max(x, y);

    protected override long Better(long x, long y) => Math.Max(x, y);
}

internal sealed record Min(Ints Axes) : ExtremeReduction(Axes), IPrimitive<Min>
{
    public static IEnumerable<Specimen> Specimens =>
        [
            .. Examples.Select(e => new Specimen(new Min(e.Axes), Domain.Float(e.Shape))),
            new(new Min([0]), Domain.Index([3], 50)),
        ];

    public override string Name => "min";

    public static Min Read(AttributeReader attributes) => new(attributes.Get<Ints>("axes"));

    public override Reduction Over(Ints axes) => new Min(axes);

    protected override double Better(double x, double y) => Math.Min(x, y);

    protected override long Better(long x, long y) => Math.Min(x, y);
}

/// <summary>
/// Where along one axis the extreme element lies: the first of several, the first NaN if there is one.
/// </summary>
internal abstract record ExtremeIndex(int Axis) : FirstOrder
{
    protected static Shape[] Examples => [[3], [2, 3], [3, 2]];

    public sealed override ImmutableArray<Attribute> Attributes => [("axis", Axis)];

    public sealed override bool IsExact => true;

    protected abstract bool Beats(double x, double y);

    public sealed override TensorType Type(ImmutableArray<Tensor> x)
    {
        if (Axis < 0 || Axis >= x[0].Rank)
            throw new IndexException($"{Name}: axis {Axis} is outside the {x[0].Rank} axes of {x[0].Shape}");
        ExtremeReduction.RequireSome(Name, x[0], [Axis]);
        return new(DType.Int64, x[0].Shape.RemoveAt(Axis));
    }

    // Integers beyond 2^53 would not be told apart as doubles, so they are compared as what they are.
    public sealed override Value Of(ImmutableArray<Value> x)
    {
        var shape = x[0].Shape.RemoveAt(Axis);
        var inner = x[0].Shape.Skip(Axis + 1).Aggregate(1, (product, d) => product * d);
        return Value.FromLongs(DType.Int64, shape, i =>
        {
            var start = (i / inner * x[0].Shape[Axis] * inner) + (i % inner);
            var best = 0;
            for (var k = 1; k < x[0].Shape[Axis]; k++)
            {
                if (Better(x[0], start + (k * inner), start + (best * inner)))
                    best = k;
            }
            return best;
        });
    }

    public sealed override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => null;

    public sealed override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(Along(Axis + 1), x[0]);

    public sealed override long Flops(Application y) => y.Operands[0].Shape.Size;

    protected abstract ExtremeIndex Along(int axis);

    private bool Better(Value x, int candidate, int best)
    {
        if (!x.DType.IsFloat)
            return Beats(Math.Sign(x.Long(candidate).CompareTo(x.Long(best))), 0);
        var (candidateValue, bestValue) = (x.Double(candidate), x.Double(best));
        return !double.IsNaN(bestValue) && (double.IsNaN(candidateValue) || Beats(candidateValue, bestValue));
    }
}

internal sealed record ArgMax(int Axis) : ExtremeIndex(Axis), IPrimitive<ArgMax>
{
    public static IEnumerable<Specimen> Specimens =>
        [
            .. Examples.Select(s => new Specimen(new ArgMax(s.Rank - 1), Domain.Float(s))),
            new(new ArgMax(0), Domain.Index([4, 2], 3)),
        ];

    public override string Name => "argmax";

    public static ArgMax Read(AttributeReader attributes) => new(attributes.Get<int>("axis"));

    protected override bool Beats(double x, double y) => x > y;

    protected override ExtremeIndex Along(int axis) => new ArgMax(axis);
}

internal sealed record ArgMin(int Axis) : ExtremeIndex(Axis), IPrimitive<ArgMin>
{
    public static IEnumerable<Specimen> Specimens =>
        [
            .. Examples.Select(s => new Specimen(new ArgMin(s.Rank - 1), Domain.Float(s))),
            new(new ArgMin(0), Domain.Index([4, 2], 3)),
        ];

    public override string Name => "argmin";

    public static ArgMin Read(AttributeReader attributes) => new(attributes.Get<int>("axis"));

    protected override bool Beats(double x, double y) => x < y;

    protected override ExtremeIndex Along(int axis) => new ArgMin(axis);
}

public partial class Tensor
{
    /// <summary>
    /// The greatest element over these axes, or over all when none is named; ties share the derivative evenly.
    /// </summary>
    public Tensor Max(params int[] axes) => Max(axes, keepDims: false);

    /// <summary>The greatest element over these axes, which stay with length 1 when asked to.</summary>
    public Tensor Max(IEnumerable<int> axes, bool keepDims) =>
        Reduced(this, "max", axes, keepDims, (x, a) => Apply(new Max(a), x));

    /// <summary>
    /// The least element over these axes, or over all when none is named; ties share the derivative evenly.
    /// </summary>
    public Tensor Min(params int[] axes) => Min(axes, keepDims: false);

    /// <summary>The least element over these axes, which stay with length 1 when asked to.</summary>
    public Tensor Min(IEnumerable<int> axes, bool keepDims) =>
        Reduced(this, "min", axes, keepDims, (x, a) => Apply(new Min(a), x));

    /// <summary>
    /// Where along an axis the greatest element lies, as int64: the first of several, the first NaN if there is one.
    /// </summary>
    public Tensor ArgMax(int axis = -1) => Apply(new ArgMax(Shape.Axis(axis, "argmax")), this);

    /// <summary>
    /// Where along an axis the least element lies, as int64: the first of several, the first NaN if there is one.
    /// </summary>
    public Tensor ArgMin(int axis = -1) => Apply(new ArgMin(Shape.Axis(axis, "argmin")), this);
}
