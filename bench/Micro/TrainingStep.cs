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
        if (!report.Wants("step/MLP"))
            return;
        var machine = Machine.Of(Programs.Step());
        var plan = machine.Plan;
        var name = $"step/MLP {string.Join("-", Programs.Widths)}, batch {Programs.Batch}, float32";
        var products =
            plan.Instructions.Where(i => i.Primitive is MatMul).Sum(i => (double)i.Primitive.Flops(i.Source));
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
        Shares(report, plan);
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

    /// <summary>The sums by primitive, and the dearest instructions by name.</summary>
    private static void Shares(Report report, Plan.Plan plan)
    {
        const int Rounds = 200;
        var each = Profile.Of(plan, [.. Programs.Arguments(plan.Program)], Rounds).ToArray();
        var total = each.Sum(t => t.Total);
        var groups = each.GroupBy(t => t.Instruction.Primitive.Name);
        foreach (var group in groups.OrderByDescending(g => g.Sum(t => t.Total)))
        {
            var sum = group.Select(t => t.Microseconds).Aggregate((x, y) => x.Plus(y));
            report.Add(
                $"step/MLP by primitive: {group.Key}", sum, "us",
                $"{group.Sum(t => t.Total) / total:P1}, {group.Count()} instructions");
        }
        foreach (var timed in each.OrderByDescending(t => t.Total).Take(16))
            report.Add($"step/MLP by instruction: {timed}", timed.Microseconds, "us", $"{timed.Total / total:P1}");
    }
}
