namespace DistGrad;

internal sealed record Sin : Unary<Sin>
{
    public override string Name => "sin";

    public override double Of(double x) => Math.Sin(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Cos(x);
}

internal sealed record Cos : Unary<Cos>
{
    public override string Name => "cos";

    public override double Of(double x) => Math.Cos(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => -Tensor.Sin(x);
}

internal sealed record Tan : Unary<Tan>
{
    public override string Name => "tan";

    protected override Domain Domain => Domain.Float(Shape.Scalar, -1.2, 1.2);

    public override double Of(double x) => Math.Tan(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => 1 + (y * y);
}

internal sealed record Asin : Unary<Asin>
{
    public override string Name => "asin";

    protected override Domain Domain => Domain.Float(Shape.Scalar, -0.8, 0.8);

    public override double Of(double x) => Math.Asin(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Rsqrt((1 - x) * (1 + x));
}

internal sealed record Acos : Unary<Acos>
{
    public override string Name => "acos";

    protected override Domain Domain => Domain.Float(Shape.Scalar, -0.8, 0.8);

    public override double Of(double x) => Math.Acos(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => -Tensor.Rsqrt((1 - x) * (1 + x));
}

internal sealed record Atan : Unary<Atan>
{
    public override string Name => "atan";

    public override double Of(double x) => Math.Atan(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => 1 / (1 + (x * x));
}

public partial class Tensor
{
    /// <summary>The sine of x radians, elementwise.</summary>
    public static Tensor Sin(Tensor x) => Apply(DistGrad.Sin.Instance, x);

    /// <summary>The cosine of x radians, elementwise.</summary>
    public static Tensor Cos(Tensor x) => Apply(DistGrad.Cos.Instance, x);

    /// <summary>The tangent of x radians, elementwise.</summary>
    public static Tensor Tan(Tensor x) => Apply(DistGrad.Tan.Instance, x);

    /// <summary>The arc sine in radians, elementwise; NaN outside [-1, 1].</summary>
    public static Tensor Asin(Tensor x) => Apply(DistGrad.Asin.Instance, x);

    /// <summary>The arc cosine in radians, elementwise; NaN outside [-1, 1].</summary>
    public static Tensor Acos(Tensor x) => Apply(DistGrad.Acos.Instance, x);

    /// <summary>The arc tangent in radians, elementwise.</summary>
    public static Tensor Atan(Tensor x) => Apply(DistGrad.Atan.Instance, x);
}
