using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>Solutions of equations are differentiated as the equations say, however they were found.</summary>
public class ImplicitLaws
{
    // x^2 = a has the root sqrt a, from above.
    [Fact]
    public void ARootHasTheDerivativesOfTheFunctionThatItDefines()
    {
        static Tensor Root(Tensor a) => Flow.Root(Tensor.Of([2.0, 2.0]), x => (x * x) - a);
        var a = Tensor.Of([2.0, 5.0]);
        AreSame(Tensor.Sqrt, Root, a);
    }

    // x = tanh(w x + b), where the steps leave a derivative of their own, which is not used.
    [Fact]
    public void AFixedPointHasTheDerivativesOfManySteps()
    {
        var w = Tensor.Of(new double[,] { { 0.3, -0.4 }, { 0.2, 0.1 } });
        static Tensor Once(Tensor w, Tensor b, Tensor x) => Tensor.Tanh(w.MatMul(x) + b);
        Tensor Solved(Tensor b) => Flow.FixedPoint(Tensor.Of([0.0, 0.0]), x => Once(w, b, x), 1e-15);
        Tensor Unrolled(Tensor b) =>
            Enumerable.Range(0, 60).Aggregate(Tensor.Of([0.0, 0.0]), (x, _) => Once(w, b, x));
        AreSame(Unrolled, Solved, Tensor.Of([0.5, -1]));
        // By the matrix too.
        var b = Tensor.Of([0.5, -1]);
        Near.Relative(
            1e-12,
            Diff.Grad(w, m => Enumerable.Range(0, 60).Aggregate(b, (x, _) => Once(m, b, x)).Sum()).ToArray<double>(),
            Diff.Grad(w, m => Flow.FixedPoint(b, x => Once(m, b, x), 1e-15).Sum()).ToArray<double>(), "by w");
    }

    [Fact]
    public void TheStartHasNoPartInTheDerivative()
    {
        static Tensor F(Tensor start) => Flow.Root(start, x => (x * x) - 2);
        Assert.Equal([0], Diff.Grad(Tensor.Of([1.0]), s => F(s).Sum()).ToArray<double>());
        Assert.Equal(0, Diff.Jvp(Tensor.Of([1.0]), Tensor.Of([1.0]), F).Tangent.ToArray<double>()[0]);
    }

    [Fact]
    public void ATreeIsSolvedForAsAWhole()
    {
        static (Tensor X, Tensor Y) Solve(Tensor sum) => Flow.Root(
            (X: Tensor.Of(1.0), Y: Tensor.Of(2.0)), s => (s.X + s.Y - sum, (s.X * s.Y) - 2));
        var (x, y) = Solve(Tensor.Of(4.0));
        Near.Relative(1e-14, [2 - Math.Sqrt(2), 2 + Math.Sqrt(2)], [x.Item(), y.Item()], "roots");
        // x = s/2 - sqrt(s^2/4 - 2)
        Near.Relative(
            1e-13, [0.5 - (1 / Math.Sqrt(2))], [Diff.Grad(Tensor.Of(4.0), s => Solve(s).X).Item()], "gradient");
    }

    static void AreSame(Func<Tensor, Tensor> expected, Func<Tensor, Tensor> found, Tensor at)
    {
        foreach (var d in new Func<Func<Tensor, Tensor>, Tensor, Tensor>[]
        {
            (f, x) => f(x), (f, x) => Diff.JacobianForward(f)(x), (f, x) => Diff.Grad(x, t => Tensor.Exp(f(t)).Sum()),
            (f, x) => Diff.Hessian(t => Tensor.Exp(f(t)).Sum())(x),
            (f, x) => Diff.Jvp(x, Tensor.Of([1.0, -2]), t => Diff.Grad(t, u => f(u).Sum())).Tangent,
            (f, x) => Diff.Grad(x, t => Diff.Hessian(u => f(u).Sum())(t).Sum()),
            (f, x) => Diff.Vmap(t => Diff.Grad(t, u => f(u).Sum()))(Tensor.Stack([x, x * 1.5])),
            (f, x) => Diff.Grad(x, t => Diff.Vmap(f)(Tensor.Stack([t, t * 1.5])).Sum()),
        })
        {
            Near.Relative(1e-10, d(expected, at).ToArray<double>(), d(found, at).ToArray<double>(), "a derivative");
        }
    }
}
