using System.Diagnostics;
using System.Globalization;

namespace DistGrad.Simulation;

/// <summary>Simulates many schedules, and makes the first that fail as small as it can.</summary>
internal static class Program
{
    public const string Command = "dotnet run -c Release --project tests/Simulation --";

    private const string Usage =
        $"usage: {Command} [--seeds COUNT] [--first SEED] [--seed SEED] [--misdeeds true] [--schedule TEXT]";

    private const int Often = 500;

    /// <summary>Failures that are made small; of the rest the seeds are enough.</summary>
    private const int MostSmall = 5;

    public static int Main(string[] arguments)
    {
        try
        {
            var schedules = Parse(arguments);
            var (passed, failed, clock) = (0, 0, Stopwatch.StartNew());
            var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
            foreach (var schedule in schedules)
            {
                if (Failure.Of(schedule, out var met) is not { } failure)
                {
                    passed++;
                    foreach (var kind in met!.Kinds(schedule))
                        kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
                }
                else
                {
                    failed++;
                    Console.WriteLine(failed <= MostSmall ? failure.Smallest() : failure);
                }
                if ((passed + failed) % Often == 0)
                    Console.WriteLine($"{passed + failed} schedules in {clock.ElapsedMilliseconds / 1000} s");
            }
            Console.WriteLine(string.Join(", ", kinds.Select(k => $"{k.Key} {100 * k.Value / Math.Max(1, passed)} %")));
            Console.WriteLine($"{passed} passed, {failed} failed");
            return failed == 0 ? 0 : 1;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }

    private static IEnumerable<Schedule> Parse(string[] arguments)
    {
        var (first, count, misdeeds) = (0L, 300L, false);
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException(Usage);
            switch (arguments[i])
            {
                case "--seeds":
                    count = Number(value);
                    break;
                case "--first":
                    first = Number(value);
                    break;
                case "--seed":
                    (first, count) = (Number(value), 1);
                    break;
                case "--misdeeds":
                    misdeeds = bool.Parse(value);
                    break;
                case "--schedule":
                    return [Schedule.Parse(value)];
                default:
                    throw new ArgumentException(Usage);
            }
        }
        return Seeds(first, count).Select(Schedule.Of).Select(s => misdeeds ? s.WithMisdeed() : s);
    }

    private static IEnumerable<long> Seeds(long first, long count)
    {
        for (var seed = first; seed < first + count; seed++)
            yield return seed;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>A schedule under which something was not as it must be.</summary>
internal sealed record Failure(Schedule Schedule, string Law)
{
    public static Failure? Of(Schedule schedule) => Of(schedule, out _);

    public static Failure? Of(Schedule schedule, out Met? met)
    {
        met = null;
        try
        {
            met = World.Simulate(schedule);
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new(schedule, e is BrokenLawException ? e.Message : e.ToString());
        }
    }

    /// <summary>A failure from which nothing can be taken away.</summary>
    public Failure Smallest()
    {
        var smallest = this;
        while (smallest.Schedule.Smaller().Select(s => Of(s)).OfType<Failure>().FirstOrDefault() is { } smaller)
            smallest = smaller;
        return smallest;
    }

    public override string ToString() =>
        $"{Law}\n  seed {Schedule.Seed}; the smallest schedule that fails:\n" +
        $"  {Program.Command} --schedule \"{Schedule}\"";
}
