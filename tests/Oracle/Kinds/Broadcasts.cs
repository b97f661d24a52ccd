using System.Text.Json;

namespace DistGrad.Oracle.Kinds;

/// <summary>Shapes that broadcast, or do not, and the axes over which each operand's gradient is summed.</summary>
internal static class Broadcasts
{
    public static IEnumerable<string?> Run(Case @case, Settings settings)
    {
        Shape[] shapes = [.. @case["shapes"].EnumerateArray().Select(ShapeOf)];
        var expected = @case["result"];
        Shape? joined = null;
        try
        {
            joined = shapes.Aggregate((x, y) => Broadcasting.Join(x, y, "broadcast"));
        }
        catch (ShapeException)
        {
        }
        if (expected.ValueKind == JsonValueKind.String)
            return [joined is null ? null : $"expected an error, actual {joined}"];
        if (joined != ShapeOf(expected))
            return [$"expected {ShapeOf(expected)}, actual {joined?.ToString() ?? "an error"}"];
        return !@case.Has("reduced_axes") ? [] : @case["reduced_axes"].EnumerateArray().Select((axes, i) =>
        {
            Ints wanted = [.. axes.EnumerateArray().Select(a => a.GetInt32())];
            var actual = Broadcasting.StretchedAxes(shapes[i], joined!);
            return actual.Equals(wanted) ? null : $"reduced_axes[{i}]: expected {wanted}, actual {actual}";
        });
    }

    private static Shape ShapeOf(JsonElement dimensions) => [.. dimensions.EnumerateArray().Select(d => d.GetInt32())];
}
