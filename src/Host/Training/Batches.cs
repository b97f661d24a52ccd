using DistGrad.Host.Data;
using DistGrad.Learn;

namespace DistGrad.Host.Training;

/// <summary>
/// Examples in the order in which a run goes through them, which is a function of seed and epoch: whoever computes a
/// part of a step asks for the range of places that is its own.
/// </summary>
internal sealed class Batches(Examples examples, long seed)
{
    /// <summary>How many examples an epoch goes through.</summary>
    public int Count => examples.Count;

    /// <summary>The examples at these places of an epoch's order.</summary>
    public Batch Take(int epoch, int from, int count)
    {
        var order = new Permutation(seed, epoch, Count);
        return Of(examples, Enumerable.Range(from, count).Select(place => (int)order[place]));
    }

    /// <summary>All of them as they lie, in batches.</summary>
    public static IEnumerable<Batch> InOrder(Examples examples, int size)
    {
        for (var from = 0; from < examples.Count; from += size)
            yield return Of(examples, Enumerable.Range(from, Math.Min(size, examples.Count - from)));
    }

    private static Batch Of(Examples examples, IEnumerable<int> chosen)
    {
        int[] places = [.. chosen];
        var images = new float[places.Length * Image.Size];
        var labels = new long[places.Length];
        for (var i = 0; i < places.Length; i++)
        {
            labels[i] = examples.Labels[places[i]];
            var pixels = examples.Pixels(places[i]);
            var image = images.AsSpan(i * Image.Size, Image.Size);
            for (var p = 0; p < pixels.Length; p++)
                image[p] = pixels[p] / 255f;
        }
        return new(
            Tensor.FromValue(Value.Of<float>([places.Length, Image.Size], images)),
            Tensor.FromValue(Value.Of<long>([places.Length], labels)));
    }
}
