namespace DistGrad.Host.Data;

/// <summary>
/// Consecutive examples of MNIST's files. Their labels are here; images are read when they are asked for.
/// </summary>
internal sealed class StoredExamples(IdxFile images, byte[] labels, int from, int count)
{
    public int Count => count;

    public byte Label(int example) => labels[from + example];

    /// <summary>Reads the pixels of an image, a byte each in row-major order.</summary>
    public void Pixels(int example, Span<byte> pixels) =>
        images.Read((long)(from + example) * Image.Size, pixels[..Image.Size]);

    /// <summary>The consecutive examples of a range.</summary>
    public StoredExamples Slice(int first, int number) => new(images, labels, from + first, number);

    /// <summary>All of them, images too.</summary>
    public Examples Load()
    {
        var pixels = new byte[count * Image.Size];
        images.Read((long)from * Image.Size, pixels);
        return new(pixels, labels[from..(from + count)]);
    }
}
