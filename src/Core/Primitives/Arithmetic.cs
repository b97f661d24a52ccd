using System.Collections.Immutable;

namespace DistGrad;

internal sealed record Neg : Unary<Neg>
{
    public override string Name => "neg";

    public override bool IsExact => true;

    protected override bool AllowsIntegers => true;

    public override double Of(double x) => -x;

    public override long Of(long x) => -x;

    public override Tensor? Derivative(Tensor x, Tensor y) => null;

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => -dx[0]!;

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [-ct];
}

internal sealed record Add : Binary<Add>
{
    public override string Name => "add";

    public override bool IsExact => true;

    public override double Of(double x, double y) => x + y;

    public override long Of(long x, long y) => x + y;

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => Sum(dx[0], dx[1]);

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [linear[0] ? ct : null, linear[1] ? ct : null];
}

internal sealed record Sub : Binary<Sub>
{
    public override string Name => "sub";

    public override bool IsExact => true;

    public override double Of(double x, double y) => x - y;

    public override long Of(long x, long y) => x - y;

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        (dx[0], dx[1]) switch
        {
            ({ } left, { } right) => left - right,
            (null, { } right) => -right,
            (var left, _) => left,
        };

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [linear[0] ? ct : null, linear[1] ? -ct : null];
}

internal sealed record Mul : Binary<Mul>
{
    public override string Name => "mul";

    public override bool IsExact => true;

    public override double Of(double x, double y) => x * y;

    public override long Of(long x, long y) => x * y;

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Sum(dx[0] is { } left ? StrongMul.Of(left, x[1]) : null, dx[1] is { } right ? StrongMul.Of(right, x[0]) : null);

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [linear[0] ? StrongMul.Of(ct, x[1]) : null, linear[1] ? StrongMul.Of(ct, x[0]) : null];
}

/// <summary>
/// The product in which an exact zero wins over infinities and NaN; else the product. Derivative rules
/// multiply tangents and cotangents by slopes with it, so that a masked-out branch whose slope is not
/// finite contributes nothing.
/// </summary>
internal sealed record StrongMul : Binary<StrongMul>
{
    public override string Name => "strong_mul";

    public override bool IsExact => true;

    protected override bool AllowsIntegers => false;

    public static Tensor Of(Tensor tangent, Tensor slope) => Tensor.Apply(Instance, tangent, slope);

    public override double Of(double x, double y) =>
        (x == 0 || y == 0) && !double.IsFinite(x + y) ? 0 : x * y;

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Sum(dx[0] is { } left ? Of(left, x[1]) : null, dx[1] is { } right ? Of(right, x[0]) : null);

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [linear[0] ? Of(ct, x[1]) : null, linear[1] ? Of(ct, x[0]) : null];
}

internal sealed record Div : Binary<Div>
{
    public override string Name => "div";

    public override bool IsExact => true;

    protected override bool AllowsIntegers => false;

    protected override Domain Right => Domain.Float(Shape.Scalar, 0.5, 2);

    public override double Of(double x, double y) => x / y;

    // d(x/y) = dx/y - (x/y) dy/y
    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx)
    {
        var slope = 1 / x[1];
        return Sum(
            dx[0] is { } left ? StrongMul.Of(left, slope) : null,
            dx[1] is { } right ? StrongMul.Of(right, -(y * slope)) : null);
    }

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [StrongMul.Of(ct, 1 / x[1]), null];
}

public partial class Tensor
{
    /// <summary>-x, elementwise.</summary>
    public static Tensor operator -(Tensor x) => Apply(Neg.Instance, x);

    /// <summary>x, unchanged.</summary>
    public static Tensor operator +(Tensor x) => x;

    /// <summary>x + y, elementwise, of broadcast shapes and equal dtypes.</summary>
    public static Tensor operator +(Tensor x, Tensor y) => Broadcasted(Add.Instance, x, y);

    /// <summary>x - y, elementwise, of broadcast shapes and equal dtypes.</summary>
    public static Tensor operator -(Tensor x, Tensor y) => Broadcasted(Sub.Instance, x, y);

    /// <summary>x * y, elementwise, of broadcast shapes and equal dtypes.</summary>
    public static Tensor operator *(Tensor x, Tensor y) => Broadcasted(Mul.Instance, x, y);

    /// <summary>x / y, elementwise, of broadcast shapes and equal floating-point dtypes.</summary>
    public static Tensor operator /(Tensor x, Tensor y) => Broadcasted(Div.Instance, x, y);
}
