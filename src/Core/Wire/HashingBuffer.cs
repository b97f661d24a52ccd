using System.Buffers;
using System.Security.Cryptography;

namespace DistGrad.Wire;

/// <summary>An output that keeps nothing of what is written but its SHA-256.</summary>
internal sealed class HashingBuffer : IBufferWriter<byte>, IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] pending = new byte[1 << 14];
    private int used;

    public void Advance(int count) => used += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (pending.Length - used < Math.Max(sizeHint, 1))
            Flush();
        if (pending.Length < sizeHint)
            pending = new byte[sizeHint];
        return pending.AsMemory(used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public ContentHash Hash()
    {
        Flush();
        return new(hash.GetHashAndReset());
    }

    public void Dispose() => hash.Dispose();

    private void Flush()
    {
        hash.AppendData(pending, 0, used);
        used = 0;
    }
}
