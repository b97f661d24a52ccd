namespace DistGrad;

internal sealed record Abs : Unary<Abs>
{
    public override string Name => "abs";

    public override bool IsExact => true;

    protected override bool AllowsIntegers => true;

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.2, 2);

    public override double Of(double x) => Math.Abs(x);

    public override long Of(long x) => x < 0 ? -x : x;

    // abs'(0) = sign(0) = 0.
    public override Tensor? Derivative(Tensor x, Tensor y) => Tensor.Sign(x);
}

internal sealed record Sign : Unary<Sign>
{
    public override string Name => "sign";

    public override bool IsExact => true;

    protected override bool AllowsIntegers => true;

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.2, 2);

    public override double Of(double x) => double.IsNaN(x) ? x : x > 0 ? 1 : x < 0 ? -1 : x;

    public override long Of(long x) => Math.Sign(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => null;
}

internal sealed record Floor : Unary<Floor>
{
    public override string Name => "floor";

    public override bool IsExact => true;

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.2, 0.8);

    public override double Of(double x) => Math.Floor(x);

    public override Tensor? Derivative(Tensor x, Tensor y) => null;
}

internal sealed record Round : Unary<Round>
{
    public override string Name => "round";

    public override bool IsExact => true;

    protected override Domain Domain => Domain.Float(Shape.Scalar, 0.6, 1.4);

    public override double Of(double x) => Math.Round(x, MidpointRounding.ToEven);

    public override Tensor? Derivative(Tensor x, Tensor y) => null;
}

public partial class Tensor
{
    /// <summary>|x|, elementwise; its derivative at 0 is 0.</summary>
    public static Tensor Abs(Tensor x) => Apply(DistGrad.Abs.Instance, x);

    /// <summary>-1, 0 or 1, elementwise; NaN stays NaN; its derivative is 0.</summary>
    public static Tensor Sign(Tensor x) => Apply(DistGrad.Sign.Instance, x);

    /// <summary>The greatest integer not above x, elementwise; its derivative is 0.</summary>
    public static Tensor Floor(Tensor x) => Apply(DistGrad.Floor.Instance, x);

    /// <summary>The least integer not below x, elementwise; its derivative is 0.</summary>
    public static Tensor Ceiling(Tensor x) => -Floor(-x);

    /// <summary>The nearest integer, the even one of two equally near, elementwise; its derivative is 0.</summary>
    public static Tensor Round(Tensor x) => Apply(DistGrad.Round.Instance, x);

    /// <summary>The nearest integer towards 0, elementwise; its derivative is 0.</summary>
    public static Tensor Truncate(Tensor x) => Where(x < 0, Ceiling(x), Floor(x));
}
