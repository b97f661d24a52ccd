using System.Runtime.CompilerServices;

namespace DistGrad.Learn;

/// <summary>
/// A way to draw the first weights of a layer, so that signals and gradients neither grow nor fade through many.
/// </summary>
public sealed class Initialiser
{
    private readonly Func<Key, Shape, DType, Tensor> draw;

    private Initialiser(Func<Key, Shape, DType, Tensor> draw) => this.draw = draw;

    /// <summary>
    /// Normal with mean 0 and variance 2 / fan-in, which keeps the size of signals through layers of relu (He et al.
    /// 2015, eq. 10).
    /// </summary>
    public static Initialiser He { get; } = new((key, shape, dtype) =>
        Math.Sqrt(2.0 / Fans("he", shape).In) * Tensor.Normal(key, shape, dtype));

    /// <summary>
    /// Uniform with mean 0 and variance 2 / (fan-in + fan-out), for layers of tanh or of nothing (Glorot and Bengio
    /// 2010, eq. 16).
    /// </summary>
    public static Initialiser Glorot { get; } = new((key, shape, dtype) =>
    {
        var (fanIn, fanOut) = Fans("glorot", shape);
        // Uniform on [-a, a) has the variance a^2 / 3.
        var bound = Math.Sqrt(6.0 / (fanIn + fanOut));
        return (2 * bound * Tensor.Uniform(key, shape, dtype)) - bound;
    });

    /// <summary>Zeros.</summary>
    public static Initialiser Zeros { get; } = new((_, shape, dtype) => Tensor.Zeros(shape, dtype));

    /// <summary>The initialiser of any function of a key, a shape [fan-in, fan-out] and a dtype.</summary>
    public static Initialiser Of(Func<Key, Shape, DType, Tensor> draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        return new(draw);
    }

    /// <summary>Weights [fan-in, fan-out]; the same bits for the same key, which is spent.</summary>
    public Tensor Draw(
        Key key,
        Shape shape,
        DType dtype = DType.Float32,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        // The caller's key is spent at the caller's line; what is drawn below is drawn from its only child.
        return draw(key.Split(1, file, line)[0], shape, dtype);
    }

    private static (double In, double Out) Fans(string name, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return shape.Rank == 2 && shape.Size > 0 ? (shape[0], shape[1]) : throw new ShapeException(
            $"{name}: weights are [fan-in, fan-out] with neither 0; found {shape}");
    }
}
