using System.Diagnostics;
using System.Text.Json;
using DistGrad.Host;
using Xunit;

namespace DistGrad.Properties.Host;

/// <summary>The tool as a user meets it: a process with arguments, two streams and an exit code.</summary>
public class CommandLineLaws
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(100);

    private sealed record Answer(int Code, string Output, string Error);

    private static async Task<Answer> Ask(params string[] arguments)
    {
        using var process = Start(arguments);
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(string[] arguments)
    {
        string[] all = [Path.Combine(AppContext.BaseDirectory, "DistGrad.Host.dll"), .. arguments];
        var start = new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start)!;
    }

    private static async Task<Answer> AskHere(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.Run(arguments, output, error);
        return new(code, output.ToString(), error.ToString());
    }

    private static void IsOneLineOfError(Answer answer, string complaint)
    {
        Assert.Equal(1, answer.Code);
        Assert.Contains(complaint, answer.Error, StringComparison.Ordinal);
        Assert.Single(answer.Error.TrimEnd('\n', '\r').Split('\n'));
        Assert.Empty(answer.Output);
    }

    [Fact]
    public async Task AProcessTrainsAndItsLastLineIsOneObject()
    {
        using var files = new IdxFiles();
        files.WritePart("t10k", 50, ".gz");
        var answer = await Ask(
            "train", "--data", files.Folder, "--model", "logistic", "--epochs", "2", "--batch", "16", "--json");
        Assert.Equal((0, ""), (answer.Code, answer.Error));
        var last = JsonDocument.Parse(answer.Output.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal(
            ["testAccuracy", "finalLoss", "steps", "seconds", "digest"], last.EnumerateObject().Select(p => p.Name));
        Assert.InRange(last.GetProperty("testAccuracy").GetDouble(), 0, 1);
        Assert.True(double.IsFinite(last.GetProperty("finalLoss").GetDouble()));
        Assert.Equal(6, last.GetProperty("steps").GetInt32());
        Assert.True(last.GetProperty("seconds").GetDouble() > 0);
        Assert.Matches("^[0-9a-f]{64}$", last.GetProperty("digest").GetString());
    }

    [Fact]
    public async Task AProcessSaysInOneLineWhatIsWrong() =>
        IsOneLineOfError(await Ask("train", "--data", "/no/such/folder"), "/no/such/folder is no folder");

    [Fact]
    public async Task AProcessThatIsInterruptedEndsCleanly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        using var process = Start(["train", "--epochs", "100000", "--model", "linear"]);
        try
        {
            using var deadline = new CancellationTokenSource(Deadline);
            // The second line comes when the data are ready.
            for (var line = 0; line < 2; line++)
                Assert.NotNull(await process.StandardOutput.ReadLineAsync(deadline.Token));
            // As Ctrl-C is handled, but never ignored, as it is in a process that a shell put into the background.
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync(deadline.Token);
            Assert.Equal(130, process.ExitCode);
            Assert.Equal("stopped", (await process.StandardError.ReadToEndAsync(deadline.Token)).Trim());
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [Theory]
    [InlineData("Required command")]
    [InlineData("Unrecognized command or argument '--wrong'", "train", "--wrong")]
    [InlineData("--batch: found 0; at least 1 is needed", "train", "--batch", "0")]
    [InlineData("--epochs: found -1; at least 1 is needed", "train", "--epochs", "-1")]
    [InlineData("--threads: found 0; at least 1 is needed", "train", "--threads", "0")]
    [InlineData("--lr: found '0,1'; a number above 0 is needed", "train", "--lr", "0,1")]
    [InlineData("--lr: found 'NaN'; a number above 0 is needed", "train", "--lr", "NaN")]
    [InlineData("'tree' not recognized", "train", "--model", "tree")]
    [InlineData("'many' for option '--batch'", "explain", "--batch", "many")]
    public async Task AWrongOptionIsOneLine(string complaint, params string[] arguments) =>
        IsOneLineOfError(await AskHere(arguments), complaint);

    [Fact]
    public async Task ADamagedFileIsOneLine()
    {
        using var files = new IdxFiles();
        files.WritePart("t10k", 10);
        files.Write("t10k-images-idx3-ubyte", [1, 2, 3]);
        IsOneLineOfError(await AskHere("train", "--data", files.Folder), "t10k-images-idx3-ubyte: 3 bytes");
    }

    [Theory]
    [InlineData("train", "--help")]
    [InlineData("--model", "train", "--help")]
    [InlineData("tutorial", "demo", "-h")]
    [InlineData("--batch", "explain", "--help")]
    [InlineData("0.1.0", "--version")]
    public async Task HelpAndVersionAreAnswers(string words, params string[] arguments)
    {
        var answer = await AskHere(arguments);
        Assert.Equal((0, ""), (answer.Code, answer.Error));
        Assert.Contains(words, answer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BroadcastingShowsSumsAndErrors()
    {
        var answer = await AskHere("demo", "broadcasting");
        Assert.Equal((0, ""), (answer.Code, answer.Error));
        Assert.Contains("[3] + [3, 1] = [3, 3]", answer.Output, StringComparison.Ordinal);
        Assert.Contains("[3, 1] + [3] = [3, 3]", answer.Output, StringComparison.Ordinal);
        Assert.Contains(
            "[3] + [4] fails\n    add: [3] and [4] do not broadcast", answer.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("logistic")]
    [InlineData("mlp")]
    public async Task ExplainShowsBothProgramsAndTheirCost(string model)
    {
        var answer = await AskHere("explain", "--model", model, "--batch", "32");
        Assert.Equal((0, ""), (answer.Code, answer.Error));
        Assert.Contains("loss(a: float32[784,", answer.Output, StringComparison.Ordinal);
        Assert.Contains("gradient(a: float32[784,", answer.Output, StringComparison.Ordinal);
        Assert.Equal(2, answer.Output.Split('\n').Count(l => l.Contains("flops", StringComparison.Ordinal)));
    }
}
