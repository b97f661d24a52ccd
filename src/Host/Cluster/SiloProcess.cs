using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DistGrad.Host.Cluster;

/// <summary>
/// A silo in a process of its own. It ends when its standard input does, and so with the process that started it,
/// however that one ends.
/// </summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    /// <summary>What a silo says on its standard output once it has joined.</summary>
    public const string Ready = "ready";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Process process;
    private readonly StringBuilder complaint = new();

    private SiloProcess(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) => complaint.AppendLine(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>The number of the process.</summary>
    public int Id => process.Id;

    /// <summary>The silo, once it has joined.</summary>
    /// <exception cref="UserException">It has not; the message is what it said.</exception>
    public static async Task<SiloProcess> Start(SiloSettings settings, CancellationToken stop)
    {
        var silo = new SiloProcess(Process.Start(Command(settings))!);
        try
        {
            while (await silo.process.StandardOutput.ReadLineAsync(stop).ConfigureAwait(false) is { } line)
            {
                if (line == Ready)
                    return silo;
            }
            await silo.process.WaitForExitAsync(stop).ConfigureAwait(false);
            throw new UserException($"A silo could not be started: {silo.complaint.ToString().Trim()}");
        }
        catch
        {
            await silo.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
        process.Dispose();
    }

    /// <summary>This program once more, whichever way it was started.</summary>
    private static ProcessStartInfo Command(SiloSettings settings)
    {
        var tool = typeof(SiloProcess).Assembly;
        var isTool = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == tool.GetName().Name;
        return new(isTool ? Environment.ProcessPath! : "dotnet", [
            .. isTool ? [] : new[] { tool.Location }, "silo", "--child",
            "--port", Text(settings.Port), "--gateway", Text(settings.Gateway),
            "--primary", $"{settings.Primary}", "--threads", Text(settings.Threads)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
