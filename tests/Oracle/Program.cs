using System.Collections.Immutable;
using System.Text.Json;

namespace DistGrad.Oracle;

/// <summary>Runs files of expected values and says what differs.</summary>
internal static class Program
{
    private const string Usage =
        "usage: dotnet run -c Release --project tests/Oracle -- PATH... " +
        "[--dtype float64|float32] [--mode interpret|compiled] [--json FILE]";

    private static readonly (string, DType)[] DTypes = [("float64", DType.Float64), ("float32", DType.Float32)];

    private static readonly (string, Mode)[] Modes = [("interpret", Mode.Interpret), ("compiled", Mode.Compiled)];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static int Main(string[] arguments)
    {
        try
        {
            var (paths, settings, json) = Parse(arguments);
            var results = new List<Result>();
            foreach (var file in Runner.Files(paths))
                results.AddRange(Report(file, settings));
            if (results.Count == 0)
                throw new InvalidDataException($"{string.Join(", ", paths)}: no cases");
            if (json is not null)
                File.WriteAllText(json, Json(results));
            Console.WriteLine(Summary(results));
            return results.Any(r => r.Outcome == Outcome.Failed) ? 1 : 0;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException
            or ArgumentException or NotSupportedException)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }

    private static ImmutableArray<Result> Report(string file, Settings settings)
    {
        var results = Runner.Run(file, settings);
        foreach (var result in results.Where(r => r.Outcome == Outcome.Failed))
            Console.WriteLine($"{result.Id}: {result.Detail.ReplaceLineEndings(" ")}");
        Console.WriteLine($"{Path.GetFileName(file)}: {Summary(results)}");
        return results;
    }

    private static string Summary(IReadOnlyList<Result> results) =>
        $"{Count(results, Outcome.Passed)} passed, {Count(results, Outcome.Failed)} failed, " +
        $"{Count(results, Outcome.Skipped)} skipped";

    private static int Count(IReadOnlyList<Result> results, Outcome outcome) =>
        results.Count(r => r.Outcome == outcome);

    private static string Json(IReadOnlyList<Result> results) => JsonSerializer.Serialize(
        new
        {
            passed = Count(results, Outcome.Passed),
            failed = Count(results, Outcome.Failed),
            skipped = Count(results, Outcome.Skipped),
            cases = results.Select(r => new { id = r.Id, outcome = Name(r.Outcome), detail = r.Detail }),
        },
        Indented);

    private static string Name(Outcome outcome) => outcome switch
    {
        Outcome.Passed => "passed",
        Outcome.Failed => "failed",
        _ => "skipped",
    };

    private static (List<string> Paths, Settings Settings, string? Json) Parse(string[] arguments)
    {
        var (paths, settings, json) = (new List<string>(), new Settings(), (string?)null);
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--dtype":
                    settings = settings with { DType = Choice("--dtype", DTypes) };
                    break;
                case "--mode":
                    settings = settings with { Mode = Choice("--mode", Modes) };
                    break;
                case "--json":
                    json = Next("--json");
                    break;
                case var option when option.StartsWith('-'):
                    throw new ArgumentException($"{option} is no option; {Usage}");
                case var path:
                    paths.Add(path);
                    break;
            }

            string Next(string option) =>
                ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{option} needs a value; {Usage}");

            T Choice<T>(string option, (string Name, T Value)[] choices)
            {
                var name = Next(option);
                var found = Array.FindIndex(choices, c => c.Name == name);
                return found >= 0 ? choices[found].Value : throw new ArgumentException(
                    $"{option} {name}: one of {string.Join(", ", choices.Select(c => c.Name))} is needed");
            }
        }
        return paths.Count > 0 ? (paths, settings, json) : throw new ArgumentException(Usage);
    }
}
