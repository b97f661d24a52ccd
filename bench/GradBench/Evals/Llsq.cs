using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>How far the polynomial with coefficients x is from the sign function, at n points of [-1, 1].</summary>
internal static class Llsq
{
    public static Eval<Input> Eval { get; } = new(
        "llsq", Example(64, 256), json => new(json.Field("x").Vector(), json.Field("n").Integer()),
        ("primal", (input, threads) => Work.Of(input.X, x => Distance(x, input.Points), threads)),
        ("gradient", (input, threads) => Work.Of(input.X, Diff.Grad(x => Distance(x, input.Points)), threads)));

    public static Input Example(int coefficients, int points) => new(Data.Uniform(1, coefficients), points);

    public static Tensor Distance(Tensor x, int points)
    {
        var t = (Tensor.Range(points, DType.Float64) * 2 / (points - 1)) - 1;
        return 0.5 * Tensor.Square(Tensor.Sign(t) - Polynomial(x, t)).Sum();
    }

    /// <summary>The polynomial with coefficients x, that of the constant first, at every t, by Horner's rule.</summary>
    private static Tensor Polynomial(Tensor x, Tensor t) => Flow.Scan(
        Tensor.Zeros(t.Shape, t.DType), x,
        (sum, coefficient) =>
        {
            sum = (sum * t) + coefficient;
            return (sum, sum);
        },
        reverse: true).Carry;

    /// <summary>Coefficients, and how many points.</summary>
    internal sealed record Input(Tensor X, int Points);
}
