using System.Collections.Immutable;
using System.Globalization;

namespace DistGrad.Host.Data;

/// <summary>A place on the sheet, in hundredths of a digit's height, y downwards.</summary>
internal readonly record struct Place(double X, double Y);

/// <summary>Where the pen goes: smoothly through these places, save that it may turn sharply at a corner.</summary>
internal sealed record Stroke(ImmutableArray<Place> Places, ImmutableArray<bool> Corners, bool IsClosed)
{
    /// <summary>Reads <c>x,y x,y! ... [z]</c>: <c>!</c> marks a corner, <c>z</c> returns to the start.</summary>
    public static Stroke Parse(string text)
    {
        var words = text.Split(' ');
        var points = words[^1] == "z" ? words[..^1] : words;
        return new([.. points.Select(Read)], [.. points.Select(p => p.EndsWith('!'))], words.Length > points.Length);
    }

    private static Place Read(string point) => point.TrimEnd('!').Split(',') is [var x, var y]
        ? new(double.Parse(x, CultureInfo.InvariantCulture), double.Parse(y, CultureInfo.InvariantCulture))
        : throw new FormatException($"{point}: x,y is needed");
}

/// <summary>One way to write a digit.</summary>
internal sealed record Glyph(ImmutableArray<Stroke> Strokes)
{
    /// <summary>The ways in which people write each digit.</summary>
    public static ImmutableArray<ImmutableArray<Glyph>> Digits { get; } =
    [
        [
            Of("30,0 10,14 2,48 10,86 30,100 50,86 58,48 48,12 z"),
            Of("40,5 18,6 3,44 10,86 32,100 54,80 58,42 44,8 26,5"),
        ],
        [Of("30,0 30,50 30,100"), Of("12,24 24,12 33,0! 31,50 30,100"), Of("14,20 32,0! 30,98", "8,100 52,99")],
        [
            Of("6,22 16,4 36,0 52,14 50,34 30,64 4,98! 30,95 58,98"),
            Of("6,20 20,2 44,4 52,24 40,54 18,86 4,94 6,80 20,82 40,98 58,92"),
        ],
        [
            Of("8,10 28,0 48,8 50,28 36,44 22,47! 44,52 56,72 44,94 22,100 4,88"),
            Of("8,2 52,2! 28,40! 48,46 56,72 42,96 18,100 2,88"),
        ],
        [
            Of("14,2 10,30 5,60! 30,59 58,56", "44,22 42,60 40,100"), Of("42,100 45,50 47,0! 25,32 4,66! 30,66 60,65"),
            Of("10,0 6,40 20,54 48,48", "52,2 49,50 44,100"),
        ],
        [
            Of("52,2 14,2! 9,44! 30,36 54,52 52,82 32,100 4,90"),
            Of("15,4 11,44! 32,38 54,58 50,86 28,100 4,88", "15,4 54,0"),
        ],
        [
            Of("46,2 22,20 6,58 12,90 34,100 54,84 50,60 30,52 9,70"),
            Of("36,0 16,40 6,74 20,98 44,96 54,76 40,58 18,62 8,76"),
        ],
        [
            Of("4,4 30,4 56,2! 40,40 24,100"), Of("4,4 30,4 56,2! 40,44 26,100", "16,54 50,48"),
            Of("6,18 6,3! 56,3! 38,50 22,100"),
        ],
        [
            Of("46,12 28,0 12,14 22,38 42,58 54,80 38,98 20,98 6,80 18,58 42,36 50,16 z"),
            Of("30,0 13,10 13,34 30,46 47,34 47,10 z", "30,46 8,58 6,88 30,100 54,88 52,58 z"),
        ],
        [
            Of("50,24 38,44 16,44 6,24 22,2 44,4 52,24! 48,64 42,100"),
            Of("50,20 34,2 10,10 8,36 28,48 48,34 52,12! 54,60 40,94 12,98"),
        ],
    ];

    private static Glyph Of(params string[] strokes) => new([.. strokes.Select(Stroke.Parse)]);
}
