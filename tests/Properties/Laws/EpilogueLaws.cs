using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Plan;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// A loop that is run with the product that it reads gives the bits that both give one after the other.
/// </summary>
public class EpilogueLaws
{
    private static readonly int[] Widths = [16, 17, 48, 64, 100, 257, 512];
    private static readonly int[] Depths = [1, 2, 3, 16, 40, 300, 512];

    /// <summary>
    /// What is done with a product c of [m, n], given u of [m, n], v of [n], w of [m, 1] and the truth values t of
    /// [m, n].
    /// </summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor[]>> Forms = new()
    {
        ["bias and activation"] = (c, _, v, _, _) => [Tensor.Relu(c + v)],
        ["update"] = (c, u, _, _, _) => [u - (0.01 * c)],
        ["mask and sum of columns"] = (c, u, v, _, _) => Masked(Tensor.Where(u + v > 0, c, 0)),
        ["two results"] = (c, u, v, _, _) => [c + v, u * (c + v)],
        ["results that the product is not needed for"] = (c, u, v, _, _) => [u + v, (u + v) * c],
        ["the product too"] = (c, _, v, _, _) => [c, c + v],
        ["the product before it"] = (c, u, _, _, _) => [c - u, (c - u) * c],
        ["truth values"] = (c, _, v, _, _) => [c > v],
        ["of columns"] = (c, _, v, w, _) => [(c - w) * v],
        ["chosen by truth values"] = (c, u, _, _, t) => [Tensor.Where(t, c, u)],
        ["turned"] = (c, u, _, _, _) => [c + (u.Reshape(c.Shape[1], c.Shape[0]).SwapAxes() * 2)],
        ["within a concatenation"] = (c, u, v, _, _) => [Tensor.Concat([u, Tensor.Relu(c + v)], 0)],
        ["in another shape"] = (c, u, _, _, _) => Halves(c, u),
    };

    [Fact]
    public void AnEpilogueHasTheBitsOfALoopAfterTheProduct()
    {
        var coverage = new Coverage();
        using var two = new Workers(2);
        using var three = new Workers(3);
        Law.Holds(150, random =>
        {
            var form = Forms.Keys.ElementAt(random.Next(Forms.Count));
            var dtype = random.Next(3) == 0 ? DType.Float64 : DType.Float32;
            var (n, k) = (Widths[random.Next(Widths.Length)], Depths[random.Next(Depths.Length)]);
            var m = ((1 << 17) / (n * dtype.ByteSize)) + 1 + random.Next(12);
            m += m % 2;
            var count = random.Next(4) == 0 ? 2 : 0;
            var (whole, product, loop) = Programs(form, dtype, count, m, n, k, random);
            var plan = Planner.Plan(whole);
            Assert.Contains(plan.Instructions, i => i.Primitive is FusedMatMul);
            coverage.Count(form, count > 0 ? "several" : "one", n % 16 > 0 ? "a tail" : "none");
            var name = $"{form}, {dtype.Name} {count} of {m}x{n}x{k}";
            var (x, y) = (Drawn(product, random), Drawn(loop, random));
            var c = Machine.Of(product).Run(x, Workers.Single);
            var expected = Machine.Of(loop).Run([.. c, .. y[1..]], Workers.Single);
            var machine = new Machine(plan);
            ImmutableArray<Value> given = [.. x, .. y[1..]];
            Near.Bits(expected, machine.Run(given, Workers.Single), $"{name}, not compiled");
            machine.Compile();
            foreach (var workers in new[] { Workers.Single, two, three })
                Near.Bits(expected, machine.Run(given, workers), $"{name}, on {workers.Threads}");
        });
        coverage.Require(0.02, [.. Forms.Keys]);
        coverage.Require(0.1, "several", "a tail");
    }

    [Fact]
    public void ALoopWaitsForTheLastOfItsProductsAndForNothingElse()
    {
        Tensor a = P(400, 30), b = P(30, 200), d = P(400, 40), e = P(40, 200), v = P(200);
        Tensor x = P(400, 513), y = P(513, 200);
        var (c, f) = (a.MatMul(b), d.MatMul(e));
        Assert.Equal(["matmul", "matmul with loop"], Names(Tensor.Relu(c + f + v)));
        Assert.Equal(["matmul", "max", "loop"], Names(c - c.Max([1], keepDims: true)));
        var square = a.MatMul(a.SwapAxes());
        Assert.Equal(["matmul", "loop"], Names(square + square.SwapAxes()));
        Assert.Equal(["matmul", "loop"], Names(Tensor.Tanh(c + v)));
        Assert.Equal(["matmul", "loop"], Names(Tensor.Relu(a[..20].MatMul(b) + v)));
        Assert.Equal(["matmul", "loop"], Names(Tensor.Relu(x.MatMul(y) + v)));
        Assert.Equal(["matmul with loop", "sum"], Names([.. Masked(Tensor.Relu(c + v))]));

        static Tensor P(params int[] shape) => Tensor.Parameter(new(DType.Float32, [.. shape]), "x");

        string[] Names(params Tensor[] results) =>
            [.. Planner.Plan(new("f", [a, b, d, e, v, x, y], [.. results])).Instructions.Select(i => i.Primitive.Name)];
    }

    private static Tensor[] Masked(Tensor masked) => [masked, masked.Sum(0)];

    private static Tensor[] Halves(Tensor c, Tensor u)
    {
        var halves = c.Reshape(2, c.Shape[0] / 2, c.Shape[1]);
        return [halves * u.Reshape(halves.Shape)[.., ..1]];
    }

    private static (Lambda Whole, Lambda Product, Lambda Loop) Programs(
        string form, DType dtype, int count, int m, int n, int k, Random random)
    {
        var (isLeftTurned, isRightTurned) = (random.Next(2) == 0, random.Next(2) == 0);
        Shape several = count > 0 ? [count] : [];
        var a = Parameter(isLeftTurned ? [.. several, k, m] : [.. several, m, k]);
        var b = Parameter(isRightTurned ? [.. several, n, k] : [.. several, k, n]);
        var rows = Math.Max(count, 1) * m;
        Tensor[] others =
            [Parameter([rows, n]), Parameter([n]), Parameter([rows, 1]), Parameter([rows, n], DType.Bool)];
        var product = (isLeftTurned ? a.SwapAxes() : a).MatMul(isRightTurned ? b.SwapAxes() : b);
        var c = Parameter(product.Shape);
        return (
            new(form, [a, b, .. others], [.. Results(product)]), new("product", [a, b], [product]),
            new("loop", [c, .. others], [.. Results(c)]));

        Tensor[] Results(Tensor c) => Forms[form](c.Reshape(rows, n), others[0], others[1], others[2], others[3]);

        Tensor Parameter(Shape shape, DType? other = null) => Tensor.Parameter(new(other ?? dtype, shape), "x");
    }

    private static ImmutableArray<Value> Drawn(Lambda program, Random random) =>
    [
        .. program.Parameters.Select(
            p => Samples.Draw(new(p.Type, p.DType == DType.Bool ? 0 : -2, 2), random)),
    ];
}
