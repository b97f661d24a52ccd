using System.Diagnostics;
using Xunit;

namespace DistGrad.Cluster.Tests;

/// <summary>The tool as a user meets it: a process with arguments, two streams and an exit code.</summary>
internal sealed class Tool : IDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly Process process;
    private readonly CancellationTokenSource deadline = new(Deadline);

    private Tool(Process process) => this.process = process;

    public int Id => process.Id;

    public static string Assembly => Path.Combine(AppContext.BaseDirectory, "DistGrad.Host.dll");

    /// <summary>Starts it.</summary>
    public static Tool Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new(Process.Start(start)!);
    }

    /// <summary>Starts it, and waits for what it has to say.</summary>
    public static async Task<Answer> Ask(params string[] arguments)
    {
        using var tool = Start(arguments);
        return await tool.End();
    }

    /// <summary>The next line of its output that contains this.</summary>
    public async Task<string> Line(string containing)
    {
        while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.Contains(containing, StringComparison.Ordinal))
                return line;
        }
        throw new InvalidOperationException(
            $"It ended without a line with '{containing}': " +
            await process.StandardError.ReadToEndAsync(deadline.Token));
    }

    /// <summary>What it says from now on, and its exit code.</summary>
    public async Task<Answer> End()
    {
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var error = process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>The processes that it started and that are still there.</summary>
    public int[] Children() => [.. Process.GetProcesses().Where(p => ParentOf(p.Id) == Id).Select(p => p.Id)];

    /// <summary>What a silo sees when the process that started it is gone.</summary>
    public void CloseInput() => process.StandardInput.Close();

    /// <summary>
    /// As Ctrl-C is handled, but never ignored, as it is in a process that a shell put into the background.
    /// </summary>
    public void Terminate() => Signal("-TERM", Id);

    /// <summary>Ends it without a chance to say good-bye.</summary>
    public void Kill() => Signal("-KILL", Id);

    /// <summary>Waits until none of these processes is there.</summary>
    public static async Task AreGone(IEnumerable<int> processes)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        foreach (var id in processes)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                await process.WaitForExitAsync(deadline.Token);
            }
            catch (ArgumentException)
            {
                // It is gone already.
            }
        }
    }

    public static void Signal(string signal, int process)
    {
        using var kill = Process.Start("kill", [signal, $"{process}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.Dispose();
        deadline.Dispose();
    }

    private static int ParentOf(int process)
    {
        try
        {
            // The fourth field, counted behind the name, which may hold spaces.
            var status = File.ReadAllText($"/proc/{process}/stat");
            var parent = status[(status.LastIndexOf(')') + 2)..].Split(' ')[1];
            return int.Parse(parent, System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

internal sealed record Answer(int Code, string Output, string Error)
{
    public void IsOneLineOfError(string complaint)
    {
        Assert.Equal(1, Code);
        Assert.Contains(complaint, Error, StringComparison.Ordinal);
        Assert.Single(Error.TrimEnd('\n', '\r').Split('\n'));
    }
}
