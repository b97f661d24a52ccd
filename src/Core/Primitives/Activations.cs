using System.Collections.Immutable;

namespace DistGrad;

internal sealed record Sigmoid : Unary<Sigmoid>
{
    public override string Name => "sigmoid";

    public override double Of(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    // 1 - y is sigmoid(-x), which keeps its digits where y is near 1.
    public override Tensor? Derivative(Tensor x, Tensor y) => y * Tensor.Sigmoid(-x);
}

internal sealed record Softplus : Unary<Softplus>
{
    public override string Name => "softplus";

    public override double Of(double x) => Math.Max(x, 0) + Reference.Log1p(Math.Exp(-Math.Abs(x)));

    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Sigmoid(x);
}

internal sealed record Relu : Unary<Relu>
{
    public override string Name => "relu";

    public override bool IsExact => true;

    protected override bool AllowsIntegers => true;

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.2, 2);

    public override double Of(double x) => x > 0 || double.IsNaN(x) ? x : 0;

    public override long Of(long x) => Math.Max(x, 0);

    public override Tensor? Derivative(Tensor x, Tensor y) => null;

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Where(x[0] > 0, dx[0]!, Tensor.ZerosLike(dx[0]!));
}

internal sealed record Erf : Unary<Erf>
{
    private const double TwoOverRootPi = 1.1283791670955126;

    public override string Name => "erf";

    public override double Of(double x) => Reference.Erf(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => TwoOverRootPi * Tensor.Exp(-(x * x));
}

public partial class Tensor
{
    /// <summary>1 / (1 + e^-x), elementwise; exact at both ends.</summary>
    public static Tensor Sigmoid(Tensor x) => Apply(DistGrad.Sigmoid.Instance, x);

    /// <summary>log(1 + e^x), elementwise; exact at both ends.</summary>
    public static Tensor Softplus(Tensor x) => Apply(DistGrad.Softplus.Instance, x);

    /// <summary>max(x, 0), elementwise; its derivative at 0 is 0.</summary>
    public static Tensor Relu(Tensor x) => Apply(DistGrad.Relu.Instance, x);

    /// <summary>The error function, elementwise.</summary>
    public static Tensor Erf(Tensor x) => Apply(DistGrad.Erf.Instance, x);
}
