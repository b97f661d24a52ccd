namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>Reductions over axes, and what is normalised by them.</summary>
internal static class Reductions
{
    public static Dictionary<string, Verb> Verbs { get; } = new()
    {
        ["sum"] = One((x, o) => x.Sum(o.Ints("axes"), o.Flag("keepdims"))),
        ["mean"] = One((x, o) => x.Mean(o.Ints("axes"), o.Flag("keepdims"))),
        ["var"] = One((x, o) => x.Var(o.Ints("axes"), o.Int("ddof"), o.Flag("keepdims"))),
        ["std"] = One((x, o) => x.Std(o.Ints("axes"), o.Int("ddof"), o.Flag("keepdims"))),
        ["amax"] = One((x, o) => x.Max(o.Ints("axes"), o.Flag("keepdims"))),
        ["amin"] = One((x, o) => x.Min(o.Ints("axes"), o.Flag("keepdims"))),
        ["prod"] = One((x, o) => x.Prod(o.Ints("axes"), o.Flag("keepdims"))),
        ["logsumexp"] = One((x, o) => x.LogSumExp(o.Ints("axes"), o.Flag("keepdims"))),
        ["argmax"] = One((x, o) => Index(x, o, (t, axis) => t.ArgMax(axis))),
        ["argmin"] = One((x, o) => Index(x, o, (t, axis) => t.ArgMin(axis))),
        ["softmax"] = One((x, o) => x.Softmax(o.Int("axis"))),
        ["log_softmax"] = One((x, o) => x.LogSoftmax(o.Int("axis"))),
    };

    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["norm"] = One((x, o) => Norm(x, o.Has("ord") ? Order(o) : 2, o.Ints("axes"), o.Flag("keepdims"))),
    };

    // The library has the 2-norm as a verb; the others are a line each.
    private static Tensor Norm(Tensor x, double order, int[] axes, bool keepDims) => order switch
    {
        1 => Tensor.Abs(x).Sum(axes, keepDims),
        2 => x.Norm(axes, keepDims),
        double.PositiveInfinity => Tensor.Abs(x).Max(axes, keepDims),
        _ => Tensor.Pow(Tensor.Pow(Tensor.Abs(x), order).Sum(axes, keepDims), 1 / order),
    };

    private static double Order(Options options) =>
        options["ord"] is { ValueKind: System.Text.Json.JsonValueKind.String }
            ? double.PositiveInfinity
            : options.Number("ord");

    private static Tensor Index(Tensor x, Options options, Func<Tensor, int, Tensor> index)
    {
        var along = options.Has("axis") ? x.Shape.Axis(options.Int("axis"), "axis") : (int?)null;
        var found = along is { } axis ? index(x, axis) : index(x.Flatten(), 0);
        return !options.Flag("keepdims") ? found
            : along is { } kept ? found.Unsqueeze(kept)
            : found.Reshape([.. Enumerable.Repeat(1, x.Rank)]);
    }
}
