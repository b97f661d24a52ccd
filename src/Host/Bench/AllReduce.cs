using System.Globalization;
using DistGrad.Distributed;
using DistGrad.Distributed.Contracts;
using DistGrad.Host.Cluster;
using DistGrad.Learn;

namespace DistGrad.Host.Bench;

/// <summary>
/// How long it takes several silo processes to sum N numbers of each, by the exchange that trains and by a star through
/// one grain. Medians over several runs.
/// </summary>
internal static class AllReduce
{
    private const int Runs = 5;

    public static async Task Run(
        IEnumerable<int> silos, IReadOnlyList<int> sizes, TextWriter output, CancellationToken stop)
    {
        await output.WriteLineAsync(
            "silos    numbers  exchange ms   GB/s   bytes sent / least   star ms   star / exchange")
            .ConfigureAwait(false);
        foreach (var count in silos)
        {
            var cluster = await ProcessCluster.Start(SiloSettings.Local(count, threads: 1), stop).ConfigureAwait(false);
            await using (cluster.ConfigureAwait(false))
            {
                foreach (var size in sizes)
                {
                    var row = await Row(cluster, size, stop).ConfigureAwait(false);
                    await output.WriteLineAsync(row).ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task<string> Row(ProcessCluster cluster, int size, CancellationToken stop)
    {
        var (exchange, star) = (new List<Measured>(), new List<double>());
        for (var run = 0; run < Runs; run++)
        {
            exchange.Add(await Measured.Of(cluster, Plan(cluster.Silos, size), stop).ConfigureAwait(false));
            star.Add(await Star(cluster, size).ConfigureAwait(false));
        }
        var time = Median(exchange.Select(e => e.Exchange + e.Waiting));
        var bytes = Median(exchange.Select(e => e.Bytes));
        var (through, least) = (Median(star), 2.0 * (cluster.Silos - 1) * size * sizeof(float));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{cluster.Silos,5} {size,10} {time,12:F2} " +
            $"{bytes / cluster.Silos / time / 1e6,6:F2} {bytes / least,20:F3} " +
            $"{through,9:F2} {through / time,17:F2}");
    }

    /// <summary>A plan whose gradients cost next to nothing: each step sums a vector of ones over the silos.</summary>
    private static TrainingPlan<Tensor> Plan(int silos, int size)
    {
        var shards = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)silos);
        var rounds = size <= 100_000 ? 200 : size <= 1_000_000 ? 60 : 20;
        return TrainingPlan.Of(
            Tensor.Zeros([size], DType.Float32),
            DataSet.Of(Tensor.Zeros([shards, 1], DType.Float32)),
            (x, _) => x.Sum(),
            Optimiser.Chain(),
            new() { Batch = shards, Shards = shards, Epochs = rounds });
    }

    private static async Task<double> Star(ProcessCluster cluster, int size)
    {
        var hosts = await RemoteCluster.Hosts(cluster.Grains).ConfigureAwait(false);
        var workers = hosts.Keys.Select(h => WorkerKey.Of("star", new(h.ToParsableString())))
            .Select(key => cluster.Grains.GetGrain<IStarWorker>(key)).ToArray();
        var times = new List<double>();
        for (var round = 0; round < 12; round++)
        {
            var own = round;
            var each = await Task.WhenAll(workers.Select(w => w.Reduce(workers.Length, own, size)))
                .ConfigureAwait(false);
            times.Add(each.Max() / 1000);
        }
        return Median(times.Skip(2));
    }

    private static double Median(IEnumerable<double> of)
    {
        var sorted = of.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
