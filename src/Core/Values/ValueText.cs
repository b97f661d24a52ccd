using System.Globalization;
using System.Text;

namespace DistGrad;

/// <summary>
/// How an array is written for a reader: nested brackets, one row a line, the middle of long axes left out.
/// </summary>
internal static class ValueText
{
    /// <summary>Axes longer than this are shortened in arrays of more elements than <see cref="Whole"/>.</summary>
    private const int Edge = 3;

    private const int Whole = 1000;

    public static string Of(Value value)
    {
        var text = new StringBuilder();
        Append(text, value, axis: 0, start: 0, indent: 1);
        if (value.DType is not (DType.Float64 or DType.Int64 or DType.Bool))
            text.Append(CultureInfo.InvariantCulture, $" ({value.DType.Name})");
        return text.ToString();
    }

    public static string Number(Value value, int place) => value.DType switch
    {
        DType.Float64 => Number(value.AsSpan<double>()[place].ToString("R", CultureInfo.InvariantCulture)),
        DType.Float32 => Number(value.AsSpan<float>()[place].ToString("R", CultureInfo.InvariantCulture)),
        DType.Bool => value.Bool(place) ? "true" : "false",
        _ => value.Long(place).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>A float's shortest digits that read back as the same float, told from an integer by a point.</summary>
    private static string Number(string digits) =>
        digits.AsSpan().ContainsAny('.', 'E', 'N') || digits.Contains('∞', StringComparison.Ordinal) ||
        digits.Contains("Inf", StringComparison.Ordinal) ? digits : digits + ".0";

    // The recursion is as deep as the array has axes.
    private static void Append(StringBuilder text, Value value, int axis, int start, int indent)
    {
        if (axis == value.Shape.Rank)
        {
            text.Append(Number(value, start));
            return;
        }
        var step = value.Shape.Skip(axis + 1).Aggregate(1, (product, length) => product * length);
        var shortened = value.Shape.Size > Whole && value.Shape[axis] > 2 * Edge;
        var separator = axis == value.Shape.Rank - 1 ? ", " : ",\n" + new string(' ', indent);
        text.Append('[');
        for (var i = 0; i < value.Shape[axis]; i++)
        {
            if (i > 0)
                text.Append(separator);
            if (shortened && i == Edge)
            {
                text.Append("...");
                i = value.Shape[axis] - Edge - 1;
                continue;
            }
            Append(text, value, axis + 1, start + (i * step), indent + 1);
        }
        text.Append(']');
    }
}
