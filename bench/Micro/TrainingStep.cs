using System.Collections.Immutable;
using DistGrad.Execute;

namespace DistGrad.Micro;

/// <summary>
/// A training step of a perceptron: how long, how near to what the arithmetic alone would
/// take, and where the time goes.
/// </summary>
internal static class TrainingStep
{
    public static void Run(Report report)
    {
        Run(report, "step/MLP", $"{string.Join("-", Programs.Widths)}, batch {Programs.Batch}", Programs.Step);
        Run(report, "step/CNN", $"28x28, 6 and 16 filters 5x5, batch {Programs.Images}", Programs.ConvolutionStep);
    }

    private static void Run(Report report, string model, string sizes, Func<Lambda> program)
    {
        if (!report.Wants(model))
            return;
        var machine = Machine.Of(program());
        var plan = machine.Plan;
        var name = $"{model} {sizes}, float32";
        var products = plan.Instructions.Where(i => i.Primitive is MatMul or Convolution)
            .Sum(i => (double)i.Primitive.Flops(i.Source));
        foreach (var threads in new[] { 1, 2 })
        {
            using var workers = new Workers(threads);
            ImmutableArray<Value> arguments = [.. Programs.Arguments(plan.Program)];
            var inputs = arguments[^2..];
            using var places = new Places(plan.Program);
            var samples = Clock.Interleaved(
                () => Peak.Run<float>(workers),
                () => arguments = [.. machine.Run(arguments, workers)[..^1], .. inputs],
                () => machine.Run(places.Arguments, places.Results, workers));
            var ideal = samples[0].Select(s => s * products / Peak.Flops<float>(threads) * 1e6);
            var share = samples[0].Over(samples[1]).Select(r => r * products / Peak.Flops<float>(threads));
            report.Add(
                $"{name}, {(threads == 1 ? "1 thread" : $"{threads} threads")}", samples[1].Select(s => s * 1e6), "us",
                $"{products / samples[1].Median / 1e9:F0} GFLOP/s; the products alone at the peak: " +
                $"{ideal.Median:F0} us, {share.Median:P0}; " +
                $"{Allocated(() => machine.Run(arguments, workers)):N0} managed bytes a step");
            report.Add(
                $"{name}, results in memory of the caller's, {(threads == 1 ? "1 thread" : $"{threads} threads")}",
                samples[2].Select(s => s * 1e6), "us",
                $"{products / samples[2].Median / 1e9:F0} GFLOP/s; " +
                $"{samples[0].Over(samples[2]).Select(r => r * products / Peak.Flops<float>(threads)).Median:P0}, " +
                "least to least " +
                $"{samples[0].LeastOver(samples[2]) * products / Peak.Flops<float>(threads):P0}; " +
                $"{Allocated(() => machine.Run(places.Arguments, places.Results, workers)):N0} managed bytes a step");
        }
        using var single = new Workers(1);
        Shares(report, model, plan, single);
    }

    private static long Allocated(Action action)
    {
        const int Calls = 10;
        action();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Calls; i++)
            action();
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Calls;
    }

    /// <summary>
    /// Each instruction timed by itself, in its place in the step; the sums by primitive, and the dearest by name.
    /// </summary>
    private static void Shares(Report report, string model, Plan.Plan plan, Workers workers)
    {
        const int Rounds = 200;
        var timed = Instructions.Timed(plan, Programs.Arguments(plan.Program), workers, Rounds);
        var total = timed.Sum(t => t.Samples.Median);
        var groups = timed.GroupBy(t => t.Instruction.Primitive.Name);
        foreach (var group in groups.OrderByDescending(g => g.Sum(t => t.Samples.Median)))
        {
            Samples sum = new([.. Enumerable.Range(0, Rounds).Select(round => group.Sum(t => t.Microseconds[round]))]);
            report.Add(
                $"{model} by primitive: {group.Key}", sum, "us",
                $"{group.Sum(t => t.Samples.Median) / total:P1}, {group.Count()} instructions");
        }
        foreach (var instruction in timed.OrderByDescending(t => t.Samples.Median).Take(16))
            report.Add(
                $"{model} by instruction: {instruction.Description}", instruction.Samples, "us",
                $"{instruction.Samples.Median / total:P1}");
    }
}
