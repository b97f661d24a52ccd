using System.Text.Json;

namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>Elements by index.</summary>
internal static class Indexing
{
    public static Dictionary<string, Verb> Verbs { get; } = new()
    {
        ["gather"] = Two((x, index, o) => x.Gather(index, o.Int("axis"))),
        ["scatter_add"] = (x, o) => [x[0].ScatterAdd(x[1], x[2], o.Int("axis"))],
        ["index_select"] = Two((x, indices, o) => x.Take(indices, o.Int("axis"))),
        ["embedding"] = Two((w, i) => w.Take(i)),
        ["one_hot"] = One((x, o) => Tensor.OneHot(x, o.Int("classes"), DType.Float64)),
    };

    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["masked_fill"] = Two((x, mask, o) => Tensor.Where(mask, o.Number("value"), x)),
        ["getitem"] = One(GetItem),
    };

    // NumPy's index, one part at a time from the front; the library has indices and ranges, Take, Flip and Unsqueeze
    // for the parts.
    private static Tensor GetItem(Tensor x, Options options)
    {
        var parts = options["index"].EnumerateArray().ToArray();
        var consumed = parts.Count(p => !p.TryGetProperty("newaxis", out _) && !p.TryGetProperty("ellipsis", out _));
        if (parts.Length > 1 && parts.All(p => p.TryGetProperty("array", out _)))
            return TakeTogether(x, [.. parts.Select(p => Arrays.Of(IntegerArray(p.GetProperty("array"))))]);
        var axis = 0;
        foreach (var part in parts)
        {
            if (part.TryGetProperty("ellipsis", out _))
                axis += x.Rank - axis - (consumed - parts.TakeWhile(p => !p.TryGetProperty("ellipsis", out _)).Count());
            else if (part.TryGetProperty("newaxis", out _))
                x = x.Unsqueeze(axis++);
            else if (part.TryGetProperty("int", out var index))
                x = x[[.. Enumerable.Repeat((AxisIndex)System.Range.All, axis), index.GetInt32()]];
            else if (part.TryGetProperty("slice", out var slice))
                x = Slice(x, axis++, Options.Ints(slice));
            else
                x = TakeOne(x, ref axis, part);
        }
        return x;
    }

    private static Tensor Slice(Tensor x, int axis, int?[] bounds)
    {
        var (start, stop, step) = (bounds[0], bounds[1], bounds[2] ?? 1);
        if (step > 0)
            return x.Slice(axis, start, stop, step);
        // Backwards from start to stop is forwards between their mirror images.
        var length = x.Shape[axis];
        return x.Flip(axis).Slice(axis, Mirror(start), Mirror(stop), -step);

        int? Mirror(int? bound) => bound is { } b ? Math.Clamp(length - 1 - (b < 0 ? b + length : b), 0, length) : null;
    }

    private static Tensor TakeOne(Tensor x, ref int axis, JsonElement part)
    {
        var along = axis;
        if (part.TryGetProperty("mask", out var mask))
        {
            if (mask.GetProperty("shape").GetArrayLength() != 1)
                throw new SkippedException("getitem: a mask over several axes");
            var held = mask.GetProperty("data").EnumerateArray().Index().Where(m => m.Item.GetBoolean());
            axis++;
            return x.Take(Tensor.Of(held.Select(m => m.Index)), along);
        }
        var index = Arrays.Of(IntegerArray(part.GetProperty("array")));
        axis += index.Shape.Rank;
        var flat = Places(index, x.Shape[along]);
        return x.Take(Tensor.Of(flat), along)
            .Reshape([.. x.Shape.Take(along), .. index.Shape, .. x.Shape.Skip(along + 1)]);
    }

    /// <summary>
    /// Several arrays on the leading axes are broadcast, and point together into these axes laid flat.
    /// </summary>
    private static Tensor TakeTogether(Tensor x, Value[] indices)
    {
        var shape = indices.Select(i => i.Shape).Aggregate((a, b) => Broadcasting.Join(a, b, "getitem"));
        var places = new long[shape.Size];
        for (var k = 0; k < indices.Length; k++)
        {
            var flat = Places(indices[k], x.Shape[k]);
            var layout = new Layout(Broadcasting.Strides(indices[k].Shape.Strides(), indices[k].Shape, shape), 0);
            for (var i = 0; i < places.Length; i++)
                places[i] = (places[i] * x.Shape[k]) + flat[layout.Place(shape, i)];
        }
        var rest = x.Shape.Skip(indices.Length);
        return x.Reshape([-1, .. rest]).Take(Tensor.Of(places)).Reshape([.. shape, .. rest]);
    }

    private static long[] Places(Value index, int length) =>
        [.. index.AsSpan<long>().ToArray().Select(i => i < 0 ? i + length : i)];

    // Arrays in an index are integers whether or not they say so.
    private static JsonElement IntegerArray(JsonElement array) => JsonSerializer.SerializeToElement(
        new { shape = array.GetProperty("shape"), data = array.GetProperty("data"), dtype = "int64" });
}
