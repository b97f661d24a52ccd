using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Nested derivatives do not take each other's variables for their own. Siskind, Pearlmutter: "Perturbation confusion
/// and referential transparency" (2005); Manzyuk et al.: "Perturbation confusion in forward automatic differentiation
/// of higher-order functions" (2019).
/// </summary>
public class PerturbationLaws
{
    static readonly (string Name, Func<Func<Tensor, Tensor>, Func<Tensor, Tensor>> D)[] Derivatives =
    [
        ("reverse", f => x => Diff.Grad(x, f)),
        ("forward", f => x => Diff.Jvp(x, Tensor.Of(1.0), f).Tangent),
        ("linearized", f => x => Diff.Linearize(x, f).Pushforward(Tensor.Of(1.0))),
    ];

    public static TheoryData<int, int> Pairs =>
        [.. from outer in Enumerable.Range(0, 3) from inner in Enumerable.Range(0, 3) select (outer, inner)];

    // d/dx (x * d/dy (x + y)) = 1, where confusion gives 2.
    [Theory]
    [MemberData(nameof(Pairs))]
    public void TheInnerDerivativeTakesTheOuterVariableForAConstant(int outer, int inner)
    {
        var (d, e) = (Derivatives[outer].D, Derivatives[inner].D);
        Assert.Equal(1, d(x => x * e(y => x + y)(Tensor.Of(1.0)))(Tensor.Of(1.0)).Item());
        Assert.Equal(1, d(x => x * e(y => x + y)(x))(Tensor.Of(3.0)).Item());
        // d/dx (x * d/dy (x y)) = d/dx x^2.
        Assert.Equal(6, d(x => x * e(y => x * y)(Tensor.Of(2.0)))(Tensor.Of(3.0)).Item());
        // d/dx d/dy (x^2 y^3) at y = x: d/dx (x^2 * 3 y^2 at y = x) = 12 x^3.
        Assert.Equal(96, d(x => e(y => x * x * y * y * y)(x))(Tensor.Of(2.0)).Item());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void CapturedVariablesOfThreeLevelsStayApart(int outer, int inner)
    {
        var (d, e) = (Derivatives[outer].D, Derivatives[inner].D);
        // d/dx d/dy d/dz (x y z + x^2 z^2) = d/dx (x) = 1 in the first term; the second has no y.
        var mixed = d(
            x => e(y => d(z => (x * y * z) + (x * x * z * z))(Tensor.Of(5.0)))(Tensor.Of(7.0)))(Tensor.Of(2.0));
        Assert.Equal(1, mixed.Item());
        // The innermost captures both: d/dx (x * d/dy (y * d/dz (x + y + z))) = d/dx (x * 1) = 1.
        Assert.Equal(1, d(x => x * e(y => y * d(z => x + y + z)(x))(Tensor.Of(4.0)))(Tensor.Of(9.0)).Item());
    }

    // Of a function that returns a function: s(u) = f -> (x -> f(x + u)); d/du s applied twice gives f'' and not 0.
    [Theory]
    [MemberData(nameof(Pairs))]
    public void TheDerivativeOfAFunctionThatReturnsAFunction(int outer, int inner)
    {
        var (d, e) = (Derivatives[outer].D, Derivatives[inner].D);
        Func<Func<Tensor, Tensor>, Func<Tensor, Tensor>> Shifted(Func<Func<Tensor, Tensor>, Func<Tensor, Tensor>> at) =>
            f => x => at(u => f(x + u))(Tensor.Of(0.0));
        var second = Shifted(d)(Shifted(e)(y => y * y * y));
        Assert.Equal(12, second(Tensor.Of(2.0)).Item());
        var fourth = Shifted(e)(Shifted(d)(Shifted(e)(Shifted(d)(y => y * y * y * y))));
        Assert.Equal(24, fourth(Tensor.Of(2.0)).Item());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void BatchesAndDerivativesStayApart(int outer, int inner)
    {
        var (d, e) = (Derivatives[outer].D, Derivatives[inner].D);
        var x = Tensor.Of([1.0, 2, 3]);
        // The derivative of each example's function, which captures the example and the outer variable.
        var found = d(w => Diff.Vmap(a => w * e(b => a * b * w)(a))(x).Sum())(Tensor.Of(2.0));
        // sum_a d/dw (w * a w) = sum_a 2 a w = 4 * 6.
        Assert.Equal(24, found.Item());
    }

    // The same variable node through two transforms by hand: a fresh variable is a new one.
    [Fact]
    public void AFreshVariableIsNoneThatWasThereBefore()
    {
        var x = Tensor.Parameter(new(DType.Float64, []), "x");
        var y = x.Fresh();
        var z = x * y;
        var dz = Transforms.Vjp.Run([z], [y], [Tensor.Of(1.0)])[0]!;
        Assert.Same(
            x,
            dz is { Source.Operation: StrongMul or Mul } ? dz.Source.Operands.Single(o => ReferenceEquals(o, x)) : dz);
        Assert.Null(Transforms.Jvp.Run([x * x], [y], [Tensor.Of(1.0)])[0]);
    }
}
