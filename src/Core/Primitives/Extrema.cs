using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// The larger or the smaller of two numbers; NaN if one is. At a tie the operands share the derivative in halves.
/// </summary>
internal abstract record Extremum<TSelf> : Binary<TSelf> where TSelf : Extremum<TSelf>, new()
{
    public sealed override bool IsExact => true;

    protected abstract Tensor Wins(Tensor x, Tensor y);

    // By selection, never by arithmetic with 0 and 1, so that an infinite tangent of the loser stays out.
    public sealed override Tensor? Jvp(Tensor z, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Sum(Share(dx[0], x[0], x[1]), Share(dx[1], x[1], x[0]));

    private Tensor? Share(Tensor? tangent, Tensor own, Tensor other) => tangent is { } dx
        ? Tensor.Where(Wins(own, other), dx, Tensor.Where(Tensor.Equal(own, other), 0.5 * dx, 0))
        : null;
}

internal sealed record Maximum : Extremum<Maximum>
{
    public override string Name => "maximum";

    public override double Of(double x, double y) => Math.Max(x, y);

    public override long Of(long x, long y) => Math.Max(x, y);

    protected override Tensor Wins(Tensor x, Tensor y) => x > y;
}

internal sealed record Minimum : Extremum<Minimum>
{
    public override string Name => "minimum";

    public override double Of(double x, double y) => Math.Min(x, y);

    public override long Of(long x, long y) => Math.Min(x, y);

    protected override Tensor Wins(Tensor x, Tensor y) => x < y;
}

public partial class Tensor
{
    /// <summary>The larger of x and y, elementwise; NaN if one is; a tie shares the derivative in halves.</summary>
    public static Tensor Maximum(Tensor x, Tensor y) => Broadcasted(DistGrad.Maximum.Instance, x, y);

    /// <summary>The larger of x and a number, elementwise.</summary>
    public static Tensor Maximum(Tensor x, double y) => Maximum(x, x.Weak(y, "maximum"));

    /// <summary>The smaller of x and y, elementwise; NaN if one is; a tie shares the derivative in halves.</summary>
    public static Tensor Minimum(Tensor x, Tensor y) => Broadcasted(DistGrad.Minimum.Instance, x, y);

    /// <summary>The smaller of x and a number, elementwise.</summary>
    public static Tensor Minimum(Tensor x, double y) => Minimum(x, x.Weak(y, "minimum"));

    /// <summary>
    /// x kept within [least, greatest], elementwise; its derivative is 1 within and at the bounds, 0 outside.
    /// </summary>
    /// <exception cref="OptionException">The least is not at most the greatest.</exception>
    public static Tensor Clamp(Tensor x, double least, double greatest)
    {
        if (!(least <= greatest))
        {
            throw new OptionException(string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"clamp: nothing lies between {least} and {greatest}"));
        }
        var (low, high) = (x.Weak(least, "clamp"), x.Weak(greatest, "clamp"));
        return Where(x < low, low, Where(x > high, high, x));
    }
}
