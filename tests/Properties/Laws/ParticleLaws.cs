using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Gradients inside a loop, whose length they decide, inside a function that is differentiated again and minimised: a
/// charged particle falls between two others until it hits the ground. In all four mixtures of the two modes.
/// </summary>
/// <remarks>
/// The problem is of J. Siskind and B. Pearlmutter, "Using polyvariant union-free flow analysis to compile a
/// higher-order functional-programming language with a first-class derivative operator" (2008).
/// </remarks>
public class ParticleLaws
{
    const double Step = 0.1;
    const double Optimum = 0.2071918746486116;

    delegate Tensor Derivative(Tensor x, Func<Tensor, Tensor> f);

    public static TheoryData<string> Mixtures => ["rr", "rf", "fr", "ff"];

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void TheParticleIsSteeredToTheOrigin(string modes)
    {
        var (outer, inner) = (Mode(modes[0]), Mode(modes[1]));
        Tensor Missed(Tensor w) => Distance(w, inner);
        var slope = outer(Tensor.Of([0.1]), Missed).ToArray<double>()[0];
        var difference = (Missed(Tensor.Of([0.1 + 1e-5])).Item() - Missed(Tensor.Of([0.1 - 1e-5])).Item()) / 2e-5;
        Near.Relative(1e-6, [difference], [slope], "the derivative through the loop");
        Near.Relative(1e-9, [Optimum], [Minimised(Missed, w => outer(w, Missed))], modes);
    }

    static Derivative Mode(char mode) => mode == 'r'
        ? (x, f) => Diff.Grad(x, f)
        : (x, f) => Tensor.Stack(Enumerable.Range(0, x.Shape[0]).Select(i =>
            Diff.Jvp(x, Tensor.OneHot(Tensor.Of(i), x.Shape[0], DType.Float64), f).Tangent));

    static Tensor Distance(Tensor w, Derivative gradient)
    {
        var charges = new[] { Tensor.Stack([Tensor.Of(10.0), 10 - w[0]]), Tensor.Of([10.0, 0]) };
        Tensor Potential(Tensor x) => charges.Select(c => 1 / (x - c).Norm()).Aggregate((a, b) => a + b);
        var (x, v) = Flow.While(
            (Tensor.Of([0.0, 8]), Tensor.Of([0.75, 0])),
            s => (s.Item1 + (Step * s.Item2))[1] > 0,
            s => (s.Item1 + (Step * s.Item2), s.Item2 - (Step * gradient(s.Item1, Potential))));
        var below = x + (Step * v);
        var landed = below - (below[1] / v[1] * v);
        return landed[0] * landed[0];
    }

    // Gradient descent whose rate doubles after ten steps down and halves after one that is not.
    static double Minimised(Func<Tensor, Tensor> f, Func<Tensor, Tensor> slope)
    {
        const double Enough = 1e-5;
        var (x, rate, down) = (0.0, 1e-5, 0);
        var (value, gradient) = (At(f, x), At(slope, x));
        while (Math.Abs(gradient) > Enough)
        {
            if (down == 10)
            {
                (rate, down) = (rate * 2, 0);
                continue;
            }
            var next = x - (rate * gradient);
            if (Math.Abs(next - x) <= Enough)
                break;
            if (At(f, next) is var there && there < value)
                (x, value, gradient, down) = (next, there, At(slope, next), down + 1);
            else
                (rate, down) = (rate / 2, 0);
        }
        return x;
    }

    static double At(Func<Tensor, Tensor> f, double x) => f(Tensor.Of([x])).ToArray<double>()[0];
}
