using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>Functional equations of the special functions, and of their derivatives of every order.</summary>
public class SpecialFunctionLaws
{
    // log Gamma(x + 1) = log Gamma(x) + log |x|, below 0 too, and so for each derivative.
    [Fact]
    public void TheGammaFunctionSatisfiesItsRecurrence() => Law.Holds(50, random =>
    {
        var x = (random.NextDouble() * 20) - 8;
        if (Math.Abs(x - Math.Round(x)) < 0.05)
            return;
        Func<Tensor, Tensor> above = t => Tensor.Lgamma(t + 1);
        Func<Tensor, Tensor> sum = t => Tensor.Lgamma(t) + Tensor.Log(Tensor.Abs(t));
        for (var order = 0; order <= 4; order++)
        {
            var (expected, found) = (sum(Tensor.Of(x)).Item(), above(Tensor.Of(x)).Item());
            var scale = Math.Abs(Tensor.Polygamma(Math.Max(order - 1, 0), Tensor.Of(x)).Item());
            Assert.True(
                Math.Abs(expected - found) <= 1e-12 * (1 + scale), $"order {order} at {x}: {expected}, {found}");
            var (previousAbove, previousSum) = (above, sum);
            (above, sum) = (t => Diff.Grad(t, previousAbove), t => Diff.Grad(t, previousSum));
        }
    });

    [Fact]
    public void PolygammaAtOneIsZeta()
    {
        double[] zeta = [Math.PI * Math.PI / 6, 1.2020569031595942, Math.Pow(Math.PI, 4) / 90, 1.0369277551433699];
        for (var n = 1; n <= 4; n++)
        {
            var factorial = Enumerable.Range(1, n).Aggregate(1.0, (product, k) => product * k);
            Near.Relative(
                1e-15, [(n % 2 == 1 ? 1 : -1) * factorial * zeta[n - 1]],
                [Tensor.Polygamma(n, Tensor.Of(1.0)).Item()], $"order {n}");
        }
        Assert.Equal(
            Tensor.Digamma(Tensor.Of(3.25)).Item(), Tensor.Polygamma(0, Tensor.Of(3.25)).Item());
        Assert.Throws<OptionException>(() => Tensor.Polygamma(-1, Tensor.Of(1.0)));
    }

    [Fact]
    public void InversesAreInverse() => Law.Holds(50, random =>
    {
        var x = Tensor.Of((random.NextDouble() * 6) - 3);
        Near.Relative(1e-14, [x.Item()], [Tensor.Asinh(Tensor.Sinh(x)).Item()], "asinh");
        // Near 0 the cosine is nearly 1, whose rounding is all that is left of x: its error grows by coth(x) / x.
        var size = Math.Abs(x.Item());
        var grown = 1e-15 / (Math.Tanh(size) * size);
        Near.Relative(1e-14 + grown, [size], [Tensor.Acosh(Tensor.Cosh(x)).Item()], "acosh");
        Near.Relative(1e-12, [x.Item()], [Tensor.Atanh(Tensor.Tanh(x)).Item()], "atanh");
        Near.Relative(1e-10, [x.Item()], [Tensor.Erfinv(Tensor.Erf(x)).Item()], "erfinv");
        Near.Relative(1e-14, [1], [(Tensor.Erf(x) + Tensor.Erfc(x)).Item()], "erf + erfc");
    });

    [Fact]
    public void SincIsSmoothAtZero()
    {
        Func<Tensor, Tensor> f = Tensor.Sinc;
        double[] expected = [1, 0, -Math.PI * Math.PI / 3, 0, Math.Pow(Math.PI, 4) / 5];
        foreach (var value in expected)
        {
            Near.Relative(1e-14, [value], [f(Tensor.Of(0.0)).Item()], "at 0");
            var before = f;
            f = t => Diff.Grad(t, before);
        }
        Near.Relative(1e-15, [2 / Math.PI], [Tensor.Sinc(Tensor.Of(0.5)).Item()], "at 1/2");
        Near.Relative(
            1e-13, [Tensor.Sinc(Tensor.Of(0.01 - 1e-15)).Item()], [Tensor.Sinc(Tensor.Of(0.01)).Item()], "at the seam");
    }
}
