using DistGrad.Execute;

namespace DistGrad.Micro;

/// <summary>
/// Kernels that only move numbers, of 8 bytes, as a machine runs them: how many bytes of the largest array they move a
/// second, where the caches hold everything and where they do not.
/// </summary>
internal static class Moves
{
    public static void Run(Report report)
    {
        foreach (var n in new[] { 256, 51_200 })
        {
            Case(report, $"30 vectors of {n} into rows", x => Tensor.Stack(x, 1), [.. Enumerable.Repeat(Of(n), 30)]);
            Case(
                report, $"columns 1, 1 and 26 of 3 x {n} into rows",
                x => Tensor.Concat([x[0].Unsqueeze(2), x[1].Unsqueeze(2), x[2].Permute(1, 2, 0)], 2),
                Of(3, n), Of(3, n), Of(26, 3, n));
            Case(report, $"rows of 3 and 5 of {n} into rows", x => Tensor.Concat(x, 1), Of(n, 3), Of(n, 5));
            Case(report, $"rows of 28 of 3 x {n}, axes swapped", x => x[0].SwapAxes(0, 1), Of(3, n, 28));
            Case(report, $"transpose of 28 x {n}", x => x[0].SwapAxes(), Of(28, n));
            Case(report, $"shift by one of {n}", x => x[0][..^1].Pad([1], [0]), Of(n));
            Case(report, $"margins of rows of 28 of {n}", x => x[0].Pad([0, 1], [0, 1]), Of(n, 28));
            var index = Tensor.Of([.. Enumerable.Range(0, n).Select(i => i * 7 % 1000)]);
            var every = Tensor.Of([.. Enumerable.Range(0, 3 * n).Select(i => i * 7 % 1000)]).Reshape(n, 3);
            Case(report, $"{n} of 1000 rows of 3", x => x[0].Take(index), Of(1000, 3));
            Case(report, $"{n} of 1000 rows of 16", x => x[0].Take(index), Of(1000, 16));
            Case(report, $"{n} of 1000 columns of 11", x => x[0].Take(index, 1), Of(11, 1000));
            Case(report, $"{n} of 1000 rows of 11, as columns", x => x[0].SwapAxes().Take(index, 1), Of(1000, 11));
            Case(report, $"{n} of 1000 columns of 26, by every third", x => x[0].Take(every[.., 1], 1), Of(26, 1000));
            Case(
                report, $"{n} rows of 16 added to 1000", x => Tensor.Zeros([1000, 16], DType.Float64).ScatterAdd(
                    index.Unsqueeze(1).BroadcastTo([n, 16]), x[0]), Of(n, 16));
            Case(
                report, $"{n} columns of 16 added to 1000", x => Tensor.Zeros([16, 1000], DType.Float64).ScatterAdd(
                    index.BroadcastTo([16, n]), x[0], 1), Of(16, n));
        }
    }

    private static TensorType Of(params int[] shape) => new(DType.Float64, Shape.Of(shape));

    private static void Case(
        Report report, string name, Func<Tensor[], Tensor> f, params TensorType[] types)
    {
        name = $"moves/{name}";
        if (!report.Wants(name))
            return;
        Tensor[] parameters = [.. types.Select(t => Tensor.Parameter(t, "x"))];
        var machine = Machine.Of(new("f", [.. parameters], [f(parameters)]));
        using var places = new Places(machine.Plan.Program);
        var samples = Clock.Alone(() => machine.Run(places.Arguments, places.Results, Workers.Single));
        var moved = machine.Plan.Program.Parameters.Concat(machine.Plan.Program.Results);
        var bytes = (double)moved.Max(t => (long)t.Shape.Size * t.DType.ByteSize);
        report.Add(
            name, samples.Select(s => s * 1e9 / bytes * sizeof(double)), "ns/element",
            $"{bytes / samples.Median / 1e9:F1} GB/s");
    }
}
