using System.Globalization;
using DistGrad.Distributed;
using DistGrad.Host.Training;
using Spectre.Console;

namespace DistGrad.Host.Commands;

/// <summary>Shows a run: a bar that moves on a terminal, lines elsewhere.</summary>
internal sealed class ProgressView(TextWriter output, IAnsiConsole? terminal)
{
    /// <summary>About how many lines tell of a run where there is no terminal.</summary>
    private const int Lines = 20;

    /// <summary>How long a line may be waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The view on what a command writes to, which is a terminal only if it is the console and not redirected.
    /// </summary>
    public static ProgressView On(TextWriter output) =>
        new(output, ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected ? AnsiConsole.Console : null);

    public void Line(string line) => output.WriteLine(line);

    /// <summary>Does the work, and shows what it reports.</summary>
    public Task<T> Follow<T>(Func<Action<TrainingProgress>, Task<T>> work) =>
        terminal is null ? work(InLines()) : Live(terminal, work);

    private static Task<T> Live<T>(
        IAnsiConsole terminal, Func<Action<TrainingProgress>, Task<T>> work) => terminal.Progress()
        .Columns(
            new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(),
            new TaskDescriptionColumn { Alignment = Justify.Left })
        .StartAsync(context =>
        {
            var bar = context.AddTask("compiling");
            var silos = new Dictionary<string, ProgressTask>();
            var speed = new Speed();
            return work(progress =>
            {
                (bar.MaxValue, bar.Value) = (progress.Steps, progress.Step);
                if (!speed.Read(progress.Examples, Refresh) && progress.Step != progress.Steps)
                    return;
                bar.Description = Markup.Escape(Describe(progress, speed));
                foreach (var silo in progress.Silos)
                {
                    if (!silos.TryGetValue(silo.Silo, out var line))
                        silos[silo.Silo] = line = context.AddTask(Address(silo));
                    (line.MaxValue, line.Value) = (progress.Steps, silo.Step);
                    line.Description = Markup.Escape($"{Address(silo)}: {Describe(silo)} waiting");
                }
            });
        });

    private Action<TrainingProgress> InLines()
    {
        var speed = new Speed();
        return progress =>
        {
            var isDue = progress.Step % Math.Max(1, progress.Steps / Lines) == 0 || progress.Step == progress.Steps;
            if (!speed.Read(progress.Examples, isDue ? TimeSpan.Zero : Patience) && !isDue)
                return;
            Line($"epoch {progress.Epoch} {Describe(progress, speed)}, shards and waiting {Describe(progress.Silos)}");
        };
    }

    private static string Describe(TrainingProgress progress, Speed speed) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {progress.Step}/{progress.Steps} loss {progress.Loss:F4} accuracy " +
        $"{100 * progress.Metrics[Recipe.Accuracy]:F1} % {speed.PerSecond:F0} examples/s");

    private static string Describe(IEnumerable<SiloProgress> silos) => string.Join(", ", silos.Select(Describe));

    private static string Describe(SiloProgress silo) =>
        string.Create(CultureInfo.InvariantCulture, $"{silo.Shards} shards {100 * (1 - silo.Busy):F0} %");

    /// <summary>The part of a silo's name that a person needs: the address, without the time of its start.</summary>
    private static string Address(SiloProgress silo) => silo.Silo.Split('@')[0];
}
