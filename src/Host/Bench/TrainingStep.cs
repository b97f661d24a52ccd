using System.Globalization;
using DistGrad.Host.Cluster;
using DistGrad.Host.Data;
using DistGrad.Host.Training;

namespace DistGrad.Host.Bench;

/// <summary>What a step of training the 784-512-256-10 network costs on silos of one thread each.</summary>
internal static class TrainingStep
{
    public static async Task Run(
        IEnumerable<int> silos, int batch, int shards, TextWriter output, CancellationToken stop)
    {
        var recipe = new Recipe(
            Model.All.Single(m => m.Name == "mlp"), Method.All.Single(m => m.Name == "adam"), 0.001, batch, Epochs: 24,
            Seed: 0, shards);
        await output.WriteLineAsync(
            "silos  batch  shards   step ms   compute   exchange   waiting   MB sent   times as fast")
            .ConfigureAwait(false);
        double? first = null;
        foreach (var count in silos)
        {
            var cluster = await ProcessCluster.Start(SiloSettings.Local(count, threads: 1), stop).ConfigureAwait(false);
            await using (cluster.ConfigureAwait(false))
            {
                var plan = recipe.Plan(DigitsSource.Of(12_000));
                var measured = await Measured.Of(cluster, plan, stop).ConfigureAwait(false);
                first ??= measured.Wall;
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{count,5} {batch,6} {shards,7} {measured.Wall,9:F2} " +
                    $"{measured.Compute,9:F2} {measured.Exchange,10:F2} " +
                    $"{measured.Waiting,9:F2} {measured.Bytes / 1e6,9:F2} {first / measured.Wall,15:F2}"))
                    .ConfigureAwait(false);
            }
        }
    }
}
