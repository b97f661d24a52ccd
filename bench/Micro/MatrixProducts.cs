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
            Run<float>(report, DType.Float32, workers);
            Run<double>(report, DType.Float64, workers);
        }
    }

    private static void Run<T>(Report report, DType dtype, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var threads = workers.Threads == 1 ? "1 thread" : $"{workers.Threads} threads";
        foreach (var size in new[] { 64, 128, 256, 512, 1024, 2048 })
            Product<T>(report, $"matmul/{dtype.Name} {size}^3, {threads}", size, size, size, turned: "", workers);
        // A layer of an MLP: its output, the gradient of its input, the gradient of its weights.
        foreach (var batch in new[] { 32, 128, 1024 })
        {
            Of(batch, 512, 784, "");
            Of(batch, 784, 512, "b");
            Of(784, 512, batch, "a");
        }
        // A row, a column, and few of them; a product of one column and one row.
        foreach (var few in new[] { 1, 2, 10, 16 })
        {
            Of(few, 512, 512, "");
            Of(512, few, 512, "");
            Of(512, 512, few, "");
        }
        // The scores of attention, and many tiny ones.
        Batch<T>(report, dtype, 64, 64, 64, 32, workers);
        Batch<T>(report, dtype, 20_000, 3, 3, 3, workers);
        Batch<T>(report, dtype, 10_000, 2, 1, 15, workers);

        void Of(int m, int n, int k, string turned)
        {
            var how = turned == "" ? "" : $", {turned} transposed";
            Product<T>(report, $"matmul/{dtype.Name} {m}x{n}x{k}{how}, {threads}", m, n, k, turned, workers);
        }
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
        Add<T>(report, name, samples, 1, m, n, k, workers);
    }

    /// <summary>As a machine runs it, with what a run costs.</summary>
    private static void Batch<T>(Report report, DType dtype, int count, int m, int n, int k, Workers workers)
        where T : unmanaged, INumber<T>
    {
        var threads = workers.Threads == 1 ? "1 thread" : $"{workers.Threads} threads";
        var name = $"matmul/{dtype.Name} {count} of {m}x{n}x{k}, {threads}";
        if (!report.Wants(name))
            return;
        var x = Tensor.Parameter(new(dtype, [count, m, k]), "x");
        var y = Tensor.Parameter(new(dtype, [count, k, n]), "y");
        var program = new Lambda("batch", [x, y], [x.MatMul(y)]);
        using var places = new Places(program);
        var machine = Machine.Of(program);
        var samples = Clock.Interleaved(
            () => Peak.Run<T>(workers), () => machine.Run(places.Arguments, places.Results, workers));
        Add<T>(report, name, samples, count, m, n, k, workers);
    }

    private static void Add<T>(
        Report report, string name, Samples[] samples, int count, int m, int n, int k, Workers workers)
        where T : unmanaged, INumber<T>
    {
        var flops = 2.0 * count * m * n * k;
        var bytes = (double)count * sizeof(T) * ((m * k) + (k * n) + (m * n));
        var peak = samples[0].Select(s => Peak.Flops<T>(workers.Threads) / s / 1e9);
        var share = samples[0].Over(samples[1]).Select(r => r * flops / Peak.Flops<T>(workers.Threads));
        // What does little with each number is bound by the memory, and what is tiny by the call.
        var note = flops < 40 * bytes / sizeof(T)
            ? $"; {bytes / samples[1].Median / 1e9:F0} GB/s, {samples[1].Median * 1e9 / count:F0} ns each"
            : "";
        report.Add(
            name, samples[1].Select(s => s * 1e6), "us",
            $"{flops / samples[1].Median / 1e9:F0} GFLOP/s; {share.Median:P0} of the peak, " +
            $"{peak.Median:F0}; least to least " +
            $"{samples[0].LeastOver(samples[1]) * flops / Peak.Flops<T>(workers.Threads):P0}{note}");
    }
}
