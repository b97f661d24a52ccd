namespace DistGrad.Oracle.Kinds;

/// <summary>Optimisers, schedules and clipping: a table each, of what the library has by the name that the files use.</summary>
internal static class Learning
{
    /// <summary>A step: (parameters, state, gradients) to the next parameters and state; the state starts as nothing.</summary>
    internal delegate (Tensor[] Parameters, object State) Step(Tensor[] parameters, object? state, Tensor[] gradients);

    /// <summary>By name, from its attributes, an optimiser's step.</summary>
    public static Dictionary<string, Func<Options, Step>> Optimizers { get; } = [];

    /// <summary>By name, from the base rate and its attributes, the rate at a step.</summary>
    public static Dictionary<string, Func<double, Options, Func<int, double>>> Schedules { get; } = [];

    /// <summary>By name, from its attributes, gradients to clipped ones.</summary>
    public static Dictionary<string, Func<Options, Func<Tensor[], Tensor[]>>> Clips { get; } = [];

    public static IEnumerable<string?> Optimizer(Case @case, Settings settings) =>
        throw new SkippedException(Missing(@case, "optimiser", Optimizers.ContainsKey(@case.Op)));

    public static IEnumerable<string?> Schedule(Case @case, Settings settings)
    {
        if (!Schedules.TryGetValue(@case.Op, out var make))
            throw new SkippedException(Missing(@case, "schedule", found: false));
        var rate = make(@case.Number("base_lr"), @case.Options);
        var tolerance = Tolerance.Of(@case, settings.DType);
        return @case["lrs"].EnumerateArray().Select((expected, t) =>
            Comparison.Difference($"lrs[{t}]", Arrays.Number(expected), rate(t), tolerance));
    }

    public static IEnumerable<string?> Clip(Case @case, Settings settings)
    {
        if (!Clips.TryGetValue(@case.Op, out var make))
            throw new SkippedException(Missing(@case, "clipping", found: false));
        Tensor[] given = [.. @case.ArraysOf("grads_in").Select(v => Tensor.FromValue(Arrays.In(settings.DType, v!)))];
        Value[] clipped = [.. make(@case.Options)(given).Select(g => Evaluation.Evaluate(g, settings.Mode))];
        return Comparison.Differences("grads_out", @case.ArraysOf("grads_out"), clipped, Tolerance.Of(@case, settings.DType));
    }

    private static string Missing(Case @case, string what, bool found) =>
        $"{@case.Op}: the library has no such {what}{(found ? " that this runner can step" : "")}";
}
