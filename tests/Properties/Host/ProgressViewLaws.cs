using DistGrad.Distributed;
using DistGrad.Host.Commands;
using Spectre.Console;
using Xunit;

namespace DistGrad.Properties.Host;

public class ProgressViewLaws
{
    private static readonly TrainingProgress[] Run = [.. Enumerable.Range(1, 40).Select(step => new TrainingProgress(
        step, 40, 1, step * 10, 1.0 / step, new Dictionary<string, double> { ["accuracy"] = step / 40.0 })
    {
        Silos = [new("127.0.0.1:11111@1", 10, step, 0.75), new("127.0.0.1:22222@2", 6, step, 0.5)],
    })];

    [Fact]
    public async Task WithoutATerminalSomeLinesTellOfTheRunTheLastStepAmongThem()
    {
        using var output = new StringWriter { NewLine = "\n" };
        Assert.Equal(7, await new ProgressView(output, terminal: null).Follow(Work));
        var lines = output.ToString().TrimEnd().Split('\n');
        Assert.Equal(20, lines.Length);
        Assert.StartsWith("epoch 1 step 40/40 loss 0.0250 accuracy 100.0 % ", lines[^1], StringComparison.Ordinal);
        Assert.EndsWith("shards and waiting 10 shards 25 %, 6 shards 50 %", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATerminalShowsTheRunAndEachSilo()
    {
        using var output = new StringWriter();
        var terminal = AnsiConsole.Create(new()
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });
        terminal.Profile.Width = 150;
        Assert.Equal(7, await new ProgressView(output, terminal).Follow(Work));
        string[] lines =
        [
            "step 40/40 loss 0.0250 accuracy 100.0 %",
            "127.0.0.1:11111: 10 shards 25 % waiting",
            "127.0.0.1:22222: 6 shards 50 % waiting",
        ];
        foreach (var shown in lines)
            Assert.Contains(shown, output.ToString(), StringComparison.Ordinal);
    }

    private static Task<int> Work(Action<TrainingProgress> report)
    {
        Array.ForEach(Run, report);
        return Task.FromResult(7);
    }
}
