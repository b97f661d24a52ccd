using System.Buffers.Binary;
using System.IO.Compression;

namespace DistGrad.Properties.Host;

/// <summary>A folder of MNIST's files that a test writes as it needs them, gone when the test ends.</summary>
internal sealed class IdxFiles : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("distgrad-test-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public void Write(string name, byte[] bytes)
    {
        using Stream file = File.Create(Path.Combine(Folder, name));
        using var stream = name.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionLevel.Fastest)
            : file;
        stream.Write(bytes);
    }

    /// <summary>Images whose every pixel is the image's number, with that number modulo 10 as label.</summary>
    public void WritePart(string part, int count, string ending = "")
    {
        Write($"{part}-images-idx3-ubyte{ending}", Images(count));
        Write($"{part}-labels-idx1-ubyte{ending}", Labels(count));
    }

    public static byte[] Images(int count, int side = 28, int magic = 0x803) =>
    [
        .. Header(magic, count, side, side),
        .. Enumerable.Range(0, count).SelectMany(i => Enumerable.Repeat((byte)i, side * side)),
    ];

    public static byte[] Labels(int count, int magic = 0x801) =>
        [.. Header(magic, count), .. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];

    private static IEnumerable<byte> Header(params int[] numbers) => numbers.SelectMany(n =>
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, n);
        return bytes;
    });
}
