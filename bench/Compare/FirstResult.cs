using System.Diagnostics;
using DistGrad.Micro;

namespace DistGrad.Compare;

/// <summary>Processes of their own from their start to the first gradient of (w x - y)^2.</summary>
internal static class FirstResult
{
    public const string Argument = "--first-result";

    private const int Rounds = 9;

    public static Comparison Run(bool hasPeer)
    {
        string[] sides = hasPeer ? ["ours", "peer"] : ["ours"];
        var times = sides.Select(_ => new double[Rounds]).ToArray();
        var memory = sides.Select(_ => new double[Rounds]).ToArray();
        for (var round = -1; round < Rounds; round++)
        {
            for (var i = 0; i < sides.Length; i++)
            {
                var (seconds, mebibytes) = Start(sides[i]);
                if (round >= 0)
                    (times[i][round], memory[i][round]) = (seconds, mebibytes);
            }
        }
        return new(
            Works.FirstResult, 1, new(times[0]), hasPeer ? new(times[1]) : null, 0, 0, null, 0,
            string.Join(" / ", memory.Select(m => $"{new Samples(m).Median:F0} MiB")));
    }

    /// <summary>What the child process does.</summary>
    public static int Child(string side)
    {
        var found = side == "ours" ? Ours() : Peer.Load(builds: false, out _)!.First();
        using var self = Process.GetCurrentProcess();
        Console.WriteLine($"{found} {self.PeakWorkingSet64 / 1048576.0}");
        return found == -8 ? 0 : 1;
    }

    private static double Ours() => Diff.Grad(
        Tensor.Of(1.0), w => Tensor.Square((w * Tensor.Of(2.0)) - Tensor.Of(4.0))).Item();

    // The program itself, even where it was started by way of dotnet.
    private static string Program => Path.Combine(
        AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "DistGrad.Compare.exe" : "DistGrad.Compare");

    private static (double Seconds, double Mebibytes) Start(string side)
    {
        var start = Stopwatch.GetTimestamp();
        using var child = Process.Start(new ProcessStartInfo(Program, [Argument, side])
        {
            RedirectStandardOutput = true,
        })!;
        var line = child.StandardOutput.ReadLine() ?? "";
        var time = Stopwatch.GetElapsedTime(start).TotalSeconds;
        child.WaitForExit();
        return child.ExitCode == 0 && line.Split(' ') is [_, var memory]
            ? (time, double.Parse(memory))
            : throw new InvalidOperationException($"The process for {side} found no gradient: {line}");
    }
}
