namespace DistGrad.Host.Data;

/// <summary>A square grey image that a pen draws on: 0 is paper, 1 is ink.</summary>
internal sealed class Image
{
    /// <summary>Pixels along one side.</summary>
    public const int Side = 28;

    /// <summary>Pixels in all.</summary>
    public const int Size = Side * Side;

    private readonly double[] ink = new double[Size];

    /// <summary>Draws a straight line with a round pen, whose edge fades over some pixels.</summary>
    public void Line(Place from, Place to, double radius, double fade)
    {
        var reach = radius + fade;
        var (left, right) = (Clip(Math.Min(from.X, to.X) - reach), Clip(Math.Max(from.X, to.X) + reach));
        var (top, bottom) = (Clip(Math.Min(from.Y, to.Y) - reach), Clip(Math.Max(from.Y, to.Y) + reach));
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var covered = (radius + (fade / 2) - Distance(x + 0.5, y + 0.5, from, to)) / fade;
                ref var pixel = ref ink[(y * Side) + x];
                pixel = Math.Max(pixel, Math.Clamp(covered, 0, 1));
            }
        }
    }

    /// <summary>Writes the image as bytes, 255 for full ink, grained by numbers drawn from [0, 1).</summary>
    public void Develop(double strength, double grain, ReadOnlySpan<float> noise, Span<byte> pixels)
    {
        for (var i = 0; i < Size; i++)
        {
            var shade = (strength * ink[i]) + (grain * (noise[i] - 0.5));
            pixels[i] = (byte)((255 * Math.Clamp(shade, 0, 1)) + 0.5);
        }
    }

    private static int Clip(double place) => (int)Math.Clamp(place, 0, Side - 1);

    private static double Distance(double x, double y, Place from, Place to)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var length = (dx * dx) + (dy * dy);
        var along = length > 0 ? Math.Clamp((((x - from.X) * dx) + ((y - from.Y) * dy)) / length, 0, 1) : 0;
        var (offX, offY) = (from.X + (along * dx) - x, from.Y + (along * dy) - y);
        return Math.Sqrt((offX * offX) + (offY * offY));
    }
}
