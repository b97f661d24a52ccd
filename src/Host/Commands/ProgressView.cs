using System.Globalization;
using Spectre.Console;

namespace DistGrad.Host.Commands;

/// <summary>Shows a run: a bar that moves on a terminal, lines elsewhere.</summary>
internal sealed class ProgressView(TextWriter output, bool isTerminal)
{
    /// <summary>About how many lines tell of a run where there is no terminal.</summary>
    private const int Lines = 20;

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The view on what a command writes to, which is a terminal only if it is the console and not redirected.
    /// </summary>
    public static ProgressView On(TextWriter output) =>
        new(output, ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected);

    public void Line(string line) => output.WriteLine(line);

    /// <summary>Does the work, and shows what it reports.</summary>
    public T Follow<T>(Func<Action<Training.Progress>, T> work) => isTerminal ? Live(work) : work(InLines());

    private static T Live<T>(Func<Action<Training.Progress>, T> work) => AnsiConsole.Progress()
        .Columns(
            new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(),
            new TaskDescriptionColumn { Alignment = Justify.Left })
        .Start(context =>
        {
            var bar = context.AddTask("compiling");
            var speed = new Speed();
            return work(progress =>
            {
                (bar.MaxValue, bar.Value) = (progress.Steps, progress.Step);
                if (speed.Read(progress.Examples, Refresh) || progress.Step == progress.Steps)
                    bar.Description = Markup.Escape(Describe(progress, speed));
            });
        });

    private Action<Training.Progress> InLines()
    {
        var speed = new Speed();
        return progress =>
        {
            if (progress.Step % Math.Max(1, progress.Steps / Lines) != 0 && progress.Step != progress.Steps)
                return;
            speed.Read(progress.Examples, TimeSpan.Zero);
            Line($"epoch {progress.Epoch} {Describe(progress, speed)}");
        };
    }

    private static string Describe(Training.Progress progress, Speed speed) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {progress.Step}/{progress.Steps} loss {progress.Loss:F4} accuracy {100 * progress.Accuracy:F1} %" +
        $" {speed.PerSecond:F0} examples/s");
}
