using DistGrad.Execute;
using DistGrad.Transforms;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Values and derivatives where a formula that is right elsewhere loses its digits or its finiteness.
/// </summary>
public class SpecialPointLaws
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(1.0)]
    [InlineData(30.0)]
    public void MixedDerivativesOfPowerAgreeWhereTheExponentIsZero(double x)
    {
        // d/dy of y x^(y-1) and d/dx of x^y log x are both 1/x at y = 0.
        var (b, y) = (Scalar("x"), Scalar("y"));
        var inBase = Along([Tensor.Pow(b, y)], b);
        var inExponent = Along([Tensor.Pow(b, y)], y);
        var program = new Lambda("mixed", [b, y], [Along([inBase], y), Along([inExponent], b)]);
        var mixed = Interpreter.Run(program, [Value.Scalar(DType.Float64, x), Value.Scalar(DType.Float64, 0)]);
        Assert.Equal(1 / x, mixed[0].Double(0), 1e-15);
        Assert.Equal(1 / x, mixed[1].Double(0), 1e-15);
    }

    [Theory]
    [InlineData(-20.0)]
    [InlineData(-40.0)]
    [InlineData(-700.0)]
    public void SlopeOfExpm1KeepsItsDigitsFarBelowZero(double x)
    {
        var v = Scalar("x");
        var program = new Lambda("slope", [v], [Along([Tensor.Expm1(v)], v)]);
        var slope = Interpreter.Run(program, [Value.Scalar(DType.Float64, x)])[0].Double(0);
        Assert.Equal(1, slope / Math.Exp(x), 1e-15);
    }

    [Fact]
    public void Expm1AndLog1pReachTheEndOfTheRange()
    {
        Assert.Equal(1, Of(Tensor.Expm1(Tensor.Of(709.5))) / Math.Exp(709.5), 1e-13);
        Assert.Equal(Math.Log(1.7e308), Of(Tensor.Log1p(Tensor.Of(1.7e308))), 1e-12);
    }

    [Fact]
    public void ArgumentsThatMakeNoSenseAreRefused()
    {
        var x = Tensor.Zeros([3]);
        Assert.Throws<ShapeException>(() => x.Pad([], []));
        Assert.Throws<ShapeException>(() => x.Pad([0, 0], [0, 0]));
        Assert.Throws<IndexException>(() => x[int.MinValue]);
        Assert.Throws<OptionException>(() => Tensor.Clamp(x, 1, -1));
        Assert.Throws<OptionException>(() => Tensor.Clamp(x, double.NaN, 1));
    }

    private static double Of(Tensor closed) => Interpreter.Run(new("value", [], [closed]), [])[0].Double(0);

    private static Tensor Scalar(string name) => Tensor.Parameter(new(DType.Float64, []), name);

    private static Tensor Along(System.Collections.Immutable.ImmutableArray<Tensor> y, Tensor x) =>
        Jvp.Run(y, [x], [Tensor.Full(DType.Float64, [], 1)])[0]!;
}
