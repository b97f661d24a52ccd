namespace DistGrad.Learn;

/// <summary>Brings the last axes to mean 0 and variance 1, then scales and shifts them.</summary>
/// <param name="Scale">Of the shape of the last axes.</param>
/// <param name="Shift">Of the same shape.</param>
/// <param name="Eps">What keeps a variance of 0 from dividing.</param>
public sealed record LayerNorm(Tensor Scale, Tensor Shift, double Eps = 1e-5)
{
    /// <summary>A layer that scales by 1 and shifts by 0, for last axes of this shape.</summary>
    public static LayerNorm Create(Shape shape, DType dtype = DType.Float32, double eps = 1e-5) =>
        new(Tensor.Ones(shape, dtype), Tensor.Zeros(shape, dtype), eps);

    /// <summary>As <see cref="Tensor.LayerNorm"/>.</summary>
    /// <exception cref="ShapeException">The last axes of x are of another shape.</exception>
    public Tensor Apply(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.LayerNorm(Scale, Shift, Eps);
    }
}
