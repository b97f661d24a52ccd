using DistGrad.Distributed;
using DistGrad.Distributed.Contracts;
using DistGrad.Host.Cluster;

namespace DistGrad.Host.Bench;

/// <summary>What a step of a plan costs on a cluster, in milliseconds, after the first steps.</summary>
/// <param name="Wall">From one step to the next.</param>
/// <param name="Compute">The shards and the update of a worker, on average.</param>
/// <param name="Exchange">What the worker that waited least needed until it had all means.</param>
/// <param name="Waiting">How much more the others needed, on average: they had to wait for it.</param>
/// <param name="Bytes">Numbers that all workers sent to others, in bytes.</param>
internal sealed record Measured(double Wall, double Compute, double Exchange, double Waiting, double Bytes)
{
    /// <summary>Carries a plan out, whose first half is to warm up.</summary>
    public static async Task<Measured> Of<TModel>(ICluster cluster, TrainingPlan<TModel> plan, CancellationToken stop)
    {
        var run = await cluster.Grains.TrainAsync(plan, cluster.Silos, stop).ConfigureAwait(false);
        var grain = cluster.Grains.GetGrain<IRunGrain>(run.Name);
        var (warm, start) = (default(RunNews), 0L);
        for (var step = 0L; step < plan.Steps / 2;)
        {
            warm = await grain.News(step).ConfigureAwait(false);
            start = System.Diagnostics.Stopwatch.GetTimestamp();
            step = warm.Steps.IsEmpty ? step : warm.Steps[^1].Step;
        }
        RunNews end;
        do
            end = await grain.News(plan.Steps - 1).ConfigureAwait(false);
        while (end.Record.Phase == RunPhase.Training);
        var wall = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        await run.Completion.ConfigureAwait(false);
        return Between(warm!, end, wall);
    }

    private static Measured Between(RunNews warm, RunNews end, double wall)
    {
        var each = end.Members.Select(m =>
        {
            var before = warm.Members.Single(w => w.Worker == m.Worker);
            return (Spent: m.Spent - before.Spent, Steps: (double)(m.Step - before.Step));
        }).ToArray();
        var exchange = each.Min(e => e.Spent.Exchange / e.Steps);
        return new(
            wall / each.Average(e => e.Steps),
            each.Average(e => (e.Spent.Compute + e.Spent.Update) / e.Steps) / 1000,
            exchange / 1000,
            (each.Average(e => e.Spent.Exchange / e.Steps) - exchange) / 1000,
            each.Sum(e => e.Spent.Bytes / e.Steps));
    }
}
