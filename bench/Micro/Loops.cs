using DistGrad.Execute;

namespace DistGrad.Micro;

/// <summary>Elementwise kernels and sums, as a machine runs them, on memory that is there already.</summary>
internal static class Loops
{
    private const int InCache = 1 << 12;
    private const int OutOfCache = 1 << 24;

    public static void Run(Report report)
    {
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            One(report, "add", dtype, (x, y) => x + y);
            One(report, "mul", dtype, (x, y) => x * y);
            One(report, "exp", dtype, (x, _) => Tensor.Exp(x));
            One(report, "tanh", dtype, (x, _) => Tensor.Tanh(x));
            One(report, "sigmoid", dtype, (x, _) => Tensor.Sigmoid(x));
            One(report, "less", dtype, (x, y) => x < y);
            One(report, "where a row is positive", dtype, (x, y) => Tensor.Where(x > 0, x, y));
        }
        Sum(report, "sum over axis 0", 0, (x, _) => x.Sum(0));
        Sum(report, "sum over axis 1", 1, (x, _) => x.Sum(1));
        Rows(report, "add of a row to [128, 512]", (x, y) => x + y);
    }

    private static void One(Report report, string name, DType dtype, Func<Tensor, Tensor, Tensor> f)
    {
        Case(report, $"loop/{name}, {dtype.Name}, in cache", dtype, [InCache], [InCache], f, inCache: true);
        Case(report, $"loop/{name}, {dtype.Name}, out of cache", dtype, [OutOfCache], [OutOfCache], f, inCache: false);
    }

    private static void Sum(Report report, string name, int axis, Func<Tensor, Tensor, Tensor> f)
    {
        Case(report, $"loop/{name} of [64, 64]", DType.Float32, [64, 64], [64], f, inCache: true);
        Case(
            report, $"loop/{name} of [4096, 1024]", DType.Float32, [4096, 1024], [axis == 0 ? 1024 : 4096], f,
            inCache: false);
    }

    private static void Rows(Report report, string name, Func<Tensor, Tensor, Tensor> f) =>
        Case(report, $"loop/{name}", DType.Float32, [128, 512], [512], f, inCache: true);

    private static unsafe void Case(
        Report report, string name, DType dtype, Shape shape, Shape other, Func<Tensor, Tensor, Tensor> f, bool inCache)
    {
        if (!report.Wants(name))
            return;
        var (x, y) = (Tensor.Parameter(new(dtype, shape), "x"), Tensor.Parameter(new(dtype, other), "y"));
        var result = f(x, y);
        var machine = Machine.Of(new("f", [x, y], [result]));
        long Bytes(Tensor t) => (long)t.Shape.Size * t.DType.ByteSize;
        using var left = new Memory(Bytes(x));
        using var right = new Memory(Bytes(y));
        using var to = new Memory(Bytes(result));
        Fill(left, dtype, shape.Size);
        Fill(right, dtype, other.Size);
        nint[] arguments = [left.Start, right.Start];
        nint[] results = [to.Start];
        var samples = Clock.Alone(() => machine.Run(arguments, results, Workers.Single));
        var read =
            machine.Plan.Program.Body.SelectMany(n => n.Operands).Distinct().Where(t => t == x || t == y).Sum(Bytes);
        var bytes = read + Bytes(result);
        if (inCache)
            report.Add(name, samples.Select(s => s * 1e9 / shape.Size), "ns/element");
        else
            report.Add(
                name, samples.Select(s => s * 1e9 / shape.Size), "ns/element",
                $"{bytes / samples.Median / 1e9:F1} GB/s");
    }

    private static unsafe void Fill(Memory memory, DType dtype, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var number = ((i * 31 % 257) - 128) / 64.0;
            if (dtype == DType.Float32)
                ((float*)memory.Start)[i] = (float)number;
            else
                ((double*)memory.Start)[i] = number;
        }
    }
}
