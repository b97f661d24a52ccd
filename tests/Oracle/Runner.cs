using System.Collections.Immutable;
using DistGrad.Oracle.Kinds;

namespace DistGrad.Oracle;

internal enum Outcome
{
    Passed,
    Failed,
    Skipped,
}

/// <summary>What became of a case, and why unless it passed.</summary>
internal sealed record Result(string Id, Outcome Outcome, string Detail = "");

/// <summary>A way to run a kind of case: what differs from the expected, where null is no difference.</summary>
internal delegate IEnumerable<string?> KindRunner(Case @case, Settings settings);

/// <summary>Runs cases of every kind.</summary>
internal static class Runner
{
    private static readonly Dictionary<string, KindRunner> Kinds = new()
    {
        ["op"] = Differentiable.Run,
        ["composite"] = Differentiable.Run,
        ["nth"] = Nth.Run,
        ["broadcast"] = Broadcasts.Run,
        ["error"] = Errors.Run,
        ["tutorial"] = Tutorial.Run,
        ["optimizer"] = Learning.OfOptimizer,
        ["schedule"] = Learning.OfSchedule,
        ["clip"] = Learning.OfClip,
        ["distributed"] = Oracle.Kinds.Distributed.Run,
    };

    public static Result Run(Case @case, Settings settings)
    {
        try
        {
            if (!Kinds.TryGetValue(@case.Kind, out var run))
                throw new SkippedException($"no cases of kind {@case.Kind} are run");
            var differences = run(@case, settings).OfType<string>().ToArray();
            return differences.Length == 0
                ? new(@case.Id, Outcome.Passed)
                : new(@case.Id, Outcome.Failed, string.Join("; ", differences));
        }
        catch (SkippedException e)
        {
            return new(@case.Id, Outcome.Skipped, e.Message);
        }
        catch (Exception e) when (e is not NotSupportedException)
        {
            return new(@case.Id, Outcome.Failed, $"{e.GetType().Name}: {e.Message}");
        }
    }

    public static ImmutableArray<Result> Run(string path, Settings settings) =>
        [.. Case.Read(path).Select(c => Run(c, settings))];

    /// <summary>The files that paths of files and folders name, in order.</summary>
    /// <exception cref="FileNotFoundException">A path is neither.</exception>
    public static IEnumerable<string> Files(IEnumerable<string> paths) => paths.SelectMany<string, string>(path =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal)
        : File.Exists(path) ? [path]
        : throw new FileNotFoundException($"{path}: no such file or folder"));
}
