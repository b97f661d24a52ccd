using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace DistGrad.Host.Cluster;

/// <summary>A cluster that somebody else keeps up, seen through its gateways.</summary>
internal sealed class RemoteCluster : ICluster
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IHost client;

    private RemoteCluster(IHost client, int silos) => (this.client, Silos) = (client, silos);

    public int Silos { get; }

    public IGrainFactory Grains => client.Services.GetRequiredService<IGrainFactory>();

    /// <exception cref="UserException">No cluster of the tool answers there.</exception>
    public static async Task<RemoteCluster> Connect(IPEndPoint[] gateways, CancellationToken stop)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.UseOrleansClient(client => client
            .UseStaticClustering(gateways)
            .UseConnectionRetryFilter((_, _) => Task.FromResult(false))
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (SiloHost.Name, SiloHost.Name)));
        var host = builder.Build();
        try
        {
            await host.StartAsync(stop).WaitAsync(Patience, stop).ConfigureAwait(false);
            var grains = host.Services.GetRequiredService<IGrainFactory>();
            var hosts = await Hosts(grains).WaitAsync(Patience, stop).ConfigureAwait(false);
            return new(host, hosts.Count);
        }
        catch (Exception e)
        {
            host.Dispose();
            if (e is OperationCanceledException)
                throw;
            throw new UserException($"No cluster answers at {string.Join(", ", gateways.AsEnumerable())}: {e.Message}");
        }
    }

    /// <summary>The silos that the cluster counts among the living.</summary>
    public static Task<Dictionary<SiloAddress, SiloStatus>> Hosts(IGrainFactory grains) =>
        grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);

    public async ValueTask DisposeAsync()
    {
        await SiloHost.Stop(client).ConfigureAwait(false);
        client.Dispose();
    }
}
