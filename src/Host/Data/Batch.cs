namespace DistGrad.Host.Data;

/// <summary>Examples to compute with.</summary>
/// <param name="Images">float32[n, 784], each pixel from 0 to 1.</param>
/// <param name="Labels">int64[n].</param>
internal sealed record Batch(Tensor Images, Tensor Labels)
{
    /// <summary>A batch of no examples, for its shapes.</summary>
    public static Batch Empty { get; } = new(Tensor.Zeros([0, Image.Size]), Tensor.Zeros([0], DType.Int64));

    /// <summary>All examples as they lie, in batches.</summary>
    public static IEnumerable<Batch> InOrder(Examples examples, int size)
    {
        for (var from = 0; from < examples.Count; from += size)
        {
            var count = Math.Min(size, examples.Count - from);
            var batch = new BatchWriter(count);
            for (var i = from; i < from + count; i++)
                batch.Add(examples.Pixels(i), examples.Labels[i]);
            var values = batch.Values();
            yield return new(Tensor.FromValue(values[0]), Tensor.FromValue(values[1]));
        }
    }
}
