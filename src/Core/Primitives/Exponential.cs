namespace DistGrad;

internal sealed record Exp : Unary<Exp>
{
    public override string Name => "exp";

    public override double Of(double x) => Math.Exp(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => y;
}

internal sealed record Expm1 : Unary<Expm1>
{
    public override string Name => "expm1";

    public override double Of(double x) => Reference.Expm1(x);

    // Not y + 1, which has no digits left where y is near -1.
    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Exp(x);
}

internal sealed record Log : Unary<Log>
{
    public override string Name => "log";

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.3, 3);

    public override double Of(double x) => Math.Log(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => 1 / x;
}

internal sealed record Log1p : Unary<Log1p>
{
    public override string Name => "log1p";

    protected override Domain Domain => Domain.Float(Shape.Scalar, -0.6, 2);

    public override double Of(double x) => Reference.Log1p(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => 1 / (1 + x);
}

public partial class Tensor
{
    /// <summary>e^x, elementwise.</summary>
    public static Tensor Exp(Tensor x) => Apply(DistGrad.Exp.Instance, x);

    /// <summary>2^x, elementwise.</summary>
    public static Tensor Exp2(Tensor x) => Exp(x * double.Log(2));

    /// <summary>e^x - 1, elementwise, accurate near 0.</summary>
    public static Tensor Expm1(Tensor x) => Apply(DistGrad.Expm1.Instance, x);

    /// <summary>The natural logarithm, elementwise; NaN below 0.</summary>
    public static Tensor Log(Tensor x) => Apply(DistGrad.Log.Instance, x);

    /// <summary>The logarithm to the base 2, elementwise.</summary>
    public static Tensor Log2(Tensor x) => Log(x) / double.Log(2);

    /// <summary>The logarithm to the base 10, elementwise.</summary>
    public static Tensor Log10(Tensor x) => Log(x) / double.Log(10);

    /// <summary>log(1 + x), elementwise, accurate near 0.</summary>
    public static Tensor Log1p(Tensor x) => Apply(DistGrad.Log1p.Instance, x);
}
