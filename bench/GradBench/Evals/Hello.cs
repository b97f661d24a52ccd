using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>The square of a number, and its derivative.</summary>
internal static class Hello
{
    public static Eval<Tensor> Eval { get; } = new(
        "hello", Tensor.Of(3.0), Json.Scalar,
        ("square", (x, threads) => Work.Of(x, Square, threads)),
        ("double", (x, threads) => Work.Of(x, Diff.Grad(Square), threads)));

    public static Tensor Square(Tensor x) => x * x;
}
