namespace DistGrad;

public partial class Tensor
{
    /// <summary>
    /// softmax(q k' / sqrt(e)) v, over the last two axes: queries [..., t, e], keys [..., s, e] and values [..., s, f] to
    /// [..., t, f]; leading axes broadcast (Vaswani et al. 2017, eq. 1).
    /// </summary>
    /// <param name="queries">[..., t, e].</param>
    /// <param name="keys">[..., s, e].</param>
    /// <param name="values">[..., s, f].</param>
    /// <param name="causal">Whether query i attends to keys 0 to i only.</param>
    /// <param name="mask">Bool, broadcast to [..., t, s]: which keys a query attends to; all unless given.</param>
    /// <param name="scale">What the products are multiplied by; 1 / sqrt(e) unless given.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    /// <exception cref="DTypeException">The mask is not bool.</exception>
    public static Tensor Attention(
        Tensor queries, Tensor keys, Tensor values, bool causal = false, Tensor? mask = null, double? scale = null)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        if (queries.Rank < 2 || keys.Rank < 2 || values.Rank < 2 || queries.Shape[^1] != keys.Shape[^1] ||
            keys.Shape[^2] != values.Shape[^2])
            throw new ShapeException(
                $"attention: {queries.Shape}, {keys.Shape} and {values.Shape} are not queries [..., t, e], keys " +
                "[..., s, e] and values [..., s, f]");
        var scores = (queries * (scale ?? 1 / double.Sqrt(queries.Shape[^1]))).MatMul(keys.SwapAxes());
        if (causal)
        {
            Shape last = [.. scores.Shape.TakeLast(2)];
            scores = Where(Iota(DType.Int32, last, 1) <= Iota(DType.Int32, last, 0), scores, double.NegativeInfinity);
        }
        if (mask is not null)
            scores = Where(mask, scores, double.NegativeInfinity);
        return scores.Softmax().MatMul(values);
    }
}
