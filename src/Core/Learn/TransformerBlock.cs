using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace DistGrad.Learn;

/// <summary>
/// Attention and a perceptron of each place, each added to what it reads, which is normalised first (Xiong et al. 2020):
/// h = x + attention(norm x), y = h + perceptron(norm h).
/// </summary>
/// <param name="Before">Normalises what attention reads.</param>
/// <param name="Attention">Attention of each place to others.</param>
/// <param name="Between">Normalises what the perceptron reads.</param>
/// <param name="Perceptron">Of two layers, with gelu between them.</param>
/// <param name="IsCausal">Whether a place attends to itself and those before it only.</param>
public sealed record TransformerBlock(
    LayerNorm Before, MultiHeadAttention Attention, LayerNorm Between, Mlp Perceptron, bool IsCausal)
{
    /// <summary>A block with drawn weights; four times as wide between the perceptron's layers unless told.</summary>
    /// <exception cref="OptionException">The heads do not divide the width.</exception>
    public static TransformerBlock Create(
        Key key,
        int width,
        int heads,
        bool isCausal = false,
        int? hidden = null,
        DType dtype = DType.Float32,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        var (ofAttention, ofPerceptron) = key.Split(file, line);
        ImmutableArray<int> widths = [width, hidden ?? (4 * width), width];
        return new(
            LayerNorm.Create([width], dtype),
            MultiHeadAttention.Create(ofAttention, width, heads, Initialiser.Glorot, dtype, file, line),
            LayerNorm.Create([width], dtype),
            Mlp.Create(ofPerceptron, widths, Tensor.Gelu, Initialiser.Glorot, dtype, file, line),
            isCausal);
    }

    /// <summary>[..., t, width] to the same shape.</summary>
    /// <param name="x">[..., t, width].</param>
    /// <param name="mask">Bool, broadcast to [..., heads, t, t]: which places each attends to; all unless given.</param>
    public Tensor Apply(Tensor x, Tensor? mask = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        var h = x + Attention.Apply(Before.Apply(x), IsCausal, mask);
        return h + Perceptron.Apply(Between.Apply(h));
    }
}
