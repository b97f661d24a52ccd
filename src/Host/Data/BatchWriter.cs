namespace DistGrad.Host.Data;

/// <summary>Writes a batch example by example: images as float32[n, 784] from 0 to 1, and labels as int64[n].</summary>
internal sealed class BatchWriter(int count)
{
    private readonly float[] images = new float[count * Image.Size];
    private readonly long[] labels = new long[count];
    private int next;

    public void Add(ReadOnlySpan<byte> pixels, byte label)
    {
        var image = images.AsSpan(next * Image.Size, Image.Size);
        for (var i = 0; i < pixels.Length; i++)
            image[i] = pixels[i] / 255f;
        labels[next++] = label;
    }

    public IReadOnlyList<Value> Values() =>
        [Value.Of<float>([count, Image.Size], images), Value.Of<long>([count], labels)];
}
