using DistGrad.Host;
using Xunit;

namespace DistGrad.Properties.Host;

/// <summary>What the tool answers to its arguments; as a process it is met in the tests of the cluster.</summary>
public class CommandLineLaws
{
    private sealed record Answer(int Code, string Output, string Error);

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

    [Theory]
    [InlineData("Required command")]
    [InlineData("'trian' is no command of distgrad; there are train, silo,", "trian")]
    [InlineData("'trian' is no command of distgrad", "trian", "--epochs", "3")]
    [InlineData("'nothing' is no command of distgrad demo; there are tutorial, broadcasting", "demo", "nothing")]
    [InlineData("'--wrong' is no command of distgrad", "--wrong")]
    [InlineData("Unrecognized command or argument '--wrong'", "train", "--wrong")]
    [InlineData("--batch: found 0; at least 1 is needed", "train", "--batch", "0")]
    [InlineData("--epochs: found -1; at least 1 is needed", "train", "--epochs", "-1")]
    [InlineData("--threads: found 0; at least 1 is needed", "train", "--threads", "0")]
    [InlineData("--silos: found 0; at least 1 is needed", "train", "--silos", "0")]
    [InlineData("--silos: 5 silos are more than 4 shards", "train", "--silos", "5", "--shards", "4")]
    [InlineData("--shards: found 12; a power of two is needed", "train", "--shards", "12")]
    [InlineData("--cluster names silos that are there already", "train", "--cluster", "127.0.0.1:9", "--silos", "2")]
    [InlineData("--cluster: found 'nowhere'; an address and a port are needed", "train", "--cluster", "nowhere")]
    [InlineData("--gateway: found 70000; 1 to 65535 are ports", "cluster", "--gateway", "70000")]
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
        var lines = answer.Output.Split('\n');
        Assert.Equal(2, lines.Count(l => l.Contains(" applications; ", StringComparison.Ordinal)));
        Assert.Contains(
            lines,
            l => l.Contains("matmul", StringComparison.Ordinal) && l.Contains(" us ", StringComparison.Ordinal));
    }
}
