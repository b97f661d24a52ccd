using DistGrad.Plan;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// What a function computes several times, by code that is called several times, is differentiated once.
/// </summary>
public class TwinLaws
{
    /// <summary>Numbers of formulas, readings and products included.</summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Parts = new()
    {
        ["functions"] = x => Tensor.Tanh(Tensor.Sin(x * 2) + 0.5),
        ["readings"] = x => (x.Flip(0) * x.Narrow(0, 1, 2).Sum()) + x[0],
        ["products"] = x => x.Reshape(1, 3).MatMul(Tensor.Exp(x).Reshape(3, 1)).Reshape() * x,
    };

    public static TheoryData<string> Names => [.. Parts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ADerivativeGoesThroughItOnce(string name)
    {
        var (once, often) = (Repeated(1), Repeated(5));
        Assert.Equal(Linear(Derived.Vjp(once)), Linear(Derived.Vjp(often)));
        var x = Value.FromDoubles(DType.Float64, [3], i => 0.3 + (0.4 * i));
        var (expected, found) = (Gradient(once, x), Gradient(often, x));
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal((1 + 2 + 3 + 4 + 5) * expected[i], found[i], 1e-11);

        Lambda Repeated(int times) => Closed.Of(
            [new(DType.Float64, [3])],
            x => [Tensor.Stack([.. Enumerable.Range(1, times).Select(i => Parts[name](x[0]).Sum() * i)]).Sum()]);
    }

    /// <summary>What differs in a number, an operand or an operation is no twin.</summary>
    [Fact]
    public void WhatDiffersHasDerivativesOfItsOwn()
    {
        static Tensor F(Tensor x) => Tensor.Stack(
            [
                Tensor.Sin(x * 2), Tensor.Sin(x * 3), Tensor.Cos(x * 2), Tensor.Sin(2 + x), Tensor.Sin(x.Flip(0) * 2),
            ]).Sum();
        var f = Closed.Of([new(DType.Float64, [3])], x => [F(x[0])]);
        var x = Value.FromDoubles(DType.Float64, [3], i => 0.3 + (0.4 * i));
        var found = Gradient(f, x);
        for (var i = 0; i < found.Length; i++)
        {
            var t = x.Double(i);
            var expected = (4 * Math.Cos(2 * t)) + (3 * Math.Cos(3 * t)) - (2 * Math.Sin(2 * t)) + Math.Cos(2 + t);
            Assert.Equal(expected, found[i], 1e-12);
        }
    }

    private static int Linear(Lambda derivative) =>
        Lowering.Lower(derivative).Body.Count(n => n.Operation is Cos or Tanh or Exp or MatMul or Pad ||
            (n.Operation is StrongMul && n.Results[0].Shape.Rank > 0));

    private static double[] Gradient(Lambda f, Value x) =>
        Derived.Flat(Derived.Run(Derived.Vjp(f), x, Value.Full(DType.Float64, Shape.Scalar, 1)));
}
