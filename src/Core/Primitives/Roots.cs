namespace DistGrad;

internal sealed record Sqrt : Unary<Sqrt>
{
    public override string Name => "sqrt";

    public override bool IsExact => true;

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.3, 3);

    public override double Of(double x) => Math.Sqrt(x);

    // sqrt'(0) is infinite; strong zeros keep it out of branches that are masked out.
    public override Tensor? Derivative(Tensor x, Tensor y) => 0.5 / y;
}

internal sealed record Rsqrt : Unary<Rsqrt>
{
    public override string Name => "rsqrt";

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.3, 3);

    public override double Of(double x) => 1 / Math.Sqrt(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => -0.5 * (y / x);
}

public partial class Tensor
{
    /// <summary>The square root, elementwise; NaN below 0.</summary>
    public static Tensor Sqrt(Tensor x) => Apply(DistGrad.Sqrt.Instance, x);

    /// <summary>1 / sqrt(x), elementwise.</summary>
    public static Tensor Rsqrt(Tensor x) => Apply(DistGrad.Rsqrt.Instance, x);

    /// <summary>x * x, elementwise.</summary>
    public static Tensor Square(Tensor x) => x * x;

    /// <summary>1 / x, elementwise.</summary>
    public static Tensor Reciprocal(Tensor x) => 1 / x;
}
