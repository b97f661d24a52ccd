using System.Collections.Immutable;
using System.Text.Json;

namespace DistGrad.Oracle;

/// <summary>
/// A case of a file: a call, and what other software says it gives. Fields are read when they are asked for.
/// </summary>
internal sealed class Case(JsonElement json)
{
    public string Id { get; } = json.GetProperty("id").GetString()!;

    public string Kind { get; } = json.GetProperty("kind").GetString()!;

    public string Op { get; } = json.TryGetProperty("op", out var op) ? op.GetString()! : "";

    public Options Options { get; } = new(json.TryGetProperty("attrs", out var attrs) ? attrs : default);

    public JsonElement this[string field] => json.GetProperty(field);

    public bool Has(string field) => json.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;

    public double Number(string field, double otherwise = 0) =>
        Has(field) ? Arrays.Number(json.GetProperty(field)) : otherwise;

    /// <summary>
    /// The arrays of a field; nothing where there is no such field, or at a place that does not apply.
    /// </summary>
    public ImmutableArray<Value?> ArraysOf(string field) =>
        Has(field) ? [.. json.GetProperty(field).EnumerateArray().Select(Arrays.OrNothing)] : [];

    /// <summary>The cases of a file.</summary>
    /// <exception cref="InvalidDataException">The file is not of the format.</exception>
    public static IReadOnlyList<Case> Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (!root.TryGetProperty("format", out var format) || format.GetString() != "distgrad-oracle/1")
                throw new InvalidDataException($"{path}: not a file of the format distgrad-oracle/1");
            return [.. root.GetProperty("cases").EnumerateArray().Select(c => new Case(c.Clone()))];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }
}

/// <summary>Arrays as the files write them.</summary>
internal static class Arrays
{
    public static Value? OrNothing(JsonElement array) => array.ValueKind == JsonValueKind.Null ? null : Of(array);

    public static Value Of(JsonElement array)
    {
        Shape shape = [.. array.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];
        var data = array.GetProperty("data").EnumerateArray();
        return (array.TryGetProperty("dtype", out var dtype) ? dtype.GetString() : "float64") switch
        {
            "float64" => Value.Wrap(shape, data.Select(Number).ToArray()),
            "int64" => Value.Wrap(shape, data.Select(n => n.GetInt64()).ToArray()),
            "bool" => Value.Wrap(shape, data.Select(n => n.GetBoolean()).ToArray()),
            var other => throw new JsonException($"an array of {other}"),
        };
    }

    /// <summary>A number, or one of the names that JSON has no numbers for.</summary>
    public static double Number(JsonElement number) =>
        number.ValueKind != JsonValueKind.String ? number.GetDouble() : number.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var other => throw new JsonException($"\"{other}\" is not a number"),
        };

    /// <summary>The numbers in another floating-point type; integers and truth values stay what they are.</summary>
    public static Value In(DType dtype, Value value) =>
        value.DType.IsFloat ? Value.FromDoubles(dtype, value.Shape, value.Double) : value;
}
