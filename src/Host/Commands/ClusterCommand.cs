using System.CommandLine;
using DistGrad.Host.Cluster;

namespace DistGrad.Host.Commands;

/// <summary><c>distgrad cluster</c>: keeps several silo processes up.</summary>
internal static class ClusterCommand
{
    public static Command Create()
    {
        var (silos, threads) = (Choices.Silos(), Choices.Threads());
        var gateway = Choices.Port("--gateway", "Where clients find the first silo.", Choices.DefaultGateway);
        var command = new Command("cluster", "Keep a cluster of silo processes up until Ctrl-C.")
        {
            silos, gateway, threads,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var (count, first) = (parsed.GetValue(silos) ?? Site.Default, parsed.GetValue(gateway));
            Addresses.RequireFree(Addresses.Loopback(first));
            var each = parsed.GetValue(threads) ?? SiloSettings.ShareOfThreads(count);
            var settings = SiloSettings.Local(count, each, first);
            var cluster = await ProcessCluster.Start(settings, stop).ConfigureAwait(false);
            await using (cluster.ConfigureAwait(false))
            {
                var output = parsed.InvocationConfiguration.Output;
                foreach (var address in cluster.Gateways)
                    await output.WriteLineAsync($"silo, clients at {address}").ConfigureAwait(false);
                await output.WriteLineAsync($"train on it with: distgrad train --cluster {cluster.Gateways[0]}")
                    .ConfigureAwait(false);
                await output.WriteLineAsync("Ctrl-C ends it").ConfigureAwait(false);
                await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
        return command;
    }
}
