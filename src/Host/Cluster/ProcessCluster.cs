using System.Net;

namespace DistGrad.Host.Cluster;

/// <summary>Several silos of this machine, each in a process of its own.</summary>
internal sealed class ProcessCluster : ICluster
{
    private readonly List<SiloProcess> silos = [];
    private RemoteCluster? client;

    private ProcessCluster(SiloSettings[] settings) =>
        Gateways = [.. settings.Select(s => Addresses.Loopback(s.Gateway))];

    /// <summary>Where clients connect.</summary>
    public IPEndPoint[] Gateways { get; }

    /// <summary>The numbers of the silos' processes.</summary>
    public IEnumerable<int> Processes => silos.Select(s => s.Id);

    public int Silos => silos.Count;

    public IGrainFactory Grains => client!.Grains;

    public static async Task<ProcessCluster> Start(SiloSettings[] settings, CancellationToken stop)
    {
        var cluster = new ProcessCluster(settings);
        try
        {
            // The others join the first.
            cluster.silos.Add(await SiloProcess.Start(settings[0], stop).ConfigureAwait(false));
            var others = settings[1..].Select(s => SiloProcess.Start(s, stop)).ToArray();
            // Those that did start are ended below, also when another did not.
            await ((Task)Task.WhenAll(others)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cluster.silos.AddRange(others.Where(o => o.IsCompletedSuccessfully).Select(o => o.Result));
            await Task.WhenAll(others).ConfigureAwait(false);
            cluster.client = await RemoteCluster.Connect(cluster.Gateways, stop).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (client is not null)
            await client.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(silos.Select(s => s.DisposeAsync().AsTask())).ConfigureAwait(false);
    }
}
