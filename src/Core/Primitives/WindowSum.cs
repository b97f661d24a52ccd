using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// The sum of what a window of this size sees, at each place on the last two axes. Linear; its transpose is a sum over
/// a window again.
/// </summary>
internal sealed record WindowSum(Ints Size, Window Window) : FirstOrder, IPrimitive<WindowSum>
{
    private static readonly Ints None = [0, 0], One = [1, 1];

    public static IEnumerable<Specimen> Specimens =>
    [
        new(new WindowSum([2, 3], Window.Of(One, None, None)), Domain.Float([3, 4])),
        new(new WindowSum([2, 2], Window.Of([2, 2], None, None)), Domain.Float([2, 5, 4])),
        new(new WindowSum([3, 2], Window.Of([2, 1], [1, 0], [2, 1], [1, 2])), Domain.Float([1, 2, 4, 3])),
        new(new WindowSum([2, 3], new([1, 2], [1, -1], [-1, 3], [3, 2], [2, 1])), Domain.Float([2, 3, 3])),
        new(new WindowSum([1, 2], Window.Of(One, None, None)), Domain.Float([0, 2, 3])),
        new(new WindowSum([1, 20], Window.Of(One, None, None)), new Domain(new(DType.Float32, [2, 60]))),
    ];

    public override string Name => "window_sum";

    public override ImmutableArray<Attribute> Attributes => [("size", Size), .. Window.Attributes];

    public static WindowSum Read(AttributeReader attributes) =>
        new(attributes.Get<Ints>("size"), Window.Read(attributes));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        x[0].RequireFloat(Name);
        Window.Require(Name);
        return new(x[0].DType, Window.Places(Name, x[0].Shape, Size));
    }

    public override Value Of(ImmutableArray<Value> x)
    {
        var from = x[0].Shape;
        var to = Window.Places(Name, from, Size);
        return Value.FromDoubles(x[0].DType, to, place =>
            Window.Seen(from, Size, to, place).Sum(x[0].Double));
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, dx[0]!);

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
    [
        Tensor.Apply(
            this with { Window = Window.OverPlaces(x[0].Shape.AsSpan()[^2..], Size.AsSpan(), ct.Shape.AsSpan()[^2..]) },
            ct),
    ];

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this, x[0]);

    public override long Flops(Application y) => (long)y.Results[0].Shape.Size * Size[0] * Size[1];
}
