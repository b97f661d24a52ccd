using FsCheck;
using FsCheck.Fluent;

namespace DistGrad.Verification;

/// <summary>Generators of shapes, with shrinkers towards fewer and shorter axes.</summary>
public static class Shapes
{
    /// <summary>
    /// Shapes of up to so many axes, of lengths from <paramref name="shortest"/> to <paramref name="longest"/>.
    /// </summary>
    public static Arbitrary<Shape> Any(int rank = 3, int longest = 4, int shortest = 0) =>
        Arb.From(Of(rank, longest, shortest), s => Smaller(s, shortest));

    /// <summary>
    /// Groups of shapes that broadcast against each other: each is one shape with some axes of length 1 and some
    /// of the first ones left out.
    /// </summary>
    public static Arbitrary<Shape[]> Broadcastable(int count = 2, int rank = 3, int longest = 4, int shortest = 0) =>
        Arb.From(
            from joined in Of(rank, longest, shortest)
            from shapes in Gen.ArrayOf(StretchingTo(joined), count)
            select shapes,
            SmallerGroups);

    /// <summary>Shapes that stretch to this one by NumPy's rules.</summary>
    public static Gen<Shape> StretchingTo(Shape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return from missing in Gen.Frequency((3, Gen.Constant(0)), (2, Gen.Choose(0, shape.Rank)))
               from ones in Gen.ArrayOf(Gen.Frequency((2, Gen.Constant(false)), (1, Gen.Constant(true))), shape.Rank)
               select Shape.Of([.. shape.Select((length, axis) => ones[axis] ? 1 : length).Skip(missing)]);
    }

    private static Gen<Shape> Of(int rank, int longest, int shortest) =>
        from axes in Gen.Choose(0, rank)
        from lengths in Gen.ArrayOf(
            Gen.Frequency((8, Gen.Choose(Math.Max(shortest, 1), longest)), (1, Gen.Choose(shortest, 1))), axes)
        select Shape.Of(lengths);

    private static IEnumerable<Shape> Smaller(Shape shape, int shortest)
    {
        int[] lengths = [.. shape];
        for (var axis = 0; axis < lengths.Length; axis++)
        {
            yield return Shape.Of([.. lengths.Where((_, a) => a != axis)]);
            if (lengths[axis] > Math.Max(shortest, 1))
                yield return Shape.Of([.. lengths.Select((length, a) => a == axis ? length - 1 : length)]);
        }
    }

    /// <summary>
    /// Without one axis counted from the right, in all shapes at once, so that they still go together.
    /// </summary>
    private static IEnumerable<Shape[]> SmallerGroups(Shape[] shapes)
    {
        for (var back = 1; back <= shapes.Max(s => s.Rank); back++)
            yield return [.. shapes.Select(s => Shape.Of([.. s.Where((_, axis) => axis != s.Rank - back)]))];
    }
}
