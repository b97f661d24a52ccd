using System.Collections.Immutable;

namespace DistGrad;

internal sealed record Pow : Binary<Pow>
{
    public override string Name => "pow";

    protected override bool AllowsIntegers => false;

    protected override Domain Left => Domain.Float(Shape.Scalar, 0.5, 2);

    public override double Of(double x, double y) => Math.Pow(x, y);

    // dz/dx = y x^(y-1), and 0 where y = 0, at x = 0 too; dz/dy = z log x, and 0 where x = 0 and y >= 0.
    public override Tensor? Jvp(Tensor z, ImmutableArray<Tensor> operands, ImmutableArray<Tensor?> tangents)
    {
        var (x, y) = (operands[0], operands[1]);
        return Sum(
            tangents[0] is { } dx ? StrongMul.Of(dx, SlopeInBase(x, y)) : null,
            tangents[1] is { } dy ? StrongMul.Of(dy, StrongMul.Of(z, LogOfBase(x, y))) : null);
    }

    // Selected only where the power is not finite: elsewhere the slope is 0 at y = 0 by itself, and
    // still has a derivative in y.
    private static Tensor SlopeInBase(Tensor x, Tensor y) => Tensor.Where(
        Tensor.And(Tensor.Equal(x, 0), Tensor.Equal(y, 0)), 0, StrongMul.Of(y, Tensor.Pow(x, y - 1)));

    private static Tensor LogOfBase(Tensor x, Tensor y) =>
        Tensor.Where(Tensor.And(Tensor.Equal(x, 0), y >= 0), 0, Tensor.Log(x));
}

internal sealed record Atan2 : Binary<Atan2>
{
    public override string Name => "atan2";

    protected override bool AllowsIntegers => false;

    protected override Domain Left => Domain.Float(Shape.Scalar, 0.3, 2);

    public override double Of(double y, double x) => Math.Atan2(y, x);

    // dz = (x dy - y dx) / (x^2 + y^2), divided first by the larger of |x| and |y| so that no square overflows.
    public override Tensor? Jvp(Tensor z, ImmutableArray<Tensor> operands, ImmutableArray<Tensor?> tangents)
    {
        var (y, x) = (operands[0], operands[1]);
        var scale = Tensor.Maximum(Tensor.Abs(x), Tensor.Abs(y));
        var (v, u) = (y / scale, x / scale);
        var norm = scale * ((u * u) + (v * v));
        return Sum(
            tangents[0] is { } dy ? StrongMul.Of(dy, u / norm) : null,
            tangents[1] is { } dx ? StrongMul.Of(dx, -(v / norm)) : null);
    }
}

public partial class Tensor
{
    /// <summary>
    /// x to the power y, elementwise; its derivative in x is 0 where y = 0, that in y is 0 where x = 0 and y >= 0.
    /// </summary>
    public static Tensor Pow(Tensor x, Tensor y) => Broadcasted(DistGrad.Pow.Instance, x, y);

    /// <summary>x to a constant power, elementwise.</summary>
    public static Tensor Pow(Tensor x, double y) => Apply(DistGrad.Pow.Instance, x, x.Weak(y, DistGrad.Pow.Instance));

    /// <summary>x to a constant power, elementwise.</summary>
    public static Tensor Pow(Tensor x, float y) => Apply(DistGrad.Pow.Instance, x, x.Weak(y, DistGrad.Pow.Instance));

    /// <summary>x to a constant power, elementwise.</summary>
    public static Tensor Pow(Tensor x, int y) => Apply(DistGrad.Pow.Instance, x, x.Weak(y, DistGrad.Pow.Instance));

    /// <summary>A number to the power y, elementwise.</summary>
    public static Tensor Pow(double x, Tensor y) => Apply(DistGrad.Pow.Instance, y.Weak(x, DistGrad.Pow.Instance), y);

    /// <summary>The angle of the point (x, y) in radians, in [-pi, pi], elementwise.</summary>
    public static Tensor Atan2(Tensor y, Tensor x) => Broadcasted(DistGrad.Atan2.Instance, y, x);
}
