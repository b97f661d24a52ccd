using System.Text.Json;
using DistGrad.Learn;
using Leaves = System.Collections.Immutable.ImmutableArray<DistGrad.Tensor>;

namespace DistGrad.Oracle.Kinds;

/// <summary>
/// Optimisers, schedules and clipping: a table each, of what the library has by the name that the files use.
/// </summary>
internal static class Learning
{
    /// <summary>By name, from its attributes, an optimiser.</summary>
    public static Dictionary<string, Func<Options, Optimiser>> Optimizers { get; } = new()
    {
        ["sgd"] = o => Optimiser.Sgd(
            o.Number("lr"), o.Number("momentum", 0), o.Flag("nesterov"), Decay(o), o.Number("dampening", 0)),
        ["adam"] = o => Optimiser.Adam(
            o.Number("lr"), Beta(o, 0), Beta(o, 1), o.Number("eps"), Decay(o), o.Flag("amsgrad")),
        ["adamw"] = o => Optimiser.AdamW(
            o.Number("lr"), Beta(o, 0), Beta(o, 1), o.Number("eps"), Decay(o), o.Flag("amsgrad")),
        ["rmsprop"] = o => Optimiser.RmsProp(
            o.Number("lr"), o.Number("alpha"), o.Number("eps"), o.Number("momentum", 0), o.Flag("centered"), Decay(o)),
        ["adagrad"] = o => Optimiser.Adagrad(
            Schedule.InverseTime(o.Number("lr"), o.Number("lr_decay", 0)), o.Number("initial_accumulator_value", 0),
            o.Number("eps"), Decay(o)),
        ["adadelta"] = o => Optimiser.Adadelta(o.Number("lr"), o.Number("rho"), o.Number("eps"), Decay(o)),
        ["adamax"] = o => Optimiser.Adamax(o.Number("lr"), Beta(o, 0), Beta(o, 1), o.Number("eps"), Decay(o)),
    };

    /// <summary>By name, from the base rate and its attributes, a schedule.</summary>
    private static readonly Dictionary<string, Func<double, Options, Schedule>> Schedules = new()
    {
        ["step"] = (rate, o) => Schedule.Step(rate, o.Int("step_size"), o.Number("gamma")),
        ["multistep"] = (rate, o) => Schedule.MultiStep(rate, o.Ints("milestones"), o.Number("gamma")),
        ["exponential"] = (rate, o) => Schedule.Exponential(rate, o.Number("gamma")),
        ["cosine"] = (rate, o) => Schedule.Cosine(rate, o.Int("T_max"), o.Number("eta_min")),
        ["linear_warmup"] = (rate, o) => Schedule.Constant(rate).WarmUp(o.Int("steps")),
        ["warmup_cosine"] = (rate, o) =>
            Schedule.Cosine(rate, o.Int("total") - o.Int("warmup")).WarmUp(o.Int("warmup")),
        ["polynomial"] = (rate, o) => Schedule.Polynomial(rate, o.Int("total"), o.Number("power")),
        ["inverse_time"] = (rate, o) => Schedule.InverseTime(rate, o.Number("decay")),
    };

    /// <summary>By name, from its attributes, what clips gradients.</summary>
    private static readonly Dictionary<string, Func<Options, Optimiser>> Clips = new()
    {
        ["clip_by_global_norm"] = o => Optimiser.ClipByGlobalNorm(o.Number("max_norm"), o.Number("eps")),
        ["clip_by_value"] = o => Optimiser.ClipByValue(o.Number("value")),
    };

    /// <summary>By name, from the data of a case, the loss of parameters and the gradients given for a step.</summary>
    private static readonly Dictionary<string, Func<Case, DType, Func<Leaves, Leaves, Tensor>>> Problems = new()
    {
        ["given"] = (_, _) => (p, given) => p.Zip(given, (x, g) => (x * g).Sum()).Aggregate((x, y) => x + y),
        ["quadratic"] = (c, dtype) =>
        {
            var (a, b) = (Data(c, "A", dtype), Data(c, "b", dtype));
            return (p, _) => (p[0].Dot(a.MatMul(p[0])) / 2) - b.Dot(p[0]);
        },
        ["logreg"] = (c, dtype) =>
        {
            var (x, y) = (Data(c, "X", dtype), Data(c, "y", dtype));
            return (p, _) => Loss.Logistic(x.MatMul(p[0]) + p[1], y);
        },
        ["rosenbrock"] = (_, _) => (p, _) =>
        {
            var at = Tensor.Concat(p.Select(x => x.Flatten()));
            return Tensor.Square(1 - at[0]) + (100 * Tensor.Square(at[1] - (at[0] * at[0])));
        },
    };

    public static IEnumerable<string?> OfOptimizer(Case @case, Settings settings)
    {
        var optimiser = Find(Optimizers, @case.Op, "optimiser")(@case.Options);
        if (@case.Has("clip_by_norm"))
            optimiser = Optimiser.Chain(Optimiser.ClipByGlobalNorm(@case.Number("clip_by_norm")), optimiser);
        var loss = Find(Problems, @case["problem"].GetString()!, "problem")(@case, settings.DType);
        Leaves Read(JsonElement arrays) =>
            [.. arrays.EnumerateArray().Select(a => Tensor.FromValue(Arrays.In(settings.DType, Arrays.Of(a))))];
        Leaves GivenAt(int t) =>
            @case.Has("data") && @case["data"].TryGetProperty("gradients", out var g) ? Read(g[t]) : [];
        var parameters = Read(@case["params0"]);
        var state = optimiser.Init(parameters);
        var (step, tolerance) = (
            Step(optimiser, loss, parameters, state, GivenAt(0)), Tolerance.Of(@case, settings.DType));
        for (var t = 0; t < @case["losses"].GetArrayLength(); t++)
        {
            Leaves operands = [.. parameters, state.Step, .. state.Slots, .. GivenAt(t)];
            var results = Evaluation.Evaluate(step, [.. operands.Select(x => x.ToValue())], settings.Mode);
            var (n, next) = (parameters.Length, results[1..]);
            yield return Comparison.Difference(
                $"losses[{t}]", Arrays.Number(@case["losses"][t]), results[0].Double(0), tolerance);
            Value?[] expected = [.. @case["params"][t].EnumerateArray().Select(Arrays.OrNothing)];
            foreach (var difference in Comparison.Differences($"params[{t}]", expected, next[..n], tolerance))
                yield return difference;
            parameters = [.. next[..n].Select(Tensor.FromValue)];
            state = new(Tensor.FromValue(next[n]), [.. next[(n + 1)..].Select(Tensor.FromValue)]);
        }
    }

    public static IEnumerable<string?> OfSchedule(Case @case, Settings settings)
    {
        var schedule = Find(Schedules, @case.Op, "schedule")(@case.Number("base_lr"), @case.Options);
        var tolerance = Tolerance.Of(@case, settings.DType);
        double At(int t) => Evaluation.Evaluate(schedule.At(Tensor.Of((long)t)), settings.Mode).Double(0);
        return @case["lrs"].EnumerateArray().Select((expected, t) =>
            Comparison.Difference($"lrs[{t}]", Arrays.Number(expected), At(t), tolerance));
    }

    public static IEnumerable<string?> OfClip(Case @case, Settings settings)
    {
        var clip = Find(Clips, @case.Op, "clipping")(@case.Options);
        Leaves given = [.. @case.ArraysOf("grads_in").Select(v => Tensor.FromValue(Arrays.In(settings.DType, v!)))];
        var clipped = clip.Update(given, clip.Init(given), given).Updates;
        return Comparison.Differences(
            "grads_out", @case.ArraysOf("grads_out"), [.. clipped.Select(g => Evaluation.Evaluate(g, settings.Mode))],
            Tolerance.Of(@case, settings.DType));
    }

    /// <summary>
    /// A step as one program: parameters, state and given gradients to the loss, the next parameters and the next
    /// state.
    /// </summary>
    private static Lambda Step(
        Optimiser optimiser,
        Func<Leaves, Leaves, Tensor> loss,
        Leaves parameters,
        OptimiserState state,
        Leaves given) =>
        Diff.Trace(Tuple.Create(parameters, state, given), t =>
        {
            var (value, gradients) = Diff.ValueAndGrad(t.Item1, p => loss(p, t.Item3));
            var (updates, next) = optimiser.Update(gradients, t.Item2, t.Item1);
            return Tuple.Create(value, Optimiser.Apply(t.Item1, updates), next);
        });

    private static T Find<T>(Dictionary<string, T> table, string name, string what) =>
        table.TryGetValue(name, out var found)
            ? found
            : throw new SkippedException($"{name}: the library has no such {what}");

    private static Tensor Data(Case @case, string name, DType dtype) =>
        Tensor.FromValue(Arrays.In(dtype, Arrays.Of(@case["data"].GetProperty(name))));

    private static double Decay(Options options) => options.Number("weight_decay", 0);

    private static double Beta(Options options, int index) => Arrays.Number(options["betas"][index]);
}
