using System.Diagnostics;

namespace DistGrad.Micro;

/// <summary>A process of its own from its start to the first gradient of the one-weight example.</summary>
internal static class Cold
{
    public static void Run(Report report)
    {
        const string Name = "cold/process start to the first gradient of (w x - y)^2";
        if (!report.Wants(Name))
            return;
        const int Rounds = 9;
        var (times, inside, memory) = (new double[Rounds], new double[Rounds], new double[Rounds]);
        for (var round = -1; round < Rounds; round++)
        {
            var figures = Start();
            if (round >= 0)
                (times[round], inside[round], memory[round]) = figures;
        }
        report.Add(
            Name, new(times), "ms",
            $"of which in Main {new Samples(inside).Median:F0} ms; {new Samples(memory).Median:F0} MiB");
    }

    public static int Child()
    {
        var start = Stopwatch.GetTimestamp();
        var gradient = Diff.Grad(Tensor.Of(1.0), w =>
        {
            var error = (w * Tensor.Of(2.0)) - Tensor.Of(4.0);
            return error * error;
        });
        var found = gradient.Item();
        var inside = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        using var self = Process.GetCurrentProcess();
        Console.WriteLine($"{found} {inside} {self.PeakWorkingSet64 / 1048576.0}");
        return found == -8 ? 0 : 1;
    }

    private static (double Time, double Inside, double Memory) Start()
    {
        var start = Stopwatch.GetTimestamp();
        using var child = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, ["--cold"]) { RedirectStandardOutput = true })!;
        var line = child.StandardOutput.ReadLine() ?? "";
        var time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        child.WaitForExit();
        if (child.ExitCode != 0 || line.Split(' ') is not [_, var inside, var memory])
            throw new InvalidOperationException($"The child process found no gradient: {line}");
        return (time, double.Parse(inside), double.Parse(memory));
    }
}
