using System.CommandLine;
using System.Runtime.InteropServices;
using DistGrad.Host.Cluster;
using Microsoft.Extensions.Logging;

namespace DistGrad.Host.Commands;

/// <summary><c>distgrad silo</c>: one silo, in this process.</summary>
internal static class SiloCommand
{
    public static Command Create()
    {
        var port = Choices.Port("--port", "Where the other silos find it.", 11111);
        var gateway = Choices.Port("--gateway", "Where clients find it.", Choices.DefaultGateway);
        var primary = new Option<string?>("--primary")
        {
            Description = "The silo whose cluster it joins [default: it is the first of its own].",
            HelpName = "address",
        };
        var (threads, child) = (Choices.Threads(), new Option<bool>("--child") { Hidden = true });
        var command = new Command("silo", "Run one silo until Ctrl-C.") { port, gateway, primary, threads, child };
        command.SetAction(async (parsed, stop) =>
        {
            var own = Addresses.Loopback(parsed.GetValue(port));
            var first = parsed.GetValue(primary) is { } named ? Addresses.Parse("--primary", named)[0] : own;
            var settings = new SiloSettings(
                own.Port, parsed.GetValue(gateway), first, parsed.GetValue(threads) ?? Environment.ProcessorCount);
            Addresses.RequireFree(own);
            Addresses.RequireFree(Addresses.Loopback(settings.Gateway));
            await (parsed.GetValue(child)
                ? RunAsChild(settings, parsed.InvocationConfiguration.Output)
                : Run(settings, parsed.InvocationConfiguration.Output, stop)).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task Run(SiloSettings settings, TextWriter output, CancellationToken stop)
    {
        using var host = SiloHost.Build(settings, LogLevel.Warning);
        await host.StartAsync(stop).ConfigureAwait(false);
        var (silo, clients) = (Addresses.Loopback(settings.Port), Addresses.Loopback(settings.Gateway));
        await output.WriteLineAsync($"silo {silo}, clients at {clients}; Ctrl-C ends it").ConfigureAwait(false);
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await SiloHost.Stop(host).ConfigureAwait(false);
    }

    /// <summary>
    /// The silo of another process of the tool: it says when it is ready, and ends when its input does. A terminal
    /// sends Ctrl-C to both, and what that means is for the other to say.
    /// </summary>
    private static async Task RunAsChild(SiloSettings settings, TextWriter output)
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        var ended = Task.Run(() => Console.OpenStandardInput().CopyTo(Stream.Null));
        using var host = SiloHost.Build(settings);
        var started = host.StartAsync();
        // Joining may take minutes where there is nobody to join.
        if (await Task.WhenAny(started, ended).ConfigureAwait(false) == started)
        {
            await started.ConfigureAwait(false);
            await output.WriteLineAsync(SiloProcess.Ready).ConfigureAwait(false);
            await output.FlushAsync().ConfigureAwait(false);
            await ended.ConfigureAwait(false);
        }
        await SiloHost.Stop(host).ConfigureAwait(false);
    }
}
