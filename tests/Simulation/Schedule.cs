using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DistGrad.Simulation;

/// <summary>What goes wrong.</summary>
internal enum FaultKind
{
    /// <summary>A worker is gone for good; the run hears of it some time later.</summary>
    Crash,

    /// <summary>The run is told that a worker is gone that is not.</summary>
    Suspect,

    /// <summary>
    /// A worker loses what it holds and lives on; the run hears of it some time later, if not from itself.
    /// </summary>
    Forget,

    /// <summary>
    /// The run's silo is gone: another reads what was stored and goes on with the workers that are left.
    /// </summary>
    Restart,

    /// <summary>Messages are lost.</summary>
    Lose,

    /// <summary>Messages arrive, and the news of it is lost.</summary>
    Deafen,

    /// <summary>Messages arrive once more, some time later.</summary>
    Repeat,

    /// <summary>Messages take long, some longer than the sender waits.</summary>
    Delay,

    /// <summary>A worker computes ten times as slowly.</summary>
    Slow,

    /// <summary>A worker cannot do what it is to do next.</summary>
    Break,

    /// <summary>A contribution to a worker comes once more, with other numbers.</summary>
    Forge,
}

/// <summary>
/// Something that goes wrong at a time, to a worker or, where there is no such worker, to all; for a while, and to a
/// share.
/// </summary>
internal sealed record Fault(FaultKind Kind, int At, int Worker, int For = 0, int Percent = 100)
{
    /// <summary>Whether a worker may have lost what it held, or its place, by this.</summary>
    public bool Removes => Kind is FaultKind.Crash or FaultKind.Suspect or FaultKind.Forget;

    public bool Lasts(long time) => time >= At && time < At + For;

    public override string ToString() => $"{Kind}@{At}:{Worker}+{For}*{Percent}";
}

/// <summary>All that decides what happens in a simulation.</summary>
internal sealed partial record Schedule(long Seed, int Workers, Problem Problem, ImmutableArray<Fault> Faults)
{
    /// <summary>Problems that are met.</summary>
    private const int Problems = 48;

    private const int MostWorkers = 8;

    /// <summary>Whether somebody is left whom nothing has removed, so that the run must end well.</summary>
    public bool IsFair => Workers <= Problem.Shards && Survivors.Any();

    private IEnumerable<int> Survivors => Enumerable.Range(0, Workers)
        .Where(w => !Faults.Any(f => f.Removes && f.Worker == w));

    /// <summary>When the last fault is over.</summary>
    public int Calm => Faults.Select(f => f.At + f.For).DefaultIfEmpty().Max();

    /// <summary>The schedule of a seed.</summary>
    public static Schedule Of(long seed)
    {
        var dice = new Dice(seed);
        var problem = Problem.Of(dice.Between(0, Problems - 1));
        var most = Math.Min(MostWorkers, problem.Shards);
        var workers = dice.Chance(10) ? 1 : dice.Between(Math.Min(2, most), most);
        var immune = dice.Between(0, workers - 1);
        var horizon = 60 + (int)(problem.Steps * 70);
        // Each schedule has its own mixture, so that every few of the kinds meet, and some schedules are calm; in
        // others, who was thrown out comes back.
        FaultKind[] kinds = dice.Chance(10) ? [] : dice.Chance(20)
            ? [FaultKind.Suspect, FaultKind.Suspect, FaultKind.Restart, FaultKind.Restart, FaultKind.Slow]
            : [.. Enum.GetValues<FaultKind>().Where(k => k < FaultKind.Break &&
                dice.Chance(k == FaultKind.Crash ? 60 : 40))];
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var at = 0;
        for (var left = kinds.Length == 0 ? 0 : dice.Between(1, 10); left > 0; left--)
        {
            // Misfortunes seldom come singly.
            at = at > 0 && dice.Chance(50) ? at + dice.Between(0, 60) : dice.Between(0, horizon);
            var fault = new Fault(dice.Of(kinds), at, dice.Between(0, workers - 1));
            faults.Add(fault.Kind switch
            {
                FaultKind.Crash or FaultKind.Suspect or FaultKind.Forget or FaultKind.Restart => fault,
                FaultKind.Slow => fault with { For = dice.Between(50, 400) },
                // Of all messages, or of one worker's: where all of one's are lost it is cut off.
                _ => fault with
                {
                    Worker = dice.Chance(50) ? -1 : fault.Worker,
                    For = dice.Between(20, 300),
                    Percent = dice.Of(20, 50, 100),
                },
            });
        }
        return new(seed, workers, problem, [.. faults.Where(f => !f.Removes || f.Worker != immune).OrderBy(f => f.At)]);
    }

    /// <summary>
    /// The same, and something that no other worker can make good: as a rule the run has to fail, and say why.
    /// </summary>
    public Schedule WithMisdeed()
    {
        var dice = new Dice(Seed, 6);
        var horizon = 60 + (int)(Problem.Steps * 50);
        var at = dice.Between(0, horizon);
        var misdeed = dice.Chance(50)
            ? new Fault(FaultKind.Forge, at, Worker: -1, For: 300)
            : new Fault(FaultKind.Break, at, dice.Between(0, Workers - 1));
        return this with { Faults = Faults.Add(misdeed) };
    }

    /// <summary>Schedules made simpler in one way, the largest steps first.</summary>
    public IEnumerable<Schedule> Smaller()
    {
        IEnumerable<Schedule> smaller =
        [
            .. Faults.Length > 2 ? Halves() : [],
            .. Faults.Select(fault => this with { Faults = Faults.Remove(fault) }),
            this with { Workers = Workers - 1 },
            .. Problem.Smaller().Select(problem => this with { Problem = problem }),
            .. Faults.Where(f => f.For > 20)
                .Select(f => this with { Faults = Faults.Replace(f, f with { For = f.For / 2 }) }),
            .. Faults.Where(f => f.Percent < 100)
                .Select(f => this with { Faults = Faults.Replace(f, f with { Percent = 100 }) }),
        ];
        return smaller.Where(s => s.Workers > 0 && s.IsFair);
    }

    public override string ToString() => $"{Seed} {Workers} {Problem} {string.Join(" ", Faults)}".TrimEnd();

    /// <summary>The schedule that prints so.</summary>
    /// <exception cref="FormatException">None does.</exception>
    public static Schedule Parse(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length < 3 ? throw new FormatException($"'{text}' is no schedule") : new(
            long.Parse(parts[0], CultureInfo.InvariantCulture),
            int.Parse(parts[1], CultureInfo.InvariantCulture),
            Problem.Parse(parts[2]),
            [.. parts.Skip(3).Select(ParseFault)]);
    }

    private IEnumerable<Schedule> Halves()
    {
        var half = Faults.Length / 2;
        yield return this with { Faults = Faults[..half] };
        yield return this with { Faults = Faults[half..] };
    }

    private static Fault ParseFault(string text)
    {
        var match = FaultText().Match(text);
        return match.Success ? new(Enum.Parse<FaultKind>(match.Groups[1].Value), Whole(2), Whole(3), Whole(4), Whole(5))
            : throw new FormatException($"'{text}' is no fault");

        int Whole(int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(\w+)@(\d+):(-?\d+)\+(\d+)\*(\d+)$")]
    private static partial Regex FaultText();

    public bool Equals(Schedule? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}
