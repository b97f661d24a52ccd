namespace DistGrad.Host.Data;

/// <summary>Grey images in row-major order, a byte a pixel, and the class of each.</summary>
internal sealed class Examples
{
    /// <summary>How many classes the labels name: 0 to 9.</summary>
    public const int Classes = 10;

    private readonly byte[] pixels;
    private readonly byte[] labels;

    public Examples(byte[] pixels, byte[] labels)
    {
        this.pixels = pixels;
        this.labels = labels;
    }

    public int Count => labels.Length;

    public ReadOnlySpan<byte> Labels => labels;

    public ReadOnlySpan<byte> Pixels(int example) => pixels.AsSpan(example * Image.Size, Image.Size);

    /// <summary>The consecutive examples of a range.</summary>
    public Examples Slice(int from, int count) =>
        new(pixels[(from * Image.Size)..((from + count) * Image.Size)], labels[from..(from + count)]);
}
