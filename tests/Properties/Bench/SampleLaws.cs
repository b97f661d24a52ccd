using System.Text.Json;
using Xunit;

namespace DistGrad.Properties.Bench;

/// <summary>The GradBench tool gives what other software gave for the same inputs, where those are at hand.</summary>
public class SampleLaws
{
    /// <summary>Relative to the largest number of a member; the samples themselves are good to 1e-11.</summary>
    private const double Tolerance = 1e-9;

    /// <summary>Descent ends within its own stopping distance, and rounding decides where: absolute.</summary>
    private const double Descent = 1e-7;

    [Theory]
    [InlineData("hello")]
    [InlineData("llsq")]
    [InlineData("lse")]
    [InlineData("gmm")]
    [InlineData("ba")]
    [InlineData("ht")]
    [InlineData("lstm")]
    [InlineData("kmeans")]
    [InlineData("det")]
    [InlineData("ode")]
    [InlineData("particle")]
    [InlineData("saddle")]
    public void SamplesHold(string module)
    {
        var files = Directory.GetFiles(Path.Combine(Shared.Folder("gradbench"), "samples"), $"{module}-*.json");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            using var sample = JsonDocument.Parse(File.ReadAllBytes(file));
            var input = sample.RootElement.GetProperty("input").GetRawText();
            foreach (var output in sample.RootElement.GetProperty("outputs").EnumerateObject())
            {
                var answer = Tool.Evaluated(module, output.Name, input);
                var name = $"{Path.GetFileName(file)}, {output.Name}";
                Assert.True(answer.TryGetProperty("output", out var found), $"{name}: {answer}");
                RequireNear(name, output.Value, found, module is "particle" or "saddle");
            }
        }
    }

    private static void RequireNear(string name, JsonElement expected, JsonElement found, bool absolute)
    {
        var given = Numbers("", found).ToArray();
        var wanted = Numbers("", expected).ToArray();
        if (found.ValueKind == JsonValueKind.Object && found.TryGetProperty("rows", out var rows))
            wanted = WithinMemory(wanted, rows.GetArrayLength());
        Assert.Equal(wanted.Select(w => w.Path), given.Select(g => g.Path));
        foreach (var (w, g) in wanted.Zip(given))
        {
            // Members are compared by themselves, as their sizes differ.
            var part = wanted.Where(o => Member(o.Path) == Member(w.Path)).Max(o => Math.Abs(o.Number));
            var bound = absolute ? Descent : Tolerance * part;
            Assert.True(
                Math.Abs(w.Number - g.Number) <= bound, $"{name}: {w.Path} is {g.Number}; {w.Number} is expected");
        }

        static string Member(string path) => path.Split('[')[0];
    }

    /// <summary>
    /// Of rows that are fewer than the protocol shows, a sample goes on with what lay behind them in memory, and then
    /// ends with the last one, as always.
    /// </summary>
    private static (string Path, double Number)[] WithinMemory((string Path, double Number)[] wanted, int rows)
    {
        var all = wanted.Where(w => w.Path.StartsWith(".rows", StringComparison.Ordinal)).ToArray();
        return
        [
            .. wanted.Except(all).TakeWhile(w => string.CompareOrdinal(w.Path, ".rows") < 0),
            .. all[..(rows - 1)], ($".rows[{rows - 1}]", all[^1].Number),
            .. wanted.Except(all).SkipWhile(w => string.CompareOrdinal(w.Path, ".rows") < 0),
        ];
    }

    private static IEnumerable<(string Path, double Number)> Numbers(string path, JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => json.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal)
                .SelectMany(m => Numbers($"{path}.{m.Name}", m.Value)),
            JsonValueKind.Array => json.EnumerateArray().SelectMany((item, i) => Numbers($"{path}[{i}]", item)),
            _ => [(path, json.GetDouble())],
        };
}
