using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Grains;

/// <summary>What is too large for one message goes piece by piece.</summary>
internal static class Pieces
{
    /// <summary>All bytes that something gives from a place on, until it gives none.</summary>
    public static async Task<byte[]> All(Func<long, Task<Block>> from)
    {
        var bytes = new MemoryStream();
        while (await from(bytes.Length) is { IsNone: false } piece)
            bytes.Write(piece.Bytes.Span);
        return bytes.ToArray();
    }

    /// <summary>The piece of these bytes that begins at a place, none at their end.</summary>
    public static Block At(ReadOnlyMemory<byte> bytes, long from, int most) => from < bytes.Length
        ? new(bytes.Slice((int)from, (int)Math.Min(most, bytes.Length - from)))
        : Block.None;
}
