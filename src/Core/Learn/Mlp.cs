using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace DistGrad.Learn;

/// <summary>A multi-layer perceptron: affine layers with an activation between them, and none after the last.</summary>
/// <param name="Layers">The layers, from input to output.</param>
/// <param name="Activation">
/// What is applied between layers, such as <c>Tensor.Relu</c>; it is no parameter and is not trained.
/// </param>
public sealed record Mlp(ImmutableArray<Linear> Layers, Func<Tensor, Tensor> Activation)
{
    /// <summary>
    /// A perceptron with drawn weights. <c>Mlp.Create(Key.Of(0), [784, 128, 10])</c> takes [n, 784] through 128 hidden
    /// units to [n, 10].
    /// </summary>
    /// <param name="key">A key that is spent on the weights.</param>
    /// <param name="sizes">The widths, from that of the input to that of the output: at least two.</param>
    /// <param name="activation">What is applied between layers; relu unless another is named.</param>
    /// <param name="initialiser">How weights are drawn: <see cref="Initialiser.He"/> unless another is named.</param>
    /// <param name="dtype">The type of the parameters.</param>
    /// <param name="file">The caller's file, filled in by the compiler.</param>
    /// <param name="line">The caller's line, filled in by the compiler.</param>
    public static Mlp Create(
        Key key,
        IEnumerable<int> sizes,
        Func<Tensor, Tensor>? activation = null,
        Initialiser? initialiser = null,
        DType dtype = DType.Float32,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        int[] widths = [.. sizes];
        if (widths.Length < 2)
            throw new OptionException(
                $"Mlp: the widths from input to output are needed, at least two; found [{string.Join(", ", widths)}]");
        var keys = key.Split(widths.Length - 1, file, line);
        return new(
            [.. keys.Select((k, i) => Linear.Create(k, widths[i], widths[i + 1], initialiser, dtype, file, line))],
            activation ?? Tensor.Relu);
    }

    /// <summary>The output for an input: [in] to [out], [n, in] to [n, out].</summary>
    public Tensor Apply(Tensor x) =>
        Layers.Skip(1).Aggregate(Layers[0].Apply(x), (hidden, layer) => layer.Apply(Activation(hidden)));
}
