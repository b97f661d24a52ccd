using DistGrad.Micro;

namespace DistGrad.Compare;

/// <summary>What was found of a row on so many threads.</summary>
/// <param name="Difference">
/// How far the sides' numbers lie apart, as a share of the largest; nothing without a peer.
/// </param>
internal sealed record Comparison(
    string Name, int Threads, Samples Ours, Samples? Peer, double IdealSeconds, long AllocatedBytes, double? Difference,
    double Tolerance, string Note = "")
{
    /// <summary>
    /// The peer's threads wait for more work by spinning, for some milliseconds, on the core that the other side's
    /// second thread is then without. After this they have stopped.
    /// </summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(40);

    public double? Ratio => Peer is { } peer ? peer.Median / Ours.Median : null;

    public bool Agrees => !(Difference > Tolerance);

    public static Comparison Of(Row row, int threads, Peer? peer, Limits limits)
    {
        var data = row.Data();
        peer?.SetThreads(threads);
        var (ours, theirs) = (row.Ours(data, threads), peer?.Make(row, data));
        double? difference = null;
        for (var call = 0; call < Row.ComparedCalls; call++)
        {
            ours.Call();
            theirs?.Call();
        }
        var results = ours.Numbers();
        if (theirs is not null)
            difference = Apart(results, theirs.Numbers());
        var bytes = data.Bytes + results.Sum(r => 4.0 * r.Length);
        var samples = theirs is null ? Clock.Interleaved(ours.Call) : Clock.Interleaved(
            threads > 1 ? Rest : TimeSpan.Zero, ours.Call, theirs.Call);
        var allocated = Allocated(ours.Call);
        ours.Close();
        return new(
            row.Name, threads, samples[0], theirs is null ? null : samples[1], limits.Seconds(row.Products, bytes),
            allocated, difference, row.Tolerance);
    }

    /// <summary>
    /// The largest difference of two arrays, as a share of the largest number in them; the worst of all.
    /// </summary>
    private static double Apart(float[][] ours, float[][] theirs)
    {
        if (!ours.Select(a => a.Length).SequenceEqual(theirs.Select(a => a.Length)))
            return double.PositiveInfinity;
        var worst = 0.0;
        foreach (var (x, y) in ours.Zip(theirs))
        {
            var (apart, largest) = (0.0, double.Epsilon);
            for (var i = 0; i < x.Length; i++)
            {
                if (!float.IsFinite(x[i]) || !float.IsFinite(y[i]))
                    return double.PositiveInfinity;
                apart = Math.Max(apart, Math.Abs((double)x[i] - y[i]));
                largest = Math.Max(largest, Math.Abs((double)y[i]));
            }
            worst = Math.Max(worst, apart / largest);
        }
        return worst;
    }

    /// <summary>
    /// Bytes that a call allocates, on all threads: the least of some attempts, since others allocate too.
    /// </summary>
    private static long Allocated(Action call)
    {
        const int Attempts = 5;
        const int Calls = 4;
        var least = long.MaxValue;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Calls; i++)
                call();
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Calls);
        }
        return least;
    }
}
