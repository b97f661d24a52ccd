using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Sorting is a stable permutation into order; running sums and products are what they are one by one.
/// </summary>
public class SortLaws
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SortingIsAStablePermutation(bool descending) => Law.Holds(30, random =>
    {
        var x = Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(6) switch
        {
            0 => double.NaN,
            1 => -0.0,
            2 => double.NegativeInfinity,
            _ => random.Next(-3, 4),
        }).ToArray();
        var (sorted, places) = Tensor.Of(x).TopK(x.Length, largest: descending);
        var (values, order) = (sorted.ToArray<double>(), places.ToArray<long>());
        Assert.Equal(Enumerable.Range(0, x.Length).Select(i => (long)i), order.Order());
        Assert.Equal(order.Select(i => x[i]), values);
        for (var i = 1; i < x.Length; i++)
        {
            var compared = Compare(values[i - 1], values[i]) * (descending ? -1 : 1);
            Assert.True(compared < 0 || (compared == 0 && order[i - 1] < order[i]), $"at {i} of {Tensor.Of(x)}");
        }
    });

    [Fact]
    public void GradientsGoWhereTheElementsStood()
    {
        var x = Tensor.Of([3.0, 1, 2]);
        var weights = Tensor.Of([10.0, 20, 30]);
        Assert.Equal([30, 10, 20], Diff.Grad(x, t => (t.Sort() * weights).Sum()).ToArray<double>());
        Assert.Equal([10, 30, 20], Diff.Grad(x, t => (t.Sort(descending: true) * weights).Sum()).ToArray<double>());
        Assert.Equal([1, 0, 1], Diff.Grad(x, t => t.TopK(2).Values.Sum()).ToArray<double>());
        Assert.Equal([0, 0, 1], Diff.Grad(x, t => t.Median()).ToArray<double>());
        Assert.Throws<IndexException>(() => x.TopK(4));
    }

    [Fact]
    public void QuantilesLieBetweenNeighbours()
    {
        var x = Tensor.Of(new double[,] { { 4, 1, 3, 2 }, { 10, 30, 20, double.NaN } });
        Assert.Equal([2.5, double.NaN], x.Median().ToArray<double>());
        Assert.Equal([1, double.NaN], x.Quantile(0).ToArray<double>());
        Assert.Equal([4, double.NaN], x.Quantile(1).ToArray<double>());
        Near.Relative(1e-15, [1.3], [x[0].Quantile(0.1).Item()], "a tenth");
        Assert.Equal([7, 15.5, 11.5, double.NaN], x.Quantile(0.5, 0).ToArray<double>());
        Assert.Throws<OptionException>(() => x.Quantile(1.5));
    }

    [Fact]
    public void RunningSumsProductsAndExtremes() => Law.Holds(20, random =>
    {
        var count = random.Next(0, 20);
        double[] x = [.. Enumerable.Range(0, count).Select(_ => random.Next(4) * (random.NextDouble() - 0.5))];
        var t = Tensor.Of(x);
        Near.Relative(1e-14, Running(x, (a, b) => a + b), t.CumSum().ToArray<double>(), "sums");
        Near.Relative(1e-14, Running(x, (a, b) => a * b), t.CumProd().ToArray<double>(), "products");
        Assert.Equal(Running(x, Math.Max), t.CumMax().ToArray<double>());
        Assert.Equal(Running(x, Math.Min), t.CumMin().ToArray<double>());
        Near.Relative(
            1e-14, Running(x, (a, b) => Math.Log(Math.Exp(a) + Math.Exp(b))), t.CumLogSumExp().ToArray<double>(),
            "logarithms of sums");
    });

    // The derivative by one factor is the product of the others, however many are 0.
    [Fact]
    public void RunningProductsHaveExactDerivativesAtZeros()
    {
        static Tensor F(Tensor x) => x.CumProd()[3];
        Assert.Equal([0, 0, 0, 0], Diff.Grad(Tensor.Of([2.0, 0, 0, 5]), F).ToArray<double>());
        Assert.Equal([0, 30, 0, 0], Diff.Grad(Tensor.Of([2.0, 0, 3, 5]), F).ToArray<double>());
        var hessian = Diff.Hessian(F)(Tensor.Of([2.0, 0, 0, 5]));
        Assert.Equal([0, 0, 0, 0, 0, 0, 10, 0, 0, 10, 0, 0, 0, 0, 0, 0], hessian.ToArray<double>());
    }

    [Fact]
    public void LogAddExpAndHypotAtTheirEnds()
    {
        var inf = double.PositiveInfinity;
        Assert.Equal(
            [-inf, inf, inf, 3, 1000 + Math.Log(2)],
            Tensor.LogAddExp(Tensor.Of([-inf, inf, inf, -inf, 1000]), Tensor.Of([-inf, inf, -inf, 3, 1000]))
                .ToArray<double>());
        Tensor At(double x, double y) => Tensor.Of([x, y]);
        static Tensor Sum(Tensor p) => Tensor.LogAddExp(p[0], p[1]);
        Assert.Equal([0.5, 0.5], Diff.Grad(At(2, 2), Sum).ToArray<double>());
        Assert.Equal([0.25, -0.25, -0.25, 0.25], Diff.Hessian(Sum)(At(2, 2)).ToArray<double>());
        Assert.Equal([0, 0], Diff.Grad(At(-inf, -inf), Sum).ToArray<double>());
        static Tensor Length(Tensor p) => Tensor.Hypot(p[0], p[1]);
        Assert.Equal(5e300, Length(At(3e300, 4e300)).Item());
        Assert.Equal([0, 0], Diff.Grad(At(0, 0), Length).ToArray<double>());
        Near.Relative(1e-15, [0.6, 0.8], Diff.Grad(At(3, 4), Length).ToArray<double>(), "gradient");
        Near.Relative(
            1e-15, [0.128, -0.096, -0.096, 0.072], Diff.Hessian(Length)(At(3, 4)).ToArray<double>(), "Hessian");
    }

    static double[] Running(double[] x, Func<double, double, double> f)
    {
        for (var i = 1; i < x.Length; i++)
            x = [.. x[..i], f(x[i - 1], x[i]), .. x[(i + 1)..]];
        return x;
    }

    static int Compare(double x, double y) =>
        double.IsNaN(x) || double.IsNaN(y) ? double.IsNaN(x).CompareTo(double.IsNaN(y)) : x.CompareTo(y);
}
