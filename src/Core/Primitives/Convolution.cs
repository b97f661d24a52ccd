using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// Cross-correlations [n, g, c, h, w] x [g, o, c, kh, kw] to [n, g, o, h', w']: each of the g groups of c channels of
/// each of n images with the o filters of the group. Linear in each operand; the transposes are convolutions again,
/// since elements and places, and taps and places, may change sides (see <see cref="DistGrad.Window"/>).
/// </summary>
internal sealed record Convolution(Window Window) : FirstOrder, IPrimitive<Convolution>
{
    private static readonly Ints None = [0, 0], One = [1, 1];

    public static IEnumerable<Specimen> Specimens =>
    [
        Example(Window.Of(One, None, None), [2, 1, 2, 3, 4], [1, 2, 2, 2, 3]),
        Example(Window.Of([2, 1], [1, 2], [0, 2]), [1, 1, 1, 4, 3], [1, 2, 1, 3, 2]),
        Example(Window.Of(One, One, [1, 2], [2, 1]), [1, 1, 2, 3, 3], [1, 1, 2, 2, 2]),
        Example(Window.Of([1, 2], None, One), [2, 2, 1, 2, 4], [2, 2, 1, 1, 2]),
        Example(new([1, 3], [1, -1], [-1, 4], [2, 3], [1, 2]), [1, 1, 1, 3, 3], [1, 1, 1, 2, 2]),
        Example(Window.Of(One, None, None), [0, 1, 2, 3, 3], [1, 2, 2, 2, 2]),
        Example(Window.Of(One, None, None), [1, 1, 0, 3, 3], [1, 2, 0, 2, 2]),
        Example(Window.Of(One, None, None), [1, 1, 1, 2, 2], [1, 1, 1, 3, 1]),
        // More rows than a tile has, and places that fill no vector.
        Narrow(Window.Of(One, One, One), [2, 1, 3, 5, 7], [1, 13, 3, 3, 3]),
    ];

    public override string Name => "convolution";

    public override ImmutableArray<Attribute> Attributes => Window.Attributes;

    protected override int? Arity => 2;

    public static Convolution Read(AttributeReader attributes) => new(Window.Read(attributes));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        if (x[0].DType != x[1].DType || !x[0].DType.IsFloat)
            throw new DTypeException(
                $"{Name}: {x[0].Type} and {x[1].Type} are not of one floating-point dtype; Cast one of them");
        Window.Require(Name);
        var (array, filter) = (x[0].Shape, x[1].Shape);
        if (array.Rank != 5 || filter.Rank != 5 || array[1] != filter[0] || array[2] != filter[2])
            throw new ShapeException(
                $"{Name}: {array} x {filter} are not [n, g, c, h, w] x [g, o, c, kh, kw] of equal g and c");
        return new(x[0].DType, [
            array[0], array[1], filter[1], Window.Places(Name, 0, array[3], filter[3]),
            Window.Places(Name, 1, array[4], filter[4])]);
    }

    public override Value Of(ImmutableArray<Value> x)
    {
        var (array, filter) = (x[0], x[1]);
        var shape = Type([Tensor.Of(array), Tensor.Of(filter)]).Shape;
        return Value.FromDoubles(array.DType, shape, place =>
        {
            var at = At(shape, place);
            var (n, g, o) = (at[0], at[1], at[2]);
            var sum = 0.0;
            for (var c = 0; c < array.Shape[2]; c++)
            {
                for (var ty = 0; ty < filter.Shape[3]; ty++)
                {
                    for (var tx = 0; tx < filter.Shape[4]; tx++)
                        sum += filter.Double(Place(filter.Shape, g, o, c, ty, tx)) * Seen(n, g, c, (at[3], ty), (at[4], tx));
                }
            }
            return sum;
        });

        double Seen(int n, int g, int c, (int Place, int Tap) y, (int Place, int Tap) x)
        {
            var row = Window.Element(0, y.Place, y.Tap, array.Shape[3]);
            var column = Window.Element(1, x.Place, x.Tap, array.Shape[4]);
            return row < 0 || column < 0 ? 0 : array.Double(Place(array.Shape, n, g, c, row, column));
        }
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        (dx[0], dx[1]) switch
        {
            ({ } left, { } right) => Tensor.Apply(this, left, x[1]) + Tensor.Apply(this, x[0], right),
            ({ } left, null) => Tensor.Apply(this, left, x[1]),
            (_, var right) => Tensor.Apply(this, x[0], right!),
        };

    // An element is seen by the places at which a tap looks at it: the cotangent, slid over by the filter in reverse,
    // whose inputs and outputs change sides. A tap meets the pairs of elements and places: the array, slid over by the
    // cotangent, where images are what is summed over.
    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear)
    {
        var (lengths, taps, places) = (Sizes(x[0]), Sizes(x[1]), Sizes(ct));
        return
        [
            linear[0]
                ? Tensor.Apply(
                    new Convolution(Window.OverPlaces(lengths, taps, places)), ct, x[1].SwapAxes(1, 2).Flip(3, 4))
                : null,
            linear[1]
                ? Tensor.Apply(
                    new Convolution(Window.OverTaps(lengths, taps, places)),
                    x[0].Permute(2, 1, 0, 3, 4), ct.Permute(1, 2, 0, 3, 4)).Permute(1, 2, 0, 3, 4)
                : null,
        ];
    }

    // A batch of arrays is more images, one of filters more filters, one of both more groups.
    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched)
    {
        var (array, filter) = (x[0], x[1]);
        switch (batched[0], batched[1])
        {
            case (true, false):
                var n = array.Shape[1];
                var images = Tensor.Apply(this, array.Reshape(array.Shape.RemoveAt(0).With(0, size * n)), filter);
                return images.Reshape(images.Shape.With(0, n).Insert(0, size));
            case (false, true):
                var o = filter.Shape[2];
                var more = filter.MoveAxis(0, 1).Reshape(filter.Shape.RemoveAt(0).With(1, size * o));
                var filtered = Tensor.Apply(this, array, more);
                return filtered.Reshape(filtered.Shape.With(2, o).Insert(2, size)).MoveAxis(2, 0);
            default:
                var g = filter.Shape[1];
                var groups = Tensor.Apply(
                    this, array.MoveAxis(0, 1).Reshape(array.Shape.RemoveAt(0).With(1, size * g)),
                    filter.Reshape(filter.Shape.RemoveAt(0).With(0, size * g)));
                return groups.Reshape(groups.Shape.With(1, g).Insert(1, size)).MoveAxis(1, 0);
        }
    }

    public override long Flops(Application y) =>
        2L * y.Results[0].Shape.Size * y.Operands[1].Shape[2] * y.Operands[1].Shape[3] * y.Operands[1].Shape[4];

    private static int[] Sizes(Tensor x) => [x.Shape[3], x.Shape[4]];

    private static int[] At(Shape shape, int place)
    {
        var at = new int[shape.Rank];
        for (var axis = shape.Rank - 1; axis >= 0; place /= shape[axis], axis--)
            at[axis] = place % shape[axis];
        return at;
    }

    private static int Place(Shape shape, params ReadOnlySpan<int> at)
    {
        var place = 0;
        for (var axis = 0; axis < at.Length; axis++)
            place = (place * shape[axis]) + at[axis];
        return place;
    }

    private static Specimen Example(Window window, Shape array, Shape filter) =>
        new(new Convolution(window), Domain.Float(array), Domain.Float(filter));

    private static Specimen Narrow(Window window, Shape array, Shape filter) =>
        new(new Convolution(window), new(new(DType.Float32, array)), new(new(DType.Float32, filter)));
}
