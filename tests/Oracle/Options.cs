using System.Text.Json;

namespace DistGrad.Oracle;

/// <summary>The constant attributes of a call.</summary>
internal sealed class Options(JsonElement json)
{
    public bool Has(string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) &&
        value.ValueKind != JsonValueKind.Null;

    public JsonElement this[string name] => json.GetProperty(name);

    public int Int(string name) => json.GetProperty(name).GetInt32();

    public double Number(string name, double otherwise = double.NaN) =>
        Has(name) ? Arrays.Number(json.GetProperty(name)) : otherwise;

    public bool Flag(string name) => Has(name) && json.GetProperty(name).GetBoolean();

    public string Text(string name) => json.GetProperty(name).GetString()!;

    /// <summary>A list of integers; one integer is a list of one, and null is an empty one.</summary>
    public int[] Ints(string name) =>
        !Has(name) ? []
        : json.GetProperty(name) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(n => n.GetInt32())]
            : [Int(name)];

    /// <summary>A list of integers, some of which may be null.</summary>
    public int?[] IntsOrNull(string name) => Ints(json.GetProperty(name));

    public static int?[] Ints(JsonElement list) =>
        [.. list.EnumerateArray().Select(n => n.ValueKind == JsonValueKind.Null ? (int?)null : n.GetInt32())];
}
