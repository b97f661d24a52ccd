using System.Collections.Immutable;
using System.Text.Json;
using DistGrad.Oracle.Operations;

namespace DistGrad.Oracle.Kinds;

/// <summary>
/// Calls with values and derivatives of the first, second and third order: the kinds "op" and "composite".
/// </summary>
internal static class Differentiable
{
    public static IEnumerable<string?> Run(Case @case, Settings settings)
    {
        if (!OperationTable.TryFind(@case.Op, out var operation))
            throw new SkippedException($"{@case.Op}: no verb, and no short composition of verbs");
        RequireRepresentable(@case, operation, settings);
        return Differences(@case, new TracedCase(@case, operation, settings, settings.DType), settings.DType);
    }

    /// <summary>What differs from the expected values in each field that the case has.</summary>
    private static IEnumerable<string?> Differences(Case @case, TracedCase program, DType dtype)
    {
        var tolerance = Tolerance.Of(@case, dtype);
        foreach (var (field, compute) in Fields(program))
        {
            if (!@case.Has(field))
                continue;
            var actual = compute();
            var expected = IsList(field) ? @case.ArraysOf(field) : [Comparison.Numbers(@case[field])];
            foreach (var difference in Comparison.Differences(field, expected, actual, tolerance))
                yield return difference;
            foreach (var difference in Published(@case, field, actual, dtype))
                yield return difference;
        }
    }

    private static IEnumerable<(string Field, Func<ImmutableArray<Value>> Compute)> Fields(TracedCase program) =>
    [
        ("outputs", program.Outputs),
        ("grads", program.Gradients),
        ("jvps", program.Tangents),
        ("hvps", program.SecondOrder),
        ("hessian", () => [program.Hessian()]),
        ("jacobian", () => [program.JacobianByRows()]),
        ("jacobian", () => [program.JacobianByColumns()]),
        ("third", () => [program.Third()]),
        ("curl", () => [OfJacobian.Curl(program.JacobianByRows())]),
        ("divergence", () => [OfJacobian.Trace(program.JacobianByRows())]),
        ("laplacian", () => [OfJacobian.Trace(program.Hessian())]),
    ];

    private static bool IsList(string field) => field is "outputs" or "grads" or "jvps" or "hvps";

    /// <summary>
    /// Figures that another project published for the same inputs: by field, or a list for the outputs.
    /// </summary>
    private static IEnumerable<string?> Published(Case @case, string field, ImmutableArray<Value> actual, DType dtype)
    {
        if (!@case.Has("literal"))
            yield break;
        var literal = @case["literal"];
        if (literal.ValueKind == JsonValueKind.Object && !literal.TryGetProperty("shape", out _))
        {
            if (!literal.TryGetProperty(field, out literal))
                yield break;
        }
        else if (field != "outputs")
        {
            yield break;
        }
        var tolerance = Tolerance.Of(@case, dtype, "literal_");
        // A list of arrays, one for each result; or the one result's numbers.
        var parts = literal.ValueKind == JsonValueKind.Array && IsList(field) &&
            literal.GetArrayLength() == actual.Length
            ? literal.EnumerateArray().ToArray()
            : [literal];
        for (var i = 0; i < parts.Length && i < actual.Length; i++)
        {
            if (parts[i].ValueKind == JsonValueKind.Null)
                continue;
            var published = Comparison.Numbers(parts[i]);
            if (published.Shape.Size == actual[i].Shape.Size)
                published = published.Reshaped(actual[i].Shape);
            yield return Comparison.Difference($"published {field}[{i}]", published, actual[i], tolerance);
        }
    }

    /// <summary>
    /// In float32 a case is skipped whose numbers have not the range of float32, or whose results move by more than the
    /// tolerance, computed in float64, when nothing but its inputs is rounded: it asks for the function at a point that
    /// float32 lacks.
    /// </summary>
    private static void RequireRepresentable(Case @case, Verb operation, Settings settings)
    {
        if (settings.DType != DType.Float32)
            return;
        var inputs = Numbers(@case, "inputs", "cotangents", "tangents").ToArray();
        var expected = Numbers(@case, "outputs", "grads", "jvps", "hvps");
        if (inputs.Concat(expected).Any(x => double.IsFinite(x) && !float.IsFinite((float)x)))
            throw new SkippedException("a number is beyond the range of float32");
        if (inputs.All(x => double.IsNaN(x) || (float)x == x))
            return;
        var rounded = new TracedCase(@case, operation, settings with { DType = DType.Float64 }, DType.Float32);
        if (Differences(@case, rounded, DType.Float32).Any(d => d is not null))
            throw new SkippedException("rounding the inputs to float32 moves the results by more than the tolerance");
    }

    /// <summary>All floating-point numbers of these fields.</summary>
    private static IEnumerable<double> Numbers(Case @case, params string[] fields) => fields
        .SelectMany(f => @case.ArraysOf(f)).OfType<Value>()
        .Where(v => v.DType.IsFloat)
        .SelectMany(v => v.AsSpan<double>().ToArray());
}
