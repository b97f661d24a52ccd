using System.Diagnostics;
using DistGrad.GradBench.Evals;
using DistGrad.Plan;

namespace DistGrad.Micro;

/// <summary>
/// The evals of bench/GradBench at sizes of the benchmark: value and derivative, the ratio of the two, and which
/// instructions of the derivative take the time. One thread.
/// </summary>
internal static class GradBenchTimes
{
    private const string Section = "gradbench";

    /// <summary>How long a case is measured at least, after as long a warm-up.</summary>
    private const double Seconds = 0.5;

    private const int FewestRounds = 3, ProfileRounds = 5, Dearest = 6;

    private const double SampleMilliseconds = 0.05;

    public static void Run(Report report)
    {
        foreach (var points in new[] { 256, 4096, 16392 })
            Add(report, $"llsq n{points} m128", Llsq.Eval, "primal", "gradient", () => Llsq.Example(128, points));
        foreach (var n in new[] { 20_000, 1_280_000 })
            Add(report, $"lse n{n}", Lse.Eval, "primal", "gradient", () => Lse.Example(n));
        foreach (var (d, k) in new[] { (2, 5), (10, 25), (32, 25), (64, 5), (64, 50), (64, 100) })
            Add(report, $"gmm d{d} k{k} n1000", Gmm.Eval, "objective", "jacobian", () => Gmm.Example(1000, d, k));
        Add(report, "gmm d64 k25 n10000", Gmm.Eval, "objective", "jacobian", () => Gmm.Example(10_000, 64, 25));
        foreach (var (n, m, p) in new[] { (49, 7776, 31_843), (88, 64_298, 383_937) })
            Add(
                report, $"ba p{p}", BundleAdjustment.Eval, "objective", "jacobian",
                () => BundleAdjustment.Example(n, m, p));
        foreach (var (v, c) in new[] { (544, 100), (10_000, 3200), (10_000, 51_200) })
            Add(report, $"ht v{v} c{c}", HandTracking.Eval, "objective", "jacobian", () => HandTracking.Example(v, c));
        foreach (var c in new[] { 1024, 8192 })
            Add(report, $"lstm l2 c{c}", Lstm.Eval, "objective", "jacobian", () => Lstm.Example(2, c, 14));
        foreach (var (k, n, d) in new[] { (10, 1000, 8), (100, 10_000, 8), (1000, 10_000, 16) })
            Add(report, $"kmeans k{k} n{n} d{d}", KMeans.Eval, "cost", "dir", () => KMeans.Example(n, k, d));
        foreach (var ell in new[] { 5, 8, 9, 11 })
            Add(report, $"det {ell}", Determinant.Eval, "primal", "gradient", () => Determinant.Example(ell));
        foreach (var (n, s) in new[] { (1000, 10), (10_000, 10), (100_000, 10) })
            Add(report, $"ode n{n} s{s}", Ode.Eval, "primal", "gradient", () => Ode.Example(n, s));
        foreach (var modes in Particle.Eval.Functions)
            Add(report, $"particle {modes}", Particle.Eval, null, modes, () => Tensor.Of(0.0));
        foreach (var modes in Saddle.Eval.Functions)
            Add(report, $"saddle {modes}", Saddle.Eval, null, modes, () => Tensor.Of([1.0, 1.0]));
    }

    private static void Add<T>(
        Report report, string name, Eval<T> eval, string? primal, string derivative, Func<T> input)
    {
        var (title, profile) = ($"{Section}/{name}", $"{Section}-profile/{name}");
        if (!report.Wants(title) && !report.Wants(profile))
            return;
        var example = input();
        var second = eval.Prepare(derivative, example, 1);
        if (report.Wants(title))
        {
            var first = primal is null ? null : eval.Prepare(primal, example, 1);
            var times = Times(first is null ? [second] : [first, second]);
            if (primal is not null)
                report.Add($"{title}: {primal}", times[0], "ms");
            report.Add(
                $"{title}: {derivative}", times[^1], "ms",
                primal is null ? "" : $"{times[1].Median / times[0].Median:F1} times {primal}");
        }
        if (!report.Wants(profile))
            return;
        var (program, arguments) = second.Trace();
        var each = Profile.Leaves(Planner.Plan(program), [.. arguments], ProfileRounds).ToArray();
        var total = each.Sum(t => t.Total);
        foreach (var group in each.GroupBy(t => $"{t}").OrderByDescending(g => g.Sum(t => t.Total)).Take(Dearest))
        {
            var sum = group.Select(t => t.Microseconds.Select(m => m * t.Times / 1000)).Aggregate((x, y) => x.Plus(y));
            report.Add(
                $"{profile}: {group.Count()} x {group.Key}", sum, "ms",
                $"{group.Sum(t => t.Total) / total:P0} of {total / 1000:F2} ms in {each.Length} instructions");
        }
    }

    /// <summary>Milliseconds a run, of works that take turns.</summary>
    private static Samples[] Times(Work[] works)
    {
        // Short works are run several times a sample, as the clock's ticks are 100 nanoseconds or less apart.
        var calls = Array.ConvertAll(works, w => Math.Max(1, (int)(SampleMilliseconds / (Warmed(w) + 1e-6))));
        var figures = works.Select(_ => new List<double>()).ToArray();
        var watch = Stopwatch.StartNew();
        while (figures[0].Count < FewestRounds || watch.Elapsed.TotalSeconds < Seconds * works.Length)
        {
            for (var i = 0; i < works.Length; i++)
                figures[i].Add(Measure(works[i], calls[i]));
        }
        return [.. figures.Select(f => new Samples([.. f]))];
    }

    /// <summary>The last of the runs that fit into the time for warming up.</summary>
    private static double Warmed(Work work)
    {
        var watch = Stopwatch.StartNew();
        double last;
        do
            last = Measure(work, 1);
        while (watch.Elapsed.TotalSeconds < Seconds);
        return last;
    }

    private static double Measure(Work work, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var call = 0; call < calls; call++)
            work.Run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls;
    }
}
