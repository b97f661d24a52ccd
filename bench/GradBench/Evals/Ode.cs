using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>
/// y' = f(y) from 0 over [0, 2] by the classic Runge-Kutta method, with f(y) = (x_0, x_1 y_0, x_2 y_1, ...).
/// </summary>
internal static class Ode
{
    private const double Time = 2;

    public static Eval<Input> Eval { get; } = new(
        "ode", Example(1000, 3), json => new(json.Field("x").Vector(), json.Field("s").Integer()),
        ("primal", (input, threads) => Work.Of(input.X, x => Solution(x, input.Steps), threads)),
        ("gradient", (input, threads) => Work.Of(input.X, Diff.Grad(x => Solution(x, input.Steps)[^1]), threads)));

    public static Input Example(int n, int steps) => new(Data.Uniform(1, n), steps);

    /// <summary>The state at the end, [n].</summary>
    public static Tensor Solution(Tensor x, int steps)
    {
        var h = Time / steps;
        var one = Tensor.Ones([1], DType.Float64);
        return Flow.Fori(0, steps, Tensor.Zeros(x.Shape, x.DType), (_, y) =>
        {
            var k1 = Slope(y);
            var k2 = Slope(y + (h / 2 * k1));
            var k3 = Slope(y + (h / 2 * k2));
            var k4 = Slope(y + (h * k3));
            return y + (h / 6 * (k1 + (2 * k2) + (2 * k3) + k4));
        });

        Tensor Slope(Tensor y) => x * Tensor.Concat([one, y[..^1]]);
    }

    /// <summary>Coefficients [n], and how many steps.</summary>
    internal sealed record Input(Tensor X, int Steps);
}
