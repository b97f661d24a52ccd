using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// How a window slides over the last two axes of an array: tap t of the window at place i looks at element
/// (i * stride + t * window dilation - before) / base dilation, and sees 0 where that is no element.
/// </summary>
/// <param name="Strides">How far the window moves from place to place, at least 1.</param>
/// <param name="Before">How far the array is padded at its beginning; a negative number cuts off.</param>
/// <param name="After">How far the array is padded at its end; a negative number cuts off.</param>
/// <param name="BaseDilation">How far apart the elements of the array are moved, at least 1.</param>
/// <param name="WindowDilation">How far apart the taps of the window are, at least 1.</param>
internal readonly record struct Window(Ints Strides, Ints Before, Ints After, Ints BaseDilation, Ints WindowDilation)
{
    /// <summary>How many axes a window slides over: the last ones of the array.</summary>
    public const int Axes = 2;

    private static readonly Ints One = [1, 1];

    public ImmutableArray<Attribute> Attributes =>
    [
        ("strides", Strides), ("before", Before), ("after", After), ("base_dilation", BaseDilation),
        ("window_dilation", WindowDilation),
    ];

    /// <summary>A window over neighbouring elements.</summary>
    public static Window Of(Ints strides, Ints before, Ints after, Ints? windowDilation = null) =>
        new(strides, before, after, One, windowDilation ?? One);

    public static Window Read(AttributeReader attributes) => new(
        attributes.Get<Ints>("strides"), attributes.Get<Ints>("before"), attributes.Get<Ints>("after"),
        attributes.Get<Ints>("base_dilation"), attributes.Get<Ints>("window_dilation"));

    /// <summary>Refuses numbers that describe no window.</summary>
    public void Require(string operation)
    {
        foreach (var (name, numbers, least) in new[]
        {
            ("strides", Strides, 1), ("paddings before", Before, int.MinValue), ("paddings after", After, int.MinValue),
            ("base dilations", BaseDilation, 1), ("window dilations", WindowDilation, 1),
        })
        {
            if (numbers.Count != Axes || numbers.Any(n => n < least))
                throw new ShapeException(
                    $"{operation}: {numbers} are not {Axes} {name}" + (least == 1 ? " of at least 1" : ""));
        }
    }

    /// <summary>How many places a window of that many taps has along an axis of that length; 0 if it fits nowhere.</summary>
    public int Places(string operation, int axis, int length, int taps)
    {
        var room = Extent(length, BaseDilation[axis]) + Before[axis] + After[axis] - Extent(taps, WindowDilation[axis]);
        var places = room < 0 ? 0 : (room / Strides[axis]) + 1;
        return places <= int.MaxValue ? (int)places : throw new ShapeException(
            $"{operation}: a window has {places} places, more than {int.MaxValue}");
    }

    /// <summary>The element that a tap looks at from a place, of an axis of that length; -1 where there is none.</summary>
    public int Element(int axis, int place, int tap, int length)
    {
        var at = ((long)place * Strides[axis]) + ((long)tap * WindowDilation[axis]) - Before[axis];
        var (element, gap) = Math.DivRem(at, BaseDilation[axis]);
        return at < 0 || gap != 0 || element >= length ? -1 : (int)element;
    }

    /// <summary>The shape of the places of a window of this size on the last two axes of an array.</summary>
    public Shape Places(string operation, Shape shape, Ints size)
    {
        if (size.Count != Axes || size.Any(taps => taps < 0) || shape.Rank < Axes)
            throw new ShapeException($"{operation}: a window of {size} does not slide over the last axes of {shape}");
        var (rows, columns) = (
            Places(operation, 0, shape[^2], size[0]), Places(operation, 1, shape[^1], size[1]));
        return shape.With(shape.Rank - 2, rows).With(shape.Rank - 1, columns);
    }

    /// <summary>
    /// The elements, by their places in the row-major order of the array, that a window of this size sees from a place
    /// in the row-major order of the result; by rows of taps.
    /// </summary>
    public IEnumerable<int> Seen(Shape from, Ints size, Shape to, int place)
    {
        var (column, row) = (place % to[^1], place / to[^1] % to[^2]);
        var plane = place / to[^1] / to[^2] * from[^2] * from[^1];
        for (var ty = 0; ty < size[0]; ty++)
        {
            var y = Element(0, row, ty, from[^2]);
            for (var tx = 0; tx < size[1] && y >= 0; tx++)
            {
                var x = Element(1, column, tx, from[^1]);
                if (x >= 0)
                    yield return plane + (y * from[^1]) + x;
            }
        }
    }

    /// <summary>
    /// The window, its taps in reverse, that slides over the places of this one and has a place for each element:
    /// places and elements change sides, and so do the strides and the base dilations.
    /// </summary>
    public Window OverPlaces(ReadOnlySpan<int> lengths, ReadOnlySpan<int> taps, ReadOnlySpan<int> places)
    {
        var (before, after) = (new int[Axes], new int[Axes]);
        for (var axis = 0; axis < Axes; axis++)
        {
            var first = (Math.Max(taps[axis] - 1L, 0) * WindowDilation[axis]) - Before[axis];
            var last = ((lengths[axis] - 1L) * BaseDilation[axis]) + Extent(taps[axis], WindowDilation[axis]) -
                Extent(places[axis], Strides[axis]) - first;
            (before[axis], after[axis]) = (checked((int)first), checked((int)last));
        }
        return new(BaseDilation, Ints.Of(before), Ints.Of(after), Strides, WindowDilation);
    }

    /// <summary>
    /// The window whose taps are the places of this one, and which has a place for each of its taps: taps and places
    /// change sides, and so do the strides and the window dilations.
    /// </summary>
    public Window OverTaps(ReadOnlySpan<int> lengths, ReadOnlySpan<int> taps, ReadOnlySpan<int> places)
    {
        var after = new int[Axes];
        for (var axis = 0; axis < Axes; axis++)
        {
            after[axis] = checked((int)(((taps[axis] - 1L) * WindowDilation[axis]) + Extent(places[axis], Strides[axis]) -
                Extent(lengths[axis], BaseDilation[axis]) - Before[axis]));
        }
        return new(WindowDilation, Before, Ints.Of(after), BaseDilation, Strides);
    }

    public override string ToString() => string.Join(", ", Attributes);

    private static long Extent(int count, int dilation) => count == 0 ? 0 : ((count - 1L) * dilation) + 1;
}
