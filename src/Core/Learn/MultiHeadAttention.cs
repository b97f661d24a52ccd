using System.Runtime.CompilerServices;

namespace DistGrad.Learn;

/// <summary>
/// Attention of several heads, each of its own part of the width, and a layer that joins what they found (Vaswani et
/// al. 2017, section 3.2.2).
/// </summary>
/// <param name="Queries">What is asked for.</param>
/// <param name="Keys">By what it is found.</param>
/// <param name="Values">What is found.</param>
/// <param name="Output">What joins the heads.</param>
/// <param name="Heads">How many heads there are.</param>
public sealed record MultiHeadAttention(Linear Queries, Linear Keys, Linear Values, Linear Output, int Heads)
{
    /// <summary>Layers of width by width, drawn by <see cref="Initialiser.Glorot"/> unless another is named.</summary>
    /// <exception cref="OptionException">The heads do not divide the width.</exception>
    public static MultiHeadAttention Create(
        Key key,
        int width,
        int heads,
        Initialiser? initialiser = null,
        DType dtype = DType.Float32,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (heads < 1 || width % heads != 0)
            throw new OptionException($"MultiHeadAttention: {heads} heads do not divide a width of {width}");
        var layers = key.Split(4, file, line).Select(k =>
            Linear.Create(k, width, width, initialiser ?? Initialiser.Glorot, dtype, file, line)).ToArray();
        return new(layers[0], layers[1], layers[2], layers[3], heads);
    }

    /// <summary>What [..., t, width] finds in itself; in what came before, and itself, when causal.</summary>
    /// <param name="x">[..., t, width].</param>
    /// <param name="causal">Whether place i attends to places 0 to i only.</param>
    /// <param name="mask">Bool, broadcast to [..., heads, t, t]: which places each attends to; all unless given.</param>
    public Tensor Apply(Tensor x, bool causal = false, Tensor? mask = null) => Apply(x, x, causal, mask);

    /// <summary>What queries [..., t, width] find in a memory [..., s, width], as the other.</summary>
    public Tensor Apply(Tensor queries, Tensor memory, bool causal = false, Tensor? mask = null)
    {
        var found = Tensor.Attention(
            Split(Queries.Apply(queries)), Split(Keys.Apply(memory)), Split(Values.Apply(memory)), causal, mask);
        var joined = found.SwapAxes(-3, -2);
        return Output.Apply(joined.Reshape([.. joined.Shape.SkipLast(2), joined.Shape[^2] * joined.Shape[^1]]));
    }

    /// <summary>[..., t, width] to [..., heads, t, width / heads].</summary>
    private Tensor Split(Tensor x) =>
        x.Reshape([.. x.Shape.SkipLast(1), Heads, x.Shape[^1] / Heads]).SwapAxes(-3, -2);
}
