using System.Diagnostics;

namespace DistGrad.Micro;

/// <summary>Figures of one case, in the order in which they were taken.</summary>
internal sealed class Samples(double[] figures)
{
    private readonly double[] sorted = [.. figures.Order()];

    public double Median => At(0.5);

    public double Least => sorted[0];

    public double Spread => (At(0.75) - At(0.25)) / 2 / Median;

    public Samples Select(Func<double, double> map) => new([.. figures.Select(map)]);

    /// <summary>
    /// The least of these over the least of the other: what a machine without other work would be nearest to.
    /// </summary>
    public double LeastOver(Samples other) => Least / other.Least;

    /// <summary>This over the other, round by round: what disturbed a round disturbed both.</summary>
    public Samples Over(Samples other) => new([.. figures.Zip(other.Figures, (x, y) => x / y)]);

    /// <summary>The sum of both, round by round.</summary>
    public Samples Plus(Samples other) => new([.. figures.Zip(other.Figures, (x, y) => x + y)]);

    private double[] Figures => figures;

    private double At(double share)
    {
        var place = share * (sorted.Length - 1);
        var (low, high) = ((int)Math.Floor(place), (int)Math.Ceiling(place));
        return sorted[low] + ((sorted[high] - sorted[low]) * (place - low));
    }
}

/// <summary>
/// Takes times. Cases that are compared take turns, so that what else the machine does strikes them alike.
/// </summary>
internal static class Clock
{
    private const int Rounds = 15;

    /// <summary>Calls are repeated until a sample takes as long, unless one call does.</summary>
    private const double SampleSeconds = 0.004;

    /// <summary>
    /// Long enough for code that is called often to be compiled at its best, which happens in the background and waits
    /// for a quiet tenth of a second: with less than this, a busy machine measured the first, unoptimised code.
    /// </summary>
    private const double WarmUpSeconds = 0.6;

    /// <summary>The quiet that the compiler waits for, and some time to do its work.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(0.2);

    /// <summary>Seconds a call of each action.</summary>
    public static Samples[] Interleaved(params Action[] actions) => Interleaved(TimeSpan.Zero, actions);

    /// <summary>As the other, with a rest before each sample, in which threads of the last stop waiting.</summary>
    public static Samples[] Interleaved(TimeSpan rest, params Action[] actions)
    {
        var calls = Array.ConvertAll(actions, WarmUp);
        var figures = actions.Select(_ => new double[Rounds]).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < actions.Length; i++)
            {
                if (rest > TimeSpan.Zero)
                    Thread.Sleep(rest);
                figures[i][round] = Time(actions[i], calls[i]) / calls[i];
            }
        }
        return Array.ConvertAll(figures, f => new Samples(f));
    }

    public static Samples Alone(Action action) => Interleaved(action)[0];

    // How many calls make a sample, by those after the code has been compiled at its best.
    private static int WarmUp(Action action)
    {
        Repeat(action, WarmUpSeconds);
        Thread.Sleep(Quiet);
        return Math.Max(1, (int)(SampleSeconds / Repeat(action, WarmUpSeconds / 4)));
    }

    /// <summary>Seconds a call, over at least so many seconds and two calls.</summary>
    private static double Repeat(Action action, double seconds)
    {
        var calls = 0;
        var watch = Stopwatch.StartNew();
        do
        {
            action();
            calls++;
        }
        while (watch.Elapsed.TotalSeconds < seconds || calls < 2);
        return watch.Elapsed.TotalSeconds / calls;
    }

    private static double Time(Action action, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
            action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
