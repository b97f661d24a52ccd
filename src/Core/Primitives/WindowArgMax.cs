using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// Where in the plane of the last two axes, laid flat, the greatest element lies that a window of this size sees at
/// each place: the first of several, the first NaN if there is one.
/// </summary>
internal sealed record WindowArgMax(Ints Size, Ints Strides, Ints Before, Ints After)
    : FirstOrder, IPrimitive<WindowArgMax>
{
    // The kernel counts taps in the elements' type, which is exact in float32 up to here.
    private const int MostTaps = 1 << 24;

    public static IEnumerable<Specimen> Specimens =>
    [
        new(new WindowArgMax([2, 2], [2, 2], [0, 0], [0, 0]), Domain.Float([2, 4, 5])),
        new(new WindowArgMax([2, 3], [1, 2], [1, 1], [1, 2]), Domain.Float([1, 2, 3, 4])),
        new(new WindowArgMax([1, 3], [1, 1], [0, 1], [0, 1]), Domain.Float([2, 70])),
        new(new WindowArgMax([2, 2], [1, 1], [0, 0], [0, 0]), Domain.Index([2, 3, 4], 4)),
        new(new WindowArgMax([2, 2], [1, 1], [0, 0], [0, 0]), Domain.Float([0, 2, 2])),
    ];

    public override string Name => "window_argmax";

    public override ImmutableArray<Attribute> Attributes =>
        [("size", Size), ("strides", Strides), ("before", Before), ("after", After)];

    public override bool IsExact => true;

    public Window Window => Window.Of(Strides, Before, After);

    public static WindowArgMax Read(AttributeReader attributes) => new(
        attributes.Get<Ints>("size"), attributes.Get<Ints>("strides"), attributes.Get<Ints>("before"),
        attributes.Get<Ints>("after"));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        if (x[0].DType == DType.Bool)
            throw new DTypeException($"{Name}: {x[0].Type} is not of numbers; Cast it");
        Window.Require(Name);
        var shape = Window.Places(Name, x[0].Shape, Size);
        if ((long)Size[0] * Size[1] > MostTaps)
            throw new ShapeException($"{Name}: a window of {Size} has more than {MostTaps} taps");
        for (var axis = 0; axis < Window.Axes; axis++)
        {
            var (length, places) = (x[0].Shape[axis - 2 + x[0].Rank], shape[axis - 2 + shape.Rank]);
            var last = ((places - 1L) * Strides[axis]) - Before[axis];
            if (places > 0 && (Size[axis] <= Before[axis] || last >= length || length == 0 || Size[axis] == 0))
                throw new ShapeException(
                    $"{Name}: a window of {Size} by {Strides} on {x[0].Shape} padded by {Before} and {After} sees " +
                    "nothing at one of its places");
        }
        return new(DType.Int32, shape);
    }

    public override Value Of(ImmutableArray<Value> x)
    {
        var from = x[0].Shape;
        var to = Window.Places(Name, from, Size);
        var plane = from[^2] * from[^1];
        return Value.FromLongs(DType.Int32, to, place => Window.Seen(from, Size, to, place)
            .Aggregate((best, seen) => Beats(x[0], seen, best) ? seen : best) % plane);
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => null;

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this, x[0]);

    public override long Flops(Application y) => (long)y.Results[0].Shape.Size * Size[0] * Size[1];

    private static bool Beats(Value x, int candidate, int best) => x.DType.IsFloat
        ? !double.IsNaN(x.Double(best)) && (double.IsNaN(x.Double(candidate)) || x.Double(candidate) > x.Double(best))
        : x.Long(candidate) > x.Long(best);
}
