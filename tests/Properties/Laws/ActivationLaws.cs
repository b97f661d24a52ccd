using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Activations are the formulas that they are named after, and have PyTorch's slopes where they bend.
/// </summary>
public class ActivationLaws
{
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Verb, Func<double, double> Formula)> All = new()
    {
        ["leaky_relu"] = (x => Tensor.LeakyRelu(x, 0.1), x => x > 0 ? x : 0.1 * x),
        ["relu6"] = (Tensor.Relu6, x => Math.Clamp(x, 0, 6)),
        ["elu"] = (x => Tensor.Elu(x, 1.5), x => x > 0 ? x : 1.5 * Reference.Expm1(x)),
        ["selu"] = (
            Tensor.Selu, x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Reference.Expm1(x))),
        ["celu"] = (x => Tensor.Celu(x, 2), x => x > 0 ? x : 2 * Reference.Expm1(x / 2)),
        ["gelu"] = (Tensor.Gelu, x => x / 2 * (1 + Reference.Erf(x / Math.Sqrt(2)))),
        ["gelu_tanh"] = (
            Tensor.GeluTanh, x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))))),
        ["silu"] = (Tensor.Silu, x => x / (1 + Math.Exp(-x))),
        ["mish"] = (Tensor.Mish, x => x * Math.Tanh(Math.Log(1 + Math.Exp(x)))),
        ["log_sigmoid"] = (Tensor.LogSigmoid, x => -Math.Log(1 + Math.Exp(-x))),
        ["softsign"] = (Tensor.Softsign, x => x / (1 + Math.Abs(x))),
        ["hard_tanh"] = (x => Tensor.HardTanh(x), x => Math.Clamp(x, -1, 1)),
        ["hard_sigmoid"] = (Tensor.HardSigmoid, x => Math.Clamp((x / 6) + 0.5, 0, 1)),
        ["hard_swish"] = (Tensor.HardSwish, x => x * Math.Clamp((x / 6) + 0.5, 0, 1)),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ItIsItsFormulaAndItsSlopeThatOfDifferences(string name)
    {
        var (verb, formula) = All[name];
        Law.Holds(20, random =>
        {
            var x = Tensor.Of(Samples.Draw(Domain.Float([16], -9, 9), random));
            var numbers = x.ToArray<double>();
            Near.Relative(1e-13, [.. numbers.Select(formula)], verb(x).ToArray<double>(), name);
            var f = Diff.Trace(x, verb);
            var dx = Samples.Direction(x.Type, random);
            if (Derived.Difference(f, [x.ToValue()], [dx]) is { } difference)
                Near.Relative(1e-6, difference, Derived.Flat(Derived.Run(Derived.Jvp(f), x.ToValue(), dx)), name);
        });
    }

    [Theory]
    [InlineData("leaky_relu", 0, 0.1)]
    [InlineData("relu6", 0, 0)]
    [InlineData("relu6", 6, 0)]
    [InlineData("elu", 0, 1.5)]
    [InlineData("celu", 0, 1)]
    [InlineData("hard_tanh", -1, 0)]
    [InlineData("hard_tanh", 1, 0)]
    [InlineData("hard_sigmoid", -3, 0)]
    [InlineData("hard_sigmoid", 3, 0)]
    [InlineData("softsign", 0, 1)]
    [InlineData("softsign", 1e8, 1e-16)]
    [InlineData("softsign", -1e150, 1e-300)]
    [InlineData("elu", 800, 1)]
    [InlineData("selu", -800, 0)]
    [InlineData("log_sigmoid", -800, 1)]
    public void ItsSlopeIsAsAgreedWhereItBendsAndAtTheEnds(string name, double x, double slope)
    {
        var found = Diff.Grad(All[name].Verb)(Tensor.Of(x)).Item();
        Assert.True(Math.Abs(found - slope) <= 3e-8 * slope, $"{name}'({x}) is {found}, not {slope}");
    }

    [Fact]
    public void AGateIsHalfOfAnAxis()
    {
        var x = Tensor.Normal(Key.Of(1), [3, 4], DType.Float64);
        Assert.Equal((x[.., ..2] * Tensor.Sigmoid(x[.., 2..])).Evaluate(), Tensor.Glu(x).Evaluate());
        Assert.Equal([1.0, -1], Tensor.Softsign(
            Tensor.Of([double.PositiveInfinity, double.NegativeInfinity])).ToArray<double>());
    }
}
