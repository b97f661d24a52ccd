using DistGrad.Execute;

namespace DistGrad.Micro;

/// <summary>
/// Convolutions and their two gradients as a share of the peak of the same round; copies of turned operands included.
/// </summary>
internal static class Convolutions
{
    public static void Run(Report report)
    {
        foreach (var threads in new[] { 1, 2 })
        {
            using var workers = new Workers(threads);
            Layer(report, "LeNet's first", [64, 1, 28, 28], [6, 1, 5, 5], 1, 0, workers);
            Layer(report, "LeNet's second", [64, 6, 12, 12], [16, 6, 5, 5], 1, 0, workers);
            Layer(report, "of a residual network", [8, 64, 28, 28], [64, 64, 3, 3], 1, 1, workers);
            Layer(report, "strided", [8, 64, 28, 28], [128, 64, 3, 3], 2, 1, workers);
            Layer(report, "1 by 1", [8, 256, 14, 14], [64, 256, 1, 1], 1, 0, workers);
        }
    }

    private static void Layer(
        Report report, string name, Shape images, Shape filters, int stride, int padding, Workers workers)
    {
        Tensor Apply(Tensor x, Tensor w) => x.Conv2d(w, stride, padding);
        var (x, w) = (Tensor.Zeros(images), Tensor.Zeros(filters));
        var y = Apply(x, w);
        var flops = 2.0 * y.Shape.Size * filters.Skip(1).Aggregate(1, (n, d) => n * d);
        Measure("value", Diff.Trace((x, w), p => Apply(p.x, p.w)));
        Measure("gradient of images", Diff.Trace(
            (x, w, ct: y), p => Diff.Vjp(p.x, t => Apply(t, p.w)).Pullback(p.ct)));
        Measure("gradient of filters", Diff.Trace(
            (x, w, ct: y), p => Diff.Vjp(p.w, t => Apply(p.x, t)).Pullback(p.ct)));

        void Measure(string of, Lambda program)
        {
            var threads = workers.Threads == 1 ? "1 thread" : $"{workers.Threads} threads";
            var full = $"convolution/{name}, {images} x {filters}, {of}, {threads}";
            if (!report.Wants(full))
                return;
            var machine = Machine.Of(program);
            using var places = new Places(program);
            var samples = Clock.Interleaved(
                () => Peak.Run<float>(workers), () => machine.Run(places.Arguments, places.Results, workers));
            var share = samples[0].Over(samples[1]).Select(r => r * flops / Peak.Flops<float>(workers.Threads));
            report.Add(
                full, samples[1].Select(s => s * 1e6), "us",
                $"{flops / samples[1].Median / 1e9:F0} GFLOP/s; {share.Median:P0} of the peak; least to least " +
                $"{samples[0].LeastOver(samples[1]) * flops / Peak.Flops<float>(workers.Threads):P0}");
        }
    }
}
