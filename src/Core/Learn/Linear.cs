using System.Runtime.CompilerServices;

namespace DistGrad.Learn;

/// <summary>An affine layer: x W + b.</summary>
/// <param name="Weights">[in, out].</param>
/// <param name="Bias">[out].</param>
public sealed record Linear(Tensor Weights, Tensor Bias)
{
    /// <summary>
    /// A layer with drawn weights, <see cref="Initialiser.He"/>'s unless others are asked for, and a bias of zeros.
    /// </summary>
    public static Linear Create(
        Key key,
        int inputs,
        int outputs,
        Initialiser? initialiser = null,
        DType dtype = DType.Float32,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        new(
            (initialiser ?? Initialiser.He).Draw(key, [inputs, outputs], dtype, file, line),
            Tensor.Zeros([outputs], dtype));

    /// <summary>x W + b: [in] to [out], [n, in] to [n, out].</summary>
    /// <exception cref="ShapeException">The last axis of x is not of the layer's inputs.</exception>
    public Tensor Apply(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank == 0 || x.Shape[^1] != Weights.Shape[0])
            throw new ShapeException(
                $"Linear: the layer takes {Weights.Shape[0]} inputs to {Weights.Shape[1]}; the last axis of {x.Type} " +
                $"must be of {Weights.Shape[0]}");
        return x.MatMul(Weights) + Bias;
    }
}
