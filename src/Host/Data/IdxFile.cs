using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace DistGrad.Host.Data;

/// <summary>
/// A file of MNIST's: a magic number that tells the element type (8: bytes) and the rank, the dimensions, all
/// big-endian, then the elements. Source: http://yann.lecun.com/exdb/mnist/ ("the IDX file format").
/// </summary>
/// <remarks>
/// Of a plain file the header and the length are checked when it is opened; its elements are read when they are asked
/// for. A compressed one (.gz) can only be read from its beginning, so it is decompressed whole and kept in memory.
/// </remarks>
internal sealed class IdxFile
{
    private const int Word = sizeof(int);

    private readonly string file;
    private readonly SafeFileHandle? handle;
    private readonly byte[] held = [];
    private readonly int header;

    private IdxFile(string file, int magic, int rank)
    {
        this.file = file;
        header = Word * (rank + 1);
        if (file.EndsWith(".gz", StringComparison.Ordinal))
            held = Decompressed(file);
        else
            handle = File.OpenHandle(file, share: FileShare.Read | FileShare.Delete, options: FileOptions.RandomAccess);
        try
        {
            Dimensions = Checked(magic, rank, handle is null ? held.Length : RandomAccess.GetLength(handle));
        }
        catch
        {
            handle?.Dispose();
            throw;
        }
    }

    /// <summary>How many elements it has along each axis.</summary>
    public int[] Dimensions { get; }

    /// <exception cref="UserException">It cannot be read, or is not what it should be.</exception>
    public static IdxFile Open(string file, int magic, int rank)
    {
        try
        {
            return new(file, magic, rank);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, e);
        }
    }

    /// <summary>The elements from a place on, as many as there is room for.</summary>
    public void Read(long from, Span<byte> elements) => ReadBytes(header + from, elements);

    private int[] Checked(int magic, int rank, long length)
    {
        if (length < header)
            throw new UserException($"{file}: {length} bytes are too few for the header, which has {header}");
        Span<byte> bytes = stackalloc byte[header];
        ReadBytes(0, bytes);
        if (BinaryPrimitives.ReadInt32BigEndian(bytes) is var found && found != magic)
            throw new UserException($"{file}: the magic number is 0x{found:x8}; 0x{magic:x8} is needed");
        var (dimensions, size) = (new int[rank], 1L);
        for (var axis = 0; axis < rank; axis++)
        {
            dimensions[axis] = BinaryPrimitives.ReadInt32BigEndian(bytes[(Word * (axis + 1))..]);
            if (dimensions[axis] < 0 || (size *= dimensions[axis]) > Array.MaxLength)
                throw new UserException($"{file}: the header asks for dimensions that no file has");
        }
        return length - header == size ? dimensions : throw new UserException(
            $"{file}: {length - header} bytes follow the header; [{string.Join(", ", dimensions)}] needs {size}");
    }

    private void ReadBytes(long from, Span<byte> bytes)
    {
        if (handle is null)
        {
            held.AsSpan((int)from, bytes.Length).CopyTo(bytes);
            return;
        }
        try
        {
            while (!bytes.IsEmpty)
            {
                var read = RandomAccess.Read(handle, bytes, from);
                if (read == 0)
                    throw new UserException($"{file}: it has become shorter since it was opened");
                from += read;
                bytes = bytes[read..];
            }
        }
        catch (IOException e)
        {
            throw Unreadable(file, e);
        }
    }

    private static byte[] Decompressed(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static UserException Unreadable(string file, Exception e) =>
        new($"{file}: cannot be read: {e.Message.ReplaceLineEndings(" ")}");
}
