using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// Running sums along an axis, from its start or from its end. Linear; the transpose runs from the other end. Sums of
/// single precision are kept in double, so that only the result is rounded to it.
/// </summary>
internal sealed record CumSum(int Axis, bool FromEnd) : FirstOrder, IPrimitive<CumSum>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new CumSum(0, FromEnd: false), Domain.Float([4])),
        new(new CumSum(1, FromEnd: true), Domain.Float([2, 3, 2])),
        new(new CumSum(2, FromEnd: true), Domain.Float([2, 1, 3])),
        new(new CumSum(0, FromEnd: false), Domain.Float([0, 2])),
        new(new CumSum(0, FromEnd: false), Domain.Index([3, 2], 9)),
    ];

    public override string Name => "cumsum";

    public override ImmutableArray<Attribute> Attributes => [("axis", Axis), ("from_end", FromEnd)];

    public static CumSum Read(AttributeReader attributes) =>
        new(attributes.Get<int>("axis"), attributes.Get<bool>("from_end"));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        if (x[0].DType == DType.Bool)
            throw new DTypeException($"{Name}: {x[0].Type} is not of numbers; Cast it");
        return Axis >= 0 && Axis < x[0].Rank ? x[0].Type : throw new IndexException(
            $"{Name}: axis {Axis} is outside the {x[0].Rank} axes of {x[0].Shape}");
    }

    public override Value Of(ImmutableArray<Value> x)
    {
        var (length, stride) = (x[0].Shape[Axis], x[0].Shape.Strides()[Axis]);
        return x[0].DType.IsFloat
            ? Value.FromDoubles(x[0].DType, x[0].Shape, i => Places(i).Aggregate(0.0, (sum, p) => sum + x[0].Double(p)))
            : Value.FromLongs(x[0].DType, x[0].Shape, i => Places(i).Aggregate(0L, (sum, p) => sum + x[0].Long(p)));

        // From where the sum begins to the place itself.
        IEnumerable<int> Places(int place)
        {
            var along = place / stride % length;
            var (first, step) = FromEnd ? (length - 1, -1) : (0, 1);
            return Enumerable.Range(0, Math.Abs(along - first) + 1)
                .Select(k => place + ((first + (k * step) - along) * stride));
        }
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, dx[0]!);

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [Tensor.Apply(this with { FromEnd = !FromEnd }, ct)];

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this with { Axis = Axis + 1 }, x[0]);
}

public partial class Tensor
{
    /// <summary>Along an axis, the sum of the elements up to each.</summary>
    public Tensor CumSum(int axis = 0) => Apply(new CumSum(Shape.Axis(axis, "cumsum"), FromEnd: false), this);

    /// <summary>
    /// Along an axis, the product of the elements up to each. Its derivatives of any order are exact with any number of
    /// zeros, as it is made of products.
    /// </summary>
    public Tensor CumProd(int axis = 0) => Doubling(axis, "cumprod", (x, y) => x * y);

    /// <summary>Along an axis, the greatest element up to each; NaN from the first NaN on.</summary>
    public Tensor CumMax(int axis = 0) => Doubling(axis, "cummax", Maximum);

    /// <summary>Along an axis, the least element up to each; NaN from the first NaN on.</summary>
    public Tensor CumMin(int axis = 0) => Doubling(axis, "cummin", Minimum);

    /// <summary>Along an axis, the logarithm of the sum of the exponentials of the elements up to each.</summary>
    public Tensor CumLogSumExp(int axis = 0)
    {
        RequireFloat("cumlogsumexp");
        return Doubling(axis, "cumlogsumexp", LogAddExp);
    }

    // After k rounds each element stands for the last 2^k up to it, so two windows that meet never overlap.
    // Hillis and Steele, "Data parallel algorithms", CACM 29 (1986).
    private Tensor Doubling(int axis, string operation, Func<Tensor, Tensor, Tensor> combine)
    {
        if (DType == DType.Bool)
            throw new DTypeException($"{operation}: {Type} is not of numbers; Cast it");
        var along = Shape.Axis(axis, operation);
        var (length, y) = (Shape[along], this);
        for (var window = 1L; window < length; window *= 2)
        {
            var back = (int)window;
            y = Concat(
                [
                    y.Narrow(along, 0, back),
                    combine(y.Narrow(along, 0, length - back), y.Narrow(along, back, length - back)),
                ],
                along);
        }
        return y;
    }
}
