using DistGrad.Distributed;
using DistGrad.Host.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DistGrad.Host.Cluster;

/// <summary>A silo of the tool's own, which knows the tool's data.</summary>
internal static class SiloHost
{
    /// <summary>What all silos and clients of the tool call their cluster.</summary>
    public const string Name = "distgrad";

    public static IHost Build(SiloSettings settings, LogLevel logged = LogLevel.None)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.SetMinimumLevel(logged).AddSimpleConsole(o => o.SingleLine = true);
        // The commands say when it ends, not the signals.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(settings.Port, settings.Gateway, settings.Primary, Name, Name)
            .Services
            .AddDistGrad(o => o.Threads = settings.Threads)
            .AddSingleton<IDataSource, DigitsSource>()
            .AddSingleton<IDataSource, IdxSource>());
        return builder.Build();
    }

    /// <summary>Stops a host, but does not wait for long.</summary>
    public static async Task Stop(IHost host)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await host.StopAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It ends with the process then.
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
