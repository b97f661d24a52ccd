namespace DistGrad.Host.Data;

/// <summary>
/// Digits as if written by hand: example i is a function of the key and i alone, with the same bits on every machine.
/// </summary>
internal sealed class Digits(Key key)
{
    /// <summary>
    /// Examples whose random numbers are drawn together; a part of what the images are, so it never changes.
    /// </summary>
    public const int Block = 64;

    /// <summary>
    /// Numbers for the class, the hand and the pen, before those for the grain; more than any glyph needs.
    /// </summary>
    private const int Choices = 128;

    private readonly Func<Tensor, Tensor> numbers =
        Diff.Compile((Tensor block) => Tensor.Uniform(key.Fold(block), [Block, Choices + Image.Size]));

    /// <summary>The embedded data to learn from.</summary>
    public static Digits ToTrain() => new(Key.Of(28).Fold(0));

    /// <summary>What is held out, which comes from a key of its own.</summary>
    public static Digits ToTest() => new(Key.Of(28).Fold(1));

    /// <summary>The examples from this number on.</summary>
    public Examples Draw(int first, int count)
    {
        var (pixels, labels) = (new byte[count * Image.Size], new byte[count]);
        var (number, next) = (-1, 0);
        float[] drawn = [];
        for (; next < count; next++)
        {
            var (block, row) = Math.DivRem(first + next, Block);
            if (block != number)
                drawn = numbers(Tensor.Of((long)(number = block))).ToArray<float>();
            var own = drawn.AsSpan(row * (Choices + Image.Size), Choices + Image.Size);
            labels[next] = (byte)Write(own, pixels.AsSpan(next * Image.Size, Image.Size));
        }
        return new(pixels, labels);
    }

    /// <summary>Writes one digit as these numbers say, and tells which.</summary>
    private static int Write(ReadOnlySpan<float> numbers, Span<byte> pixels)
    {
        var draws = new Draws(numbers[..Choices]);
        var digit = draws.Choice(Examples.Classes);
        var glyph = Glyph.Digits[digit][draws.Choice(Glyph.Digits[digit].Length)];
        var hand = new Hand(ref draws);
        var (radius, change, fade) = (draws.Between(0.7, 1.6), draws.Between(0.7, 1.3), draws.Between(0.9, 1.6));
        var (strength, grain) = (draws.Between(0.75, 1.1), draws.Between(0, 0.3));
        var image = new Image();
        foreach (var stroke in glyph.Strokes)
            Draw(image, [.. Spline.Through(hand.Move(stroke, ref draws))], radius, change, fade);
        image.Develop(strength, grain, numbers[Choices..], pixels);
        return digit;
    }

    /// <summary>A line whose width changes evenly from its start to its end.</summary>
    private static void Draw(Image image, Place[] line, double radius, double change, double fade)
    {
        for (var i = 1; i < line.Length; i++)
            image.Line(line[i - 1], line[i], radius * (1 + ((change - 1) * i / line.Length)), fade);
    }
}
