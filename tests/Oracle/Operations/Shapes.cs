namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>The same numbers in other shapes and places.</summary>
internal static class Shapes
{
    public static Dictionary<string, Verb> Verbs { get; } = new()
    {
        ["transpose"] = One((x, o) => x.SwapAxes(o.Int("axis0"), o.Int("axis1"))),
        ["permute"] = One((x, o) => x.Permute(o.Ints("axes"))),
        ["reshape"] = One((x, o) => x.Reshape(o.Ints("shape"))),
        ["squeeze"] = One((x, o) => x.Squeeze(o.Ints("axes"))),
        ["unsqueeze"] = One((x, o) => x.Unsqueeze(o.Int("axis"))),
        ["slice"] = One(Slice),
        ["index"] = One((x, o) => x[[.. o.Ints("index").Select(i => (AxisIndex)i)]]),
        ["concat"] = (x, o) => [Tensor.Concat(x, o.Int("axis"))],
        ["stack"] = (x, o) => [Tensor.Stack(x, o.Int("axis"))],
        ["split"] = (x, o) => [.. x[0].Split(o.Int("axis"), o.Ints("sizes"))],
        ["unstack"] = (x, o) => [.. x[0].Unstack(o.Int("axis"))],
        ["flip"] = One((x, o) => x.Flip(o.Ints("axes"))),
    };

    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["pad"] = One(Pad),
        ["add_slice"] = Two((x, y, o) => AddSlice(x, y, o.Ints("starts"))),
        ["roll"] = One((x, o) => Roll(x, o.Int("shift"), x.Shape.Axis(o.Int("axis"), "roll"))),
        ["tile"] = One((x, o) => Tile(x, o.Ints("reps"))),
        ["repeat"] = One((x, o) => Repeat(x, o.Int("repeats"), x.Shape.Axis(o.Int("axis"), "repeat"))),
        ["diagonal"] = One((x, o) => Diagonal(x, o.Int("offset"), o.Int("axis1"), o.Int("axis2"))),
    };

    /// <summary>How far right of the diagonal the elements of matrices lie.</summary>
    public static Tensor Offset(Tensor x) =>
        Tensor.Iota(DType.Int64, [.. x.Shape.TakeLast(2)], 1) - Tensor.Iota(DType.Int64, [.. x.Shape.TakeLast(2)], 0);

    private static Tensor Slice(Tensor x, Options options)
    {
        var (starts, stops) = (options.IntsOrNull("starts"), options.IntsOrNull("stops"));
        var steps = options.IntsOrNull("steps");
        for (var axis = 0; axis < starts.Length; axis++)
            x = x.Slice(axis, starts[axis], stops[axis], steps[axis] ?? 1);
        return x;
    }

    private static Tensor AddSlice(Tensor x, Tensor y, int[] starts) =>
        x + y.Pad(starts, [.. starts.Select((start, axis) => x.Shape[axis] - start - y.Shape[axis])]);

    // The library pads with a number; the other ways read the axis at places that lie outside of it.
    private static Tensor Pad(Tensor x, Options options)
    {
        (int Low, int High)[] pads =
            [.. options["pads"].EnumerateArray().Select(p => (p[0].GetInt32(), p[1].GetInt32()))];
        var mode = options.Text("mode");
        if (mode == "constant" || pads.Any(p => p.Low < 0 || p.High < 0))
            return x.Pad([.. pads.Select(p => p.Low)], [.. pads.Select(p => p.High)], options.Number("value"));
        for (var axis = 0; axis < pads.Length; axis++)
        {
            var last = x.Shape[axis] - 1;
            var places = Enumerable.Range(-pads[axis].Low, pads[axis].Low + last + 1 + pads[axis].High)
                .Select(i => mode == "edge" ? Math.Clamp(i, 0, last) : Reflected(i, last));
            x = x.Take(Tensor.Of(places), axis);
        }
        return x;
    }

    private static int Reflected(int place, int last)
    {
        var turn = Math.Abs(place) % Math.Max(2 * last, 1);
        return turn <= last ? turn : (2 * last) - turn;
    }

    private static Tensor Roll(Tensor x, int shift, int axis)
    {
        var first = x.Shape[axis] - (((shift % x.Shape[axis]) + x.Shape[axis]) % x.Shape[axis]);
        return Tensor.Concat([x.Slice(axis, first), x.Slice(axis, 0, first)], axis);
    }

    private static Tensor Tile(Tensor x, int[] reps)
    {
        var rank = Math.Max(x.Rank, reps.Length);
        int[] lengths = [.. Enumerable.Repeat(1, rank - x.Rank), .. x.Shape];
        int[] times = [.. Enumerable.Repeat(1, rank - reps.Length), .. reps];
        return x.Reshape(Shape.Of([.. lengths.SelectMany(n => new[] { 1, n })]))
            .BroadcastTo([.. times.Zip(lengths).SelectMany(p => new[] { p.First, p.Second })])
            .Reshape(Shape.Of([.. times.Zip(lengths, (t, n) => t * n)]));
    }

    private static Tensor Repeat(Tensor x, int times, int axis) =>
        x.Unsqueeze(axis + 1).BroadcastTo(x.Shape.Insert(axis + 1, times))
            .Reshape(x.Shape.With(axis, x.Shape[axis] * times));

    private static Tensor Diagonal(Tensor x, int offset, int first, int second)
    {
        var (i, j) = (x.Shape.Axis(first, "diagonal"), x.Shape.Axis(second, "diagonal"));
        return x.Permute([.. Enumerable.Range(0, x.Rank).Where(a => a != i && a != j), i, j]).Diagonal(offset);
    }
}
