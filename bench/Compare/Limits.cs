using DistGrad.Execute;
using DistGrad.Micro;

namespace DistGrad.Compare;

/// <summary>What so many threads of the machine can do at most, measured in this run.</summary>
/// <param name="Flops">Fused multiply-adds of float32 a second, each counted as two operations.</param>
/// <param name="Bandwidth">Bytes of memory read and written a second.</param>
internal sealed record Limits(double Flops, double Bandwidth)
{
    public static Limits Of(Workers workers)
    {
        var bandwidth = new Bandwidth(workers.Threads);
        var samples = Clock.Interleaved(() => Peak.Run<float>(workers), () => bandwidth.Run(workers));
        return new(Peak.Flops<float>(workers.Threads) / samples[0].Least, bandwidth.Bytes / samples[1].Least);
    }

    /// <summary>The seconds that the products and the memory alone would take, whichever is longer.</summary>
    public double Seconds(double products, double bytes) => Math.Max(products / Flops, bytes / Bandwidth);
}
