using System.Buffers.Binary;
using System.IO.Compression;

namespace DistGrad.Host.Data;

/// <summary>
/// Reads the files of MNIST: a magic number that tells the element type (8: bytes) and the rank, the dimensions, all
/// big-endian, then the elements. Source: http://yann.lecun.com/exdb/mnist/ ("the IDX file format").
/// </summary>
internal static class Idx
{
    private const int ImageMagic = 0x803, LabelMagic = 0x801;

    /// <summary>
    /// The data of a folder: the train- and t10k-files; where only the latter are, the first four fifths of them to
    /// learn from and the rest held out.
    /// </summary>
    /// <exception cref="UserException">A file is missing, damaged or not what its name says.</exception>
    public static (Examples Train, Examples Test) ReadFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UserException($"--data: {folder} is no folder; name one with MNIST's files, or 'digits'");
        var test = Read(folder, "t10k") ?? throw new UserException(
            $"--data: {folder} has no t10k-images-idx3-ubyte[.gz] with t10k-labels-idx1-ubyte[.gz]");
        if (Read(folder, "train") is { } train)
            return (train, test);
        var learnt = test.Count * 4 / 5;
        return learnt > 0 && learnt < test.Count
            ? (test.Slice(0, learnt), test.Slice(learnt, test.Count - learnt))
            : throw new UserException($"--data: {folder} has {test.Count} examples; at least 2 are needed");
    }

    private static Examples? Read(string folder, string part)
    {
        var (images, labels) = (Find(folder, $"{part}-images-idx3-ubyte"), Find(folder, $"{part}-labels-idx1-ubyte"));
        return (images, labels) switch
        {
            (null, null) => null,
            (null, _) => throw new UserException($"--data: {folder} has {Path.GetFileName(labels)} but not the images"),
            (_, null) => throw new UserException($"--data: {folder} has {Path.GetFileName(images)} but not the labels"),
            _ => Paired(images, labels),
        };
    }

    private static string? Find(string folder, string name) =>
        new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".gz") }.FirstOrDefault(File.Exists);

    private static Examples Paired(string imageFile, string labelFile)
    {
        var (images, pixels) = Elements(imageFile, ImageMagic, 3);
        var (labels, classes) = Elements(labelFile, LabelMagic, 1);
        if (images[1] != Image.Side || images[2] != Image.Side)
            throw new UserException(
                $"{imageFile}: images of {images[1]} by {images[2]}; {Image.Side} by {Image.Side} are needed");
        if (images[0] != labels[0])
            throw new UserException(
                $"{imageFile}: {images[0]} images, but {labels[0]} labels in {Path.GetFileName(labelFile)}");
        if (images[0] == 0)
            throw new UserException($"{imageFile}: no images");
        var wrong = Array.FindIndex(classes, c => c >= Examples.Classes);
        return wrong < 0 ? new(pixels, classes) : throw new UserException(
            $"{labelFile}: label {wrong} is {classes[wrong]}; 0 to {Examples.Classes - 1} are needed");
    }

    private static (int[] Dimensions, byte[] Elements) Elements(string file, int magic, int rank)
    {
        var bytes = Bytes(file);
        var header = 4 * (rank + 1);
        if (bytes.Length < header)
            throw new UserException($"{file}: {bytes.Length} bytes are too few for the header, which has {header}");
        if (BinaryPrimitives.ReadInt32BigEndian(bytes) is var found && found != magic)
            throw new UserException($"{file}: the magic number is 0x{found:x8}; 0x{magic:x8} is needed");
        var dimensions = new int[rank];
        var size = 1L;
        for (var axis = 0; axis < rank; axis++)
        {
            dimensions[axis] = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 * (axis + 1)));
            if (dimensions[axis] < 0 || (size *= dimensions[axis]) > Array.MaxLength)
                throw new UserException($"{file}: the header asks for dimensions that no file has");
        }
        return bytes.Length - header == size ? (dimensions, bytes[header..]) : throw new UserException(
            $"{file}: {bytes.Length - header} bytes follow the header; [{string.Join(", ", dimensions)}] needs {size}");
    }

    private static byte[] Bytes(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            using Stream plain = file.EndsWith(".gz", StringComparison.Ordinal)
                ? new GZipStream(stream, CompressionMode.Decompress)
                : stream;
            var bytes = new MemoryStream();
            plain.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{file}: cannot be read: {e.Message.ReplaceLineEndings(" ")}");
        }
    }
}
