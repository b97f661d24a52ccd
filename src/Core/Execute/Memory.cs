using System.Runtime.InteropServices;

namespace DistGrad.Execute;

/// <summary>
/// Memory outside the managed heap, starting on a cache line; given back when disposed or no longer reachable.
/// </summary>
internal sealed unsafe class Memory(long bytes) : IDisposable
{
    /// <summary>The bytes of a cache line.</summary>
    public const int Alignment = 64;

    private nint start = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), Alignment);

    ~Memory() => Free();

    public nint Start => start;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (Interlocked.Exchange(ref start, 0) is var held and not 0)
            NativeMemory.AlignedFree((void*)held);
    }
}
