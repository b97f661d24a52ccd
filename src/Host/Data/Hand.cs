using System.Collections.Immutable;

namespace DistGrad.Host.Data;

/// <summary>
/// How one example is written: how the sheet lies, how the hand bends what it draws, and how it trembles. Only + - *
/// / and square roots, which every machine rounds alike; a rotation is given by the tangent of half its angle.
/// </summary>
internal sealed class Hand
{
    private const double CentreX = 30, CentreY = 50;

    private readonly double xx, xy, yx, yy, moveX, moveY;
    private readonly double[] bend;

    public Hand(ref Draws draws)
    {
        var tangent = draws.Around(0.16);
        var square = tangent * tangent;
        var (cos, sin) = ((1 - square) / (1 + square), 2 * tangent / (1 + square));
        var slant = draws.Around(0.35) - 0.08;
        var height = draws.Between(0.15, 0.22);
        var width = height * draws.Between(0.7, 1.25);
        (xx, xy) = (cos * width, (-sin - (slant * cos)) * height);
        (yx, yy) = (sin * width, (cos - (slant * sin)) * height);
        bend = new double[6];
        for (var i = 0; i < bend.Length; i++)
            bend[i] = draws.Around(0.16);
        (moveX, moveY) = (draws.Around(2.4), draws.Around(2.4));
    }

    /// <summary>Where on the image the hand comes to a place of the glyph.</summary>
    public Place At(Place place, ref Draws draws)
    {
        const double Tremor = 5;
        var x = place.X - CentreX + draws.Around(Tremor);
        var y = place.Y - CentreY + draws.Around(Tremor);
        var (u, v) = (x / CentreY, y / CentreY);
        var bentX = x + (CentreY * ((bend[0] * u * u) + (bend[1] * u * v) + (bend[2] * v * v)));
        var bentY = y + (CentreY * ((bend[3] * u * u) + (bend[4] * u * v) + (bend[5] * v * v)));
        return new(
            (Image.Side / 2.0) + moveX + (xx * bentX) + (xy * bentY),
            (Image.Side / 2.0) + moveY + (yx * bentX) + (yy * bentY));
    }

    /// <summary>A stroke as the places through which the hand draws it.</summary>
    public Stroke Move(Stroke stroke, ref Draws draws)
    {
        var moved = ImmutableArray.CreateBuilder<Place>(stroke.Places.Length);
        foreach (var place in stroke.Places)
            moved.Add(At(place, ref draws));
        return stroke with { Places = moved.MoveToImmutable() };
    }
}
