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

public partial class Tensor
{
    /// <summary>The hyperbolic sine, elementwise.</summary>
    public static Tensor Sinh(Tensor x) => Apply(DistGrad.Sinh.Instance, x);

    /// <summary>The hyperbolic cosine, elementwise.</summary>
    public static Tensor Cosh(Tensor x) => Apply(DistGrad.Cosh.Instance, x);

    /// <summary>The hyperbolic tangent, elementwise.</summary>
    public static Tensor Tanh(Tensor x) => Apply(DistGrad.Tanh.Instance, x);
}
