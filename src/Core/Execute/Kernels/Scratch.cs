using System.Runtime.CompilerServices;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Working memory that each thread keeps for its kernels: no allocation once warm, aligned to a cache line, so that no
/// vector load of a packed panel straddles two.
/// </summary>
internal static unsafe class Scratch
{
    const int Alignment = 64;

    [ThreadStatic]
    static byte[]? memory;

    /// <summary>
    /// At least <paramref name="bytes"/> bytes of unspecified content. The next call on this thread hands out the same
    /// memory again, so a kernel calls this once and calls no other kernel while it uses the answer.
    /// </summary>
    public static byte* Take(nint bytes)
    {
        var kept = memory;
        if (kept is null || kept.Length < bytes + Alignment) kept = Grow(bytes + Alignment);
        var start = (nint)Unsafe.AsPointer(ref kept[0]);
        return (byte*)((start + Alignment - 1) & -Alignment);
    }

    // Growing by half as much again at least bounds the number of arrays left to the collector.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static byte[] Grow(nint bytes)
    {
        var size = Math.Max(bytes, (memory?.Length ?? 0) * 3 / 2);
        return memory = GC.AllocateUninitializedArray<byte>(checked((int)size), pinned: true);
    }
}
