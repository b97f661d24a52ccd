using System.Numerics;
using DistGrad.Execute;
using DistGrad.Execute.Kernels;

namespace DistGrad.Micro;

/// <summary>The matrix product as a share of the peak of the same round.</summary>
internal static unsafe class MatrixProducts
{
    public static void Run(Report report)
    {
        foreach (var threads in new[] { 1, 2 })
        {
            using var workers = new Workers(threads);
            Run<float>(report, "float32", workers);
            Run<double>(report, "float64", workers);
        }
    }

    private static void Run<T>(Report report, string dtype, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var threads = workers.Threads == 1 ? "1 thread" : $"{workers.Threads} threads";
        foreach (var size in new[] { 64, 128, 256, 512, 1024 })
            Product<T>(report, $"matmul/{dtype} {size}^3, {threads}", size, size, size, turned: "", workers);
        // A layer of an MLP: its output, the gradient of its input, the gradient of its weights.
        Product<T>(report, $"matmul/{dtype} 128x512x784, {threads}", 128, 512, 784, turned: "", workers);
        Product<T>(report, $"matmul/{dtype} 128x784x512, b transposed, {threads}", 128, 784, 512, turned: "b", workers);
        Product<T>(report, $"matmul/{dtype} 784x512x128, a transposed, {threads}", 784, 512, 128, turned: "a", workers);
    }

    private static void Product<T>(Report report, string name, int m, int n, int k, string turned, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!report.Wants(name))
            return;
        using var memory = new Memory(3L * sizeof(T) * ((m * k) + (k * n) + (m * n)));
        var a = (T*)memory.Start;
        var b = a + (m * k);
        var c = b + (k * n);
        for (var i = 0; i < (m * k) + (k * n); i++)
            a[i] = T.CreateChecked(i % 7);
        var (aRow, aColumn) = turned == "a" ? (1, m) : (k, 1);
        var (bRow, bColumn) = turned == "b" ? (1, k) : (n, 1);
        var samples = Clock.Interleaved(
            () => Peak.Run<T>(workers),
            () => MatrixProduct.Multiply(m, n, k, in *a, aRow, aColumn, in *b, bRow, bColumn, ref *c, n, workers));
        var flops = 2.0 * m * n * k;
        var peak = samples[0].Select(s => Peak.Flops<T>(workers.Threads) / s / 1e9);
        var share = samples[0].Over(samples[1]).Select(r => r * flops / Peak.Flops<T>(workers.Threads));
        report.Add(
            name, samples[1].Select(s => s * 1e6), "us",
            $"{flops / samples[1].Median / 1e9:F0} GFLOP/s; {share.Median:P0} of the peak, " +
            $"{peak.Median:F0}; least to least " +
            $"{samples[0].LeastOver(samples[1]) * flops / Peak.Flops<T>(workers.Threads):P0}");
    }
}
