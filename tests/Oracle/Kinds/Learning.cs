using System.Collections.Immutable;
using System.Text.Json;

namespace DistGrad.Oracle.Kinds;

/// <summary>
/// Optimisers, schedules and clipping: a table each, of what the library has by the name that the files use.
/// </summary>
internal static class Learning
{
    /// <summary>
    /// A step: (parameters, state, gradients) to the next parameters and state; the state starts as nothing.
    /// </summary>
    internal delegate (Tensor[] Parameters, object State) Step(Tensor[] parameters, object? state, Tensor[] gradients);

    /// <summary>By name, from its attributes, an optimiser's step.</summary>
    public static Dictionary<string, Func<Options, Step>> Optimizers { get; } = [];

    /// <summary>By name, from the base rate and its attributes, the rate at a step.</summary>
    public static Dictionary<string, Func<double, Options, Func<int, double>>> Schedules { get; } = [];

    /// <summary>By name, from its attributes, gradients to clipped ones.</summary>
    public static Dictionary<string, Func<Options, Func<Tensor[], Tensor[]>>> Clips { get; } = [];

    public static IEnumerable<string?> Optimizer(Case @case, Settings settings)
    {
        if (!Optimizers.TryGetValue(@case.Op, out var make))
            throw new SkippedException($"{@case.Op}: the library has no such optimiser");
        var (step, problem) = (make(@case.Options), new Problem(@case, settings));
        var tolerance = Tolerance.Of(@case, settings.DType);
        var clip = @case.Has("clip_by_norm") ? ClipByNorm(@case.Number("clip_by_norm")) : g => g;
        ImmutableArray<Value> parameters = [.. @case.ArraysOf("params0").Select(v => Arrays.In(settings.DType, v!))];
        object? state = null;
        for (var t = 0; t < @case["losses"].GetArrayLength(); t++)
        {
            var (loss, gradients) = problem.At(parameters, t);
            (var next, state) = step(Literals(parameters), state, clip(Literals(gradients)));
            parameters = [.. next.Select(p => Evaluation.Evaluate(p, settings.Mode))];
            yield return Comparison.Difference(
                $"losses[{t}]", Arrays.Number(@case["losses"][t]), loss.Double(0), tolerance);
            Value?[] expected = [.. @case["params"][t].EnumerateArray().Select(Arrays.OrNothing)];
            foreach (var difference in Comparison.Differences($"params[{t}]", expected, parameters, tolerance))
                yield return difference;
        }
    }

    public static IEnumerable<string?> Schedule(Case @case, Settings settings)
    {
        if (!Schedules.TryGetValue(@case.Op, out var make))
            throw new SkippedException($"{@case.Op}: the library has no such schedule");
        var rate = make(@case.Number("base_lr"), @case.Options);
        var tolerance = Tolerance.Of(@case, settings.DType);
        return @case["lrs"].EnumerateArray().Select((expected, t) =>
            Comparison.Difference($"lrs[{t}]", Arrays.Number(expected), rate(t), tolerance));
    }

    public static IEnumerable<string?> Clip(Case @case, Settings settings)
    {
        if (!Clips.TryGetValue(@case.Op, out var make))
            throw new SkippedException($"{@case.Op}: the library has no such clipping");
        Tensor[] given = [.. @case.ArraysOf("grads_in").Select(v => Tensor.FromValue(Arrays.In(settings.DType, v!)))];
        Value[] clipped = [.. make(@case.Options)(given).Select(g => Evaluation.Evaluate(g, settings.Mode))];
        return Comparison.Differences(
            "grads_out", @case.ArraysOf("grads_out"), clipped, Tolerance.Of(@case, settings.DType));
    }

    private static Func<Tensor[], Tensor[]> ClipByNorm(double norm)
    {
        const string Name = "clip_by_global_norm";
        return Clips.TryGetValue(Name, out var make)
            ? make(new(JsonSerializer.SerializeToElement(new { max_norm = norm, eps = 1e-6 })))
            : throw new SkippedException($"{Name}: the library has no such clipping");
    }

    private static Tensor[] Literals(ImmutableArray<Value> values) => [.. values.Select(Tensor.FromValue)];
}
