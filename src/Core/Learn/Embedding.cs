using System.Runtime.CompilerServices;

namespace DistGrad.Learn;

/// <summary>A vector for each word of a vocabulary.</summary>
/// <param name="Table">[words, width].</param>
public sealed record Embedding(Tensor Table)
{
    /// <summary>A table drawn from the normal distribution of mean 0 and variance 1, unless another way is named.</summary>
    public static Embedding Create(
        Key key,
        int words,
        int width,
        Initialiser? initialiser = null,
        DType dtype = DType.Float32,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        new((initialiser ?? Initialiser.Of(Normal)).Draw(key, [words, width], dtype, file, line));

    /// <summary>The vectors of words: integers [...] to [..., width].</summary>
    /// <exception cref="IndexException">When evaluated: a word is not of the vocabulary.</exception>
    public Tensor Apply(Tensor words) => Table.Take(words);

    private static Tensor Normal(Key key, Shape shape, DType dtype) => Tensor.Normal(key, shape, dtype);
}
