using System.Globalization;
using System.Text.Json;

namespace DistGrad.Oracle;

/// <summary>How far an actual number may lie from the expected one: at most atol + rtol * |expected|.</summary>
internal readonly record struct Tolerance(double Relative, double Absolute)
{
    /// <summary>What a run in float32 may expect of its relative accuracy; see the format's page.</summary>
    private const double Single = 1e-4;

    /// <summary>
    /// The tolerance of a case. In float32 the relative one is at least 1e-4, and the absolute one, which stands for
    /// the size of what cancels on the way, grows by the same factor.
    /// </summary>
    public static Tolerance Of(Case @case, DType dtype, string prefix = "")
    {
        var (relative, absolute) = (@case.Number(prefix + "rtol"), @case.Number(prefix + "atol"));
        if (dtype != DType.Float32 || relative >= Single)
            return new(relative, absolute);
        return new(Single, Math.Max(1e-6, relative > 0 ? absolute * (Single / relative) : absolute));
    }

    public bool Allows(double expected, double actual) =>
        double.IsNaN(expected) ? double.IsNaN(actual)
        : double.IsInfinity(expected) ? actual == expected
        : Math.Abs(actual - expected) <= For(expected);

    public double For(double expected) => Absolute + (Relative * Math.Abs(expected));
}

/// <summary>Expected and actual arrays side by side.</summary>
internal static class Comparison
{
    /// <summary>What differs, in words, or nothing.</summary>
    public static string? Difference(string what, Value expected, Value actual, Tolerance tolerance)
    {
        if (expected.Shape != actual.Shape)
            return $"{what}: expected shape {expected.Shape}, actual {actual.Shape}";
        var sameKind = expected.DType.IsFloat ? actual.DType.IsFloat : expected.DType == actual.DType;
        if (!sameKind)
            return $"{what}: expected {expected.DType.Name}, actual {actual.DType.Name}";
        var wrong = Enumerable.Range(0, expected.Shape.Size)
            .Where(i => !tolerance.Allows(expected.Double(i), actual.Double(i))).ToArray();
        if (wrong.Length == 0)
            return null;
        var first = wrong[0];
        var more = wrong.Length > 1 ? $" ({wrong.Length} of {expected.Shape.Size} elements differ)" : "";
        return $"{what}, element {first}: {Difference(expected.Double(first), actual.Double(first), tolerance)}{more}";
    }

    /// <summary>What differs in one number, or nothing.</summary>
    public static string? Difference(string what, double expected, double actual, Tolerance tolerance) =>
        tolerance.Allows(expected, actual) ? null : $"{what}: {Difference(expected, actual, tolerance)}";

    /// <summary>What differs from a list of arrays, in which null is not checked.</summary>
    public static IEnumerable<string?> Differences(
        string what, IReadOnlyList<Value?> expected, IReadOnlyList<Value> actual, Tolerance tolerance) =>
        expected.Count != actual.Count
            ? [$"{what}: expected {expected.Count} arrays, actual {actual.Count}"]
            : expected.Select((e, i) => e is null ? null : Difference($"{what}[{i}]", e, actual[i], tolerance));

    private static string Difference(double expected, double actual, Tolerance tolerance) => string.Create(
        CultureInfo.InvariantCulture,
        $"expected {expected:R}, actual {actual:R}, tolerance {tolerance.For(expected):G3}");

    /// <summary>A matrix written as an array, or as a list of rows.</summary>
    public static Value Numbers(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object)
            return Arrays.Of(json);
        if (json.ValueKind != JsonValueKind.Array)
            return Value.Scalar(DType.Float64, Arrays.Number(json));
        var parts = json.EnumerateArray().Select(Numbers).ToArray();
        Shape inner = parts.Length == 0 ? [] : parts[0].Shape;
        return Value.FromDoubles(
            DType.Float64, inner.Insert(0, parts.Length), i => parts[i / inner.Size].Double(i % inner.Size));
    }
}
