using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DistGrad.Host.Cluster;

/// <summary>Several silos in this process.</summary>
internal sealed class InProcessCluster : ICluster
{
    private readonly List<IHost> hosts = [];

    private InProcessCluster()
    {
    }

    public int Silos => hosts.Count;

    public IGrainFactory Grains => hosts[0].Services.GetRequiredService<IGrainFactory>();

    public static async Task<InProcessCluster> Start(int silos, int threads, CancellationToken stop)
    {
        var cluster = new InProcessCluster();
        try
        {
            foreach (var settings in SiloSettings.Local(silos, threads))
            {
                var host = SiloHost.Build(settings);
                cluster.hosts.Add(host);
                await host.StartAsync(stop).ConfigureAwait(false);
            }
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
        foreach (var host in Enumerable.Reverse(hosts))
        {
            await SiloHost.Stop(host).ConfigureAwait(false);
            host.Dispose();
        }
    }
}
