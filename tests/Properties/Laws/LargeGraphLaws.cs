using DistGrad.Execute;
using DistGrad.Properties.Generators;
using DistGrad.Simplify;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Nothing recurses over expressions, and every step is linear in them; counted in applications, never in time.
/// </summary>
public class LargeGraphLaws
{
    const int Million = 1_000_000;

    [Fact]
    public void AChainOfAMillionIsDifferentiated()
    {
        var chain = Chain(Million);
        Assert.Equal((3 * Million) - 1, Derived.Jvp(chain).Body.Length);
        Assert.InRange(Derived.Vjp(chain).Body.Length, 2 * Million, 3 * Million);
    }

    // The gradient of a third of a million is as long as a million.
    [Fact]
    public void AGradientOfAMillionIsSimplifiedAndEvaluated()
    {
        var chain = Chain(Million / 3);
        var gradient = Derived.Vjp(chain);
        var simple = Rewriter.Simplify(gradient);
        Assert.InRange(simple.Body.Length, 2 * (Million / 3), gradient.Body.Length);
        Near.Relative(1e-9, [Slope(Million / 3)], [Derived.Run(simple, One, One)[0].Double(0) * Scale], "vjp");
        Near.Relative(
            1e-9, [Slope(Million / 3)], [Derived.Run(Derived.Jvp(chain), One, One)[0].Double(0) * Scale], "jvp");
    }

    [Fact]
    public void AChainOfAMillionRunsOnTheMachineAndIsPrinted()
    {
        var chain = Chain(Million);
        Assert.Equal(Million, chain.Body.Length);
        var machine = Machine.Of(chain);
        Near.Relative(
            1e-9, Derived.Flat(Derived.Run(chain, One)), Derived.Flat(machine.Run([One], Workers.Single)),
            "the machine");
        // Each buffer is free again when its one reader has run.
        Assert.InRange(machine.Plan.ArenaBytes, 0, 1024);
        Assert.Equal(Million + 2, Printer.Print(chain).Split('\n').Length);
    }

    [Fact]
    public void AChainOfTwoHundredThousandIsBatchedClosedAndEvaluatedAsAnExpression()
    {
        const int Length = 200_000;
        var chain = Chain(Length);
        var batch = Derived.Vmap(chain, 3, [true]);
        Assert.InRange(batch.Body.Length, Length, Length + 10);
        var x = Tensor.Of(1.0);
        var y = x;
        for (var i = 0; i < Length; i++)
            y = -y;
        Assert.Equal(1, y.Item());
        Assert.Equal(1, Diff.Grad(x, t =>
        {
            for (var i = 0; i < Length; i++)
                t = -t;
            return t;
        }).Item());
    }

    // As a tree it has 2^40 leaves.
    [Fact]
    public void SharingKeepsAPolynomialSmall()
    {
        const int Times = 40;
        var f = Closed.Of([new(DType.Float64, [])], x =>
        {
            var y = x[0];
            for (var i = 0; i < Times; i++)
                y = (y * y) + x[0];
            return [y];
        });
        Assert.Equal(2 * Times, f.Body.Length);
        var gradient = Derived.Vjp(f);
        Assert.InRange(gradient.Body.Length, 2 * Times, 7 * Times);
        Assert.InRange(Rewriter.Simplify(gradient).Body.Length, 2 * Times, 7 * Times);
        var hessian = Derived.Vjp(Derived.Jvp(f));
        Assert.InRange(hessian.Body.Length, 2 * Times, 30 * Times);
        // y' = 2 y y' + 1 along y = y^2 + x.
        var (value, slope) = (-0.3, 1.0);
        for (var i = 0; i < Times; i++)
            (value, slope) = ((value * value) - 0.3, (2 * value * slope) + 1);
        var at = Value.Scalar(DType.Float64, -0.3);
        Near.Relative(1e-13, [value], Derived.Flat(Derived.Run(f, at)), "value");
        Near.Relative(1e-13, [slope], Derived.Flat(Machine.Of(gradient).Run([at, One], Workers.Single)), "gradient");
        Assert.True(Printer.Print(f).Length < 10_000);
    }

    // A gradient costs a small constant times the function, for any length: nothing is computed again.
    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void GradientsAreLinearInTheFunction(int length)
    {
        var f = Closed.Of([new(DType.Float64, [3])], x =>
        {
            var y = x[0];
            for (var i = 0; i < length; i++)
                y = Tensor.Sin(y * x[0]) / (1 + (y * y));
            return [y.Sum()];
        });
        Assert.InRange(Rewriter.Simplify(Derived.Vjp(f)).Body.Length, length, 6 * f.Body.Length);
        Assert.InRange(Rewriter.Simplify(Derived.Jvp(f)).Body.Length, length, 5 * f.Body.Length);
    }

    static Value One => Value.Scalar(DType.Float64, 1);

    // The derivative of the chain falls as n^(-3/2).
    const double Scale = 1e9;

    static double Slope(int length)
    {
        var (y, slope) = (1.0, Scale);
        for (var i = 0; i < length; i++)
            (y, slope) = (Math.Sin(y), slope * Math.Cos(y));
        return slope;
    }

    /// <summary>
    /// sin sin ... sin x: what it gives and its slope are small numbers, but no rule takes a sine out.
    /// </summary>
    static Lambda Chain(int length) => Closed.Of([new(DType.Float64, [])], x =>
    {
        var y = x[0];
        for (var i = 0; i < length; i++)
            y = Tensor.Sin(y);
        return [y];
    });
}
