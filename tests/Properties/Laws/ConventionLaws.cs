using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// What derivatives are at the points where the mathematics leaves a choice: the conventions of the design, one by one.
/// </summary>
public class ConventionLaws
{
    static readonly double Nan = double.NaN;
    static readonly double Inf = double.PositiveInfinity;

    [Fact]
    public void KinksOfOneNumber()
    {
        Is([0], At(Tensor.Relu, 0));
        Is([0], At(Tensor.Relu, -0.0));
        Is([0], At(Tensor.Abs, 0));
        Is([0, 1, -1], At(Tensor.Abs, 0, 2, -2));
        Is([1, 1, 1, 0, 0], At(x => Tensor.Clamp(x, -1, 1), -1, 0.5, 1, -1.5, 1.5));
        Is([0, 0, 0], At(Tensor.Sign, 0, 1, -1));
        Is([0, 0], At(Tensor.Floor, 0, 1.5));
        Is([0, 0], At(Tensor.Round, 0.5, 1));
        Is([0, 0], At(Tensor.Ceiling, 0, 1.5));
        Is([0, 0], At(Tensor.Truncate, 0, 1.5));
        Is([Inf], At(Tensor.Sqrt, 0));
    }

    [Fact]
    public void RoundingIsHalfToEven() =>
        Assert.Equal([0, 2, 2, -0.0, -2], Tensor.Round(Vector(0.5, 1.5, 2.5, -0.5, -1.5)).ToArray<double>());

    [Fact]
    public void TiesAreSharedInHalvesAndEvenlyAmongMany()
    {
        foreach (var f in new Func<Tensor, Tensor, Tensor>[] { Tensor.Maximum, Tensor.Minimum })
        {
            var (dx, dy) = Diff.Grad((x, y) => f(x, y).Sum())(Vector(1, 2, 2), Vector(1, 2, 3));
            Assert.Equal([0.5, 0.5], dx.ToArray<double>()[..2]);
            Assert.Equal([0.5, 0.5], dy.ToArray<double>()[..2]);
        }
        Is([0, 1d / 3, 1d / 3, 1d / 3], At(x => x.Max(), 1, 4, 4, 4));
        Is([0.5, 0.5, 0, 0], At(x => x.Min(), 1, 1, 4, 4));
        Assert.Equal(1, Vector(1, 4, 4).ArgMax().Item());
        Assert.Equal(0, Vector(1, 1, 4).ArgMin().Item());
        Assert.Equal(1, Vector(1, double.NaN, double.NaN).ArgMax().Item());
    }

    // By selection, never by arithmetic: an infinite tangent of the loser stays out.
    [Fact]
    public void TheLoserOfAMaximumSendsNothing() =>
        Is([1, 1], At(x => Tensor.Maximum(x + 1, Tensor.Sqrt(x - 5)), 5 - 1e-300, 5));

    [Fact]
    public void Powers()
    {
        Is([0, 0, 0], At(x => Tensor.Pow(x, 0), 0, 2, -2));
        Is([0, 1], At(x => Tensor.Pow(x, 2), 0, 0.5));
        Is([1], At(x => Tensor.Pow(x, 1), 0));
        Is([0, 0, 0], At(y => Tensor.Pow(Tensor.Zeros(y.Shape, y.DType), y), 0, 1, 2.5));
        Is([2], Second(x => Tensor.Pow(x, 2), 0));
        Is([0], Second(x => Tensor.Pow(x, 1), 0));
        Is([0], Second(x => Tensor.Pow(x, 3), 0));
        var (dx, dy) = Diff.Grad((x, y) => Tensor.Pow(x, y).Sum())(Vector(0, -2), Vector(0, 2));
        Assert.Equal([0, -4], dx.ToArray<double>());
        Assert.Equal(0, dy.ToArray<double>()[0]);
    }

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(0, 2, 3)]
    [InlineData(0, 0, 3)]
    [InlineData(0, 0, 0)]
    [InlineData(2, 0, -3)]
    public void ProductsAreExactWithAnyNumberOfZerosInSecondOrderToo(double a, double b, double c)
    {
        Is([b * c, a * c, a * b], At(x => x.Prod(), a, b, c));
        var hessian = Diff.Hessian(x => x.Prod())(Vector(a, b, c)).ToArray<double>();
        Assert.Equal([0, c, b, c, 0, a, b, a, 0], hessian);
    }

    [Fact]
    public void NormsAndDeviations()
    {
        Is([0, 0, 0], At(x => x.Norm(), 0, 0, 0));
        Is([0.6, 0.8], At(x => x.Norm(), 3, 4));
        Is([0, 0, 0], At(x => x.Std(), 2, 2, 2));
        Is([0, 0], Second(x => x.Norm(), 0, 0));
    }

    [Fact]
    public void LogSumExpOfNothingButMinusInfinity()
    {
        var minus = Vector(-Inf, -Inf);
        Assert.Equal(-Inf, minus.LogSumExp().Item());
        Is([0, 0], At(x => x.LogSumExp(), -Inf, -Inf));
        Is([0, 1], At(x => x.LogSumExp(), -Inf, 3));
        Assert.Equal(1000 + Math.Log(2), Vector(1000, 1000).LogSumExp().Item());
    }

    // Subnormal weights would slow whatever multiplies them down, by a hundred times on some processors.
    [Theory]
    [InlineData(DType.Float64, -708.3, double.Epsilon, 2.2250738585072014e-308)]
    [InlineData(DType.Float32, -87.3, float.Epsilon, 1.1754943508222875e-38)]
    public void WeightsOfExponentialsAreNormalNumbersOrZero(
        DType dtype, double lastNormal, double smallest, double smallestNormal)
    {
        var lastOfAll = double.Log(smallest) - 1;
        for (var place = lastNormal + 5; place > lastOfAll; place -= 0.25)
        {
            var x = Vector(0, place).Cast(dtype);
            Tensor[] weights =
            [
                x.Softmax(), Diff.Grad(x, t => t.LogSumExp()), Diff.Grad(x, t => -t.LogSoftmax()[0]),
                Diff.Grad(x, t => t.Softmax()[0]),
            ];
            foreach (var weight in weights.Select(w => double.Abs(w.Cast(DType.Float64).ToArray<double>()[1])))
            {
                if (place >= lastNormal)
                    Assert.Equal(1, weight / double.Exp(place), 1e-4);
                else
                    Assert.True(weight == 0 || weight >= smallestNormal, $"{weight} at {place}");
            }
        }
    }

    // The most reported gradient bug of the field.
    [Fact]
    public void WhereSendsNothingIntoTheBranchNotTaken()
    {
        Is([0, 0, 0.25], At(x => Tensor.Where(x > 0, Tensor.Sqrt(x), 0), -1, 0, 4));
        Is([0, 0, -1d / 32], Second(x => Tensor.Where(x > 0, Tensor.Sqrt(x), 0), -1, 0, 4));
        Is([0, 0.5], At(x => Tensor.Where(x > 0, Tensor.Log(x), 0), 0, 2));
        Is([0, -0.25], Second(x => Tensor.Where(x > 0, Tensor.Log(x), 0), 0, 2));
        Is([0, -0.25], At(x => Tensor.Where(Tensor.NotEqual(x, 0), 1 / x, 0), 0, 2));
        Is([1, 1], At(x => Tensor.Where(x < 100, x, Tensor.Exp(x)), 1, -3));
        Is([0, 1], At(x => Tensor.Where(x > 1e300, x * x / x, x * Tensor.Sign(x) * 0 + Tensor.Relu(x)), -1, 1));
        Is([1], At(x => Tensor.Where(x < 1000, x, Tensor.Exp(x * x)), 900));
        // Forward too.
        var forward = Diff.Jvp(Vector(-1.0), Vector(1.0), x => Tensor.Where(x > 0, Tensor.Sqrt(x), 0)).Tangent;
        Assert.Equal([0], forward.ToArray<double>());
    }

    // 0 * inf is 0 where the 0 is a masked-out cotangent; NaN and infinities of what was taken still show.
    [Fact]
    public void AStrongZeroHidesNothingThatWasTaken()
    {
        Is([Inf], At(x => Tensor.Where(x >= 0, Tensor.Sqrt(x), 0), 0));
        Assert.True(double.IsNaN(At(x => Tensor.Where(x < 0, Tensor.Sqrt(x), 0), -1)[0]));
        Assert.True(double.IsNaN(At(x => x * Nan, 1)[0]));
    }

    // Neither does what surrounds a filling enter its gradient, however large it is.
    [Fact]
    public void AFillingHasTheGradientOfItsOwnElements()
    {
        var weights = Tensor.Of([1.0, 1e20, Inf, 2]);
        var padded = Closed.Of(
            [new(DType.Float64, [2]), new(DType.Float64, [])],
            x => [Tensor.Apply(new Pad([1], [1], [0]), x[0], x[1]) * weights]);
        var ct = Derived.Run(
            Derived.Vjp(padded), Value.Full(DType.Float64, [2], 1), Value.Scalar(DType.Float64, 1),
            Value.Full(DType.Float64, [4], 1));
        Assert.Equal([3], Derived.Flat([ct[1]]));
    }

    [Fact]
    public void IntegersAndTruthValuesHaveNoDerivative()
    {
        foreach (var dtype in new[] { DType.Int64, DType.Int32, DType.Bool })
        {
            var x = Tensor.Ones([2], dtype);
            var error = Assert.Throws<DifferentiationException>(() => Diff.Grad(x, t => t.Cast(DType.Float64).Sum()));
            Assert.Contains(dtype.ToString(), error.Message, StringComparison.OrdinalIgnoreCase);
        }
        Assert.Throws<DifferentiationException>(() => Diff.Grad(Vector(1, 2), x => x.Cast(DType.Int64).Sum()));
        Assert.Throws<DifferentiationException>(() => Diff.Grad(Vector(1, 2), x => x));
        // Through an integer no derivative flows, which is a zero and no error.
        Is([0, 0], At(x => x.Cast(DType.Int64).Cast(DType.Float64), 1.5, 2.5));
    }

    [Fact]
    public void StopGradientStops()
    {
        Is([3], At(x => x * Tensor.StopGradient(x), 3));
        Is([1], Second(x => x * x * Tensor.StopGradient(x) / 2, 1));
    }

    static Tensor Vector(params double[] x) => Tensor.Of(x);

    static double[] At(Func<Tensor, Tensor> f, params double[] x) =>
        Diff.Grad(Vector(x), t => f(t).Sum()).ToArray<double>();

    /// <summary>
    /// The derivative of the sum of the derivatives: the row sums of the Hessian, got in both mixed ways.
    /// </summary>
    static double[] Second(Func<Tensor, Tensor> f, params double[] x)
    {
        Tensor Gradient(Tensor t) => Diff.Grad(t, u => f(u).Sum());
        var reverse = Diff.Grad(Vector(x), t => Gradient(t).Sum()).ToArray<double>();
        var forward = Diff.Jvp(Vector(x), Tensor.Ones([x.Length], DType.Float64), Gradient).Tangent.ToArray<double>();
        Near.Relative(1e-14, reverse, forward, "forward over reverse");
        return reverse;
    }

    static void Is(double[] expected, double[] found) => Near.Relative(1e-14, expected, found, "derivative");
}
