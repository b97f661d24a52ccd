using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DistGrad.Distributed.Compute;

/// <summary>
/// Managed memory that does not move, so that programs run on it and messages are slices of it. It starts as zeros, so
/// that gaps between tensors are alike in the hashes of all workers.
/// </summary>
internal sealed unsafe class Buffer
{
    private readonly byte[] bytes;

    public Buffer(long length) => bytes = length <= Array.MaxLength
        ? GC.AllocateArray<byte>((int)Math.Max(length, 1), pinned: true)
        : throw new TrainingException(
            $"A state or a gradient of {length} bytes cannot be held; {Array.MaxLength} are the most");

    public nint Start => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(bytes));

    public Memory<byte> Slice(long from, long length) => bytes.AsMemory((int)from, (int)length);

    public Span<byte> Span(long from, long length) => bytes.AsSpan((int)from, (int)length);
}
