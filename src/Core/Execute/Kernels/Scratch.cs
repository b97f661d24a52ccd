using System.Diagnostics.CodeAnalysis;
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

    [ThreadStatic]
    static byte[]? tile;

    /// <summary>
    /// At least <paramref name="bytes"/> bytes of unspecified content. The next call on this thread hands out the same
    /// memory again, so a kernel calls this once and calls no other kernel while it uses the answer.
    /// </summary>
    public static byte* Take(nint bytes) => Take(bytes, ref memory);

    /// <summary>
    /// As <see cref="Take(nint)"/>, but other memory: for what kernels hand on to each other within a tile.
    /// </summary>
    public static byte* TakeTile(nint bytes) => Take(bytes, ref tile);

    static byte* Take(nint bytes, ref byte[]? kept)
    {
        if (kept is null || kept.Length < bytes + Alignment) Grow(bytes + Alignment, ref kept);
        var start = (nint)Unsafe.AsPointer(ref kept[0]);
        return (byte*)((start + Alignment - 1) & -Alignment);
    }

    // Growing by half as much again at least bounds the number of arrays left to the collector.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Grow(nint bytes, [NotNull] ref byte[]? kept)
    {
        var size = Math.Max(bytes, (kept?.Length ?? 0) * 3 / 2);
        kept = GC.AllocateUninitializedArray<byte>(checked((int)size), pinned: true);
    }
}
