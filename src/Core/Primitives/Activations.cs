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

internal sealed record Erfc : Unary<Erfc>
{
    private const double TwoOverRootPi = 1.1283791670955126;

    public override string Name => "erfc";

    public override double Of(double x) => Reference.Erfc(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => -TwoOverRootPi * Tensor.Exp(-(x * x));
}

internal sealed record Erfinv : Unary<Erfinv>
{
    private const double HalfRootPi = 0.886226925452758;

    public override string Name => "erfinv";

    protected override Domain Domain => Domain.Float(Shape.Scalar, -0.8, 0.8);

    public override double Of(double x) => Reference.Erfinv(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => HalfRootPi * Tensor.Exp(y * y);
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

    /// <summary>One minus the error function, elementwise, with all digits where that is near 1.</summary>
    public static Tensor Erfc(Tensor x) => Apply(DistGrad.Erfc.Instance, x);

    /// <summary>The inverse of the error function, elementwise; infinite at -1 and 1, NaN beyond.</summary>
    public static Tensor Erfinv(Tensor x) => Apply(DistGrad.Erfinv.Instance, x);

    /// <summary>sin(pi x) / (pi x), elementwise, and 1 at 0.</summary>
    public static Tensor Sinc(Tensor x)
    {
        // Near 0 the first terms of the series, which have derivatives of any order there.
        var t = double.Pi * x;
        var (square, near) = (t * t, Abs(x) < 1e-2);
        var series = 1 - (square / 6 * (1 - (square / 20 * (1 - (square / 42 * (1 - (square / 72)))))));
        return Where(near, series, Sin(t) / Where(near, 1, t));
    }
}
