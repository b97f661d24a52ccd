namespace DistGrad.Host.Data;

/// <summary>The line through a stroke's places, as short straight pieces.</summary>
/// <remarks>
/// Catmull and Rom, "A class of local interpolating splines" (1974); at corners and ends the tangents are one-sided.
/// </remarks>
internal static class Spline
{
    private const int PiecesPerSpan = 5;

    /// <summary>The ends of the pieces, in order.</summary>
    public static IEnumerable<Place> Through(Stroke stroke)
    {
        var places = stroke.Places;
        var spans = stroke.IsClosed ? places.Length : places.Length - 1;
        yield return places[0];
        for (var span = 0; span < spans; span++)
        {
            var (start, end) = (places[span], places[(span + 1) % places.Length]);
            var before = Before(span, start, end);
            var after = After(span, start, end);
            for (var piece = 1; piece <= PiecesPerSpan; piece++)
            {
                var t = (double)piece / PiecesPerSpan;
                yield return new(
                    Cubic(before.X, start.X, end.X, after.X, t), Cubic(before.Y, start.Y, end.Y, after.Y, t));
            }
        }

        // A sharp turn is a span whose missing neighbour lies straight on.
        Place Before(int span, Place start, Place end) => stroke.Corners[span] || (span == 0 && !stroke.IsClosed)
            ? new((2 * start.X) - end.X, (2 * start.Y) - end.Y)
            : places[(span + places.Length - 1) % places.Length];

        Place After(int span, Place start, Place end) =>
            stroke.Corners[(span + 1) % places.Length] || (span == spans - 1 && !stroke.IsClosed)
                ? new((2 * end.X) - start.X, (2 * end.Y) - start.Y)
                : places[(span + 2) % places.Length];
    }

    private static double Cubic(double p, double q, double r, double s, double t) =>
        q + (0.5 * t * (r - p + (t * ((2 * p) - (5 * q) + (4 * r) - s + (t * ((3 * (q - r)) + s - p))))));
}
