using System.Text.Json;

namespace DistGrad.GradBench.Protocol;

/// <summary>Numbers, arrays and tensors from JSON and to it.</summary>
internal static class Json
{
    /// <summary>A member of an object, which must be there.</summary>
    public static JsonElement Field(this JsonElement json, string name) =>
        json.Found(name) ?? throw new MessageException($"{Shortened(json)} has no \"{name}\"");

    /// <summary>A member of an object, if it is there and not null.</summary>
    public static JsonElement? Found(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var field) &&
        field.ValueKind != JsonValueKind.Null ? field : null;

    public static string Text(this JsonElement json) => json.ValueKind == JsonValueKind.String
        ? json.GetString()!
        : throw new MessageException($"a text is needed; found {Shortened(json)}");

    /// <summary>A finite number.</summary>
    public static double Number(this JsonElement json) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out var x) && double.IsFinite(x)
            ? x
            : throw new MessageException($"a finite number is needed; found {Shortened(json)}");

    public static int Integer(this JsonElement json) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var n)
            ? n
            : throw new MessageException($"an integer of 32 bits is needed; found {Shortened(json)}");

    public static bool Truth(this JsonElement json) => json.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? json.GetBoolean()
        : throw new MessageException($"true or false is needed; found {Shortened(json)}");

    public static T[] Items<T>(this JsonElement json, Func<JsonElement, T> item)
    {
        if (json.ValueKind != JsonValueKind.Array)
            throw new MessageException($"an array is needed; found {Shortened(json)}");
        var items = new T[json.GetArrayLength()];
        var next = 0;
        foreach (var element in json.EnumerateArray())
            items[next++] = item(element);
        return items;
    }

    public static Tensor Scalar(this JsonElement json) => Tensor.Of(json.Number());

    /// <summary>An array of numbers as a vector.</summary>
    public static Tensor Vector(this JsonElement json)
    {
        var numbers = json.Items(Number);
        return Tensor.FromValue(Value.Of<double>([numbers.Length], numbers));
    }

    /// <summary>An array of integers as a vector.</summary>
    public static Tensor Integers(this JsonElement json)
    {
        var numbers = json.Items(Integer);
        return Tensor.FromValue(Value.Of<int>([numbers.Length], numbers));
    }

    /// <summary>Rows of one length, as a matrix; of no rows the columns are unknown, and so none.</summary>
    public static Tensor Matrix(this JsonElement json)
    {
        var rows = json.Items(row => row.Items(Number));
        return Tensor.FromValue(Value.Of<double>([rows.Length, Columns(rows)], [.. rows.SelectMany(r => r)]));
    }

    /// <summary>Rows of one length, as a matrix of integers.</summary>
    public static Tensor IntegerMatrix(this JsonElement json)
    {
        var rows = json.Items(row => row.Items(Integer));
        return Tensor.FromValue(Value.Of<int>([rows.Length, Columns(rows)], [.. rows.SelectMany(r => r)]));
    }

    /// <summary>Matrices of one size.</summary>
    public static Tensor Matrices(this JsonElement json) => Tensor.Stack(json.Items(Matrix)).Evaluate();

    /// <summary>A tensor of float64 in nested arrays, a scalar as a number.</summary>
    /// <exception cref="MessageException">One of its numbers is not finite, which JSON has no word for.</exception>
    public static void Write(this Utf8JsonWriter writer, Tensor tensor) =>
        Write(writer, tensor.Shape, 0, tensor.ToValue().AsSpan<double>());

    /// <summary>A member that is a tensor in nested arrays.</summary>
    public static void Write(this Utf8JsonWriter writer, string name, Tensor tensor)
    {
        writer.WritePropertyName(name);
        writer.Write(tensor);
    }

    public static void WriteNumber(this Utf8JsonWriter writer, double number) => writer.WriteNumberValue(
        double.IsFinite(number) ? number : throw new MessageException($"the output holds {number}"));

    private static void Write(Utf8JsonWriter writer, Shape shape, int axis, ReadOnlySpan<double> numbers)
    {
        if (axis == shape.Rank)
        {
            writer.WriteNumber(numbers[0]);
            return;
        }
        writer.WriteStartArray();
        for (var i = 0; i < shape[axis]; i++)
        {
            var part = numbers.Length / shape[axis];
            Write(writer, shape, axis + 1, numbers.Slice(i * part, part));
        }
        writer.WriteEndArray();
    }

    private static int Columns<T>(T[][] rows)
    {
        var columns = rows.Length == 0 ? 0 : rows[0].Length;
        return rows.All(r => r.Length == columns) ? columns : throw new MessageException(
            $"rows of one length are needed; found {string.Join(" and ", rows.Select(r => r.Length).Distinct())}");
    }

    private static string Shortened(JsonElement json) => json.GetRawText() is var text && text.Length > 40
        ? $"{text[..40]}..."
        : text;
}
