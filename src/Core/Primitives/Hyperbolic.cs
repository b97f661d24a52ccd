namespace DistGrad;

internal sealed record Sinh : Unary<Sinh>
{
    public override string Name => "sinh";

    public override double Of(double x) => Math.Sinh(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Cosh(x);
}

internal sealed record Cosh : Unary<Cosh>
{
    public override string Name => "cosh";

    public override double Of(double x) => Math.Cosh(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Sinh(x);
}

internal sealed record Tanh : Unary<Tanh>
{
    public override string Name => "tanh";

    public override double Of(double x) => Math.Tanh(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => (1 - y) * (1 + y);
}

internal sealed record Asinh : Unary<Asinh>
{
    public override string Name => "asinh";

    // The framework's loses all digits near 0.
    public override double Of(double x)
    {
        var a = Math.Abs(x);
        var value = a > 1e8 ? Math.Log(a) + Math.Log(2) : Reference.Log1p(a + (a * a / (1 + Math.Sqrt(1 + (a * a)))));
        return Math.CopySign(value, x);
    }

    // The square of a large number would overflow on the way.
    public override Tensor? Derivative(Tensor x, Tensor y) => 1 / Tensor.Hypot(x, Tensor.Full(x.DType, [], 1));
}

internal sealed record Acosh : Unary<Acosh>
{
    public override string Name => "acosh";

    protected override Domain Domain => Domain.Float(Shape.Scalar, 1.3, 4);

    public override double Of(double x) => x > 1e8
        ? Math.Log(x) + Math.Log(2)
        : x >= 1 ? Reference.Log1p(x - 1 + Math.Sqrt((x - 1) * (x + 1))) : double.NaN;

    // By two roots, as the square of a large number would overflow and that of one near 1 lose digits. Below 1 it has
    // no derivative, as it has no value.
    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Rsqrt(x - 1) * Tensor.Rsqrt(x + 1);
}

internal sealed record Atanh : Unary<Atanh>
{
    public override string Name => "atanh";

    protected override Domain Domain => Domain.Float(Shape.Scalar, -0.8, 0.8);

    public override double Of(double x) =>
        Math.Abs(x) < 0.5 ? Reference.Log1p(2 * x / (1 - x)) / 2 : (Reference.Log1p(x) - Reference.Log1p(-x)) / 2;

    public override Tensor? Derivative(Tensor x, Tensor y) => 1 / ((1 - x) * (1 + x));
}

public partial class Tensor
{
    /// <summary>The hyperbolic sine, elementwise.</summary>
    public static Tensor Sinh(Tensor x) => Apply(DistGrad.Sinh.Instance, x);

    /// <summary>The hyperbolic cosine, elementwise.</summary>
    public static Tensor Cosh(Tensor x) => Apply(DistGrad.Cosh.Instance, x);

    /// <summary>The hyperbolic tangent, elementwise.</summary>
    public static Tensor Tanh(Tensor x) => Apply(DistGrad.Tanh.Instance, x);

    /// <summary>The inverse of the hyperbolic sine, elementwise.</summary>
    public static Tensor Asinh(Tensor x) => Apply(DistGrad.Asinh.Instance, x);

    /// <summary>The inverse of the hyperbolic cosine, elementwise; NaN below 1.</summary>
    public static Tensor Acosh(Tensor x) => Apply(DistGrad.Acosh.Instance, x);

    /// <summary>The inverse of the hyperbolic tangent, elementwise; NaN outside [-1, 1].</summary>
    public static Tensor Atanh(Tensor x) => Apply(DistGrad.Atanh.Instance, x);
}
