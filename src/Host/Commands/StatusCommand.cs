using System.CommandLine;
using System.Globalization;
using DistGrad.Distributed.Contracts;
using DistGrad.Host.Cluster;

namespace DistGrad.Host.Commands;

/// <summary><c>distgrad status</c>: the silos of a cluster, and its runs.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var cluster = Choices.Cluster();
        cluster.DefaultValueFactory = _ => $"{Addresses.Loopback(Choices.DefaultGateway)}";
        var command = new Command("status", "Show a cluster's silos, and its runs with their epochs.") { cluster };
        command.SetAction(async (parsed, stop) =>
        {
            var addresses = Addresses.Parse("--cluster", parsed.GetValue(cluster)!);
            var remote = await RemoteCluster.Connect(addresses, stop).ConfigureAwait(false);
            await using (remote.ConfigureAwait(false))
                await Show(remote.Grains, parsed.InvocationConfiguration.Output).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task Show(IGrainFactory grains, TextWriter output)
    {
        var hosts = await RemoteCluster.Hosts(grains).ConfigureAwait(false);
        await output.WriteLineAsync($"{hosts.Count} silos").ConfigureAwait(false);
        foreach (var address in hosts.Keys.Select(h => h.Endpoint.ToString()).Order(StringComparer.Ordinal))
            await output.WriteLineAsync($"  {address}").ConfigureAwait(false);
        var runs = await grains.GetGrain<IRunsGrain>(0).All().ConfigureAwait(false);
        await output.WriteLineAsync($"{runs.Length} runs").ConfigureAwait(false);
        foreach (var run in runs)
            await output.WriteLineAsync(await Describe(grains, run).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static async Task<string> Describe(IGrainFactory grains, string run)
    {
        try
        {
            return Describe(await grains.GetGrain<IRunGrain>(run).Status().ConfigureAwait(false));
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            return $"  {run} cannot be asked at the moment: its silo is gone, and the others have not noticed yet";
        }
    }

    private static string Describe(RunStatus s) => string.Create(
        CultureInfo.InvariantCulture,
        $"  {s.Run} {s.Record.Phase.ToString().ToLowerInvariant()} epoch {s.Record.Epoch} step {s.Step}/{s.Steps}" +
        $"{(double.IsNaN(s.Loss) ? "" : $" loss {s.Loss:F4}")} on {s.Record.Members.Length} silos" +
        $"{(s.Record.Reason.Length > 0 ? $": {s.Record.Reason}" : "")}");
}
