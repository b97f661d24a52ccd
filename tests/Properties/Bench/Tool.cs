using System.Text;
using System.Text.Json;
using DistGrad.GradBench.Protocol;

namespace DistGrad.Properties.Bench;

/// <summary>The tool, spoken to in lines.</summary>
internal static class Tool
{
    /// <summary>What it answers, and what it writes to its log.</summary>
    public static (string Output, string Log) Said(string input, int threads = 1)
    {
        using var lines = new MemoryStream(Encoding.UTF8.GetBytes(input));
        using var output = new MemoryStream();
        using var log = new StringWriter();
        new Session(lines, output, log, threads).Run();
        return (Encoding.UTF8.GetString(output.ToArray()), log.ToString());
    }

    /// <summary>The answer to each message; each must be one line.</summary>
    public static JsonElement[] Answers(params string[] messages)
    {
        var (output, _) = Said(string.Concat(messages.Select(m => m + "\n")));
        return [.. output.Split('\n')[..^1].Select(line => JsonDocument.Parse(line).RootElement)];
    }

    public static JsonElement Answer(string message) => Answers(message).Single();

    /// <summary>The answer to one evaluation.</summary>
    public static JsonElement Evaluated(string module, string function, string input) => Answer(
        $$"""{"id":7,"kind":"evaluate","module":"{{module}}","function":"{{function}}","input":{{input}}}""");
}
