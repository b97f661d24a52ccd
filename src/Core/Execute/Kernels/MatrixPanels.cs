using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>How one side of a block is cut into tiles.</summary>
internal interface ITileSide
{
    /// <summary>The extent of the largest tile.</summary>
    static abstract int Full<T>() where T : unmanaged;

    /// <summary>The extent of the next tile, where so many positions are left.</summary>
    static abstract int Next<T>(nint left) where T : unmanaged;

    /// <summary>What so many positions are padded to.</summary>
    static abstract nint Padded<T>(nint valid) where T : unmanaged;
}

/// <summary>The rows of a tile: 8, or 6 where vectors have 256 bits and so 16 registers are all there are.</summary>
internal readonly struct TileRows : ITileSide
{
    public static int Full<T>() where T : unmanaged => Vector512.IsHardwareAccelerated ? 8 : 6;

    // What is left for two tiles is halved: a tile of few rows waits for its multiply-adds.
    public static int Next<T>(nint left) where T : unmanaged =>
        left >= 2 * Full<T>() ? Full<T>() : left > Full<T>() ? (int)(left + 1) / 2 : (int)left;

    public static nint Padded<T>(nint valid) where T : unmanaged => valid;
}

/// <summary>The columns of a tile: up to three vectors, or one where vectors have 256 bits.</summary>
internal readonly struct TileColumns : ITileSide
{
    public static int Full<T>() where T : unmanaged => Vector512<T>.Count * (Vector512.IsHardwareAccelerated ? 3 : 1);

    // Four vectors are halved.
    public static int Next<T>(nint left) where T : unmanaged =>
        (int)Math.Min(left, left > 3 * Vector512<T>.Count && left <= 4 * Vector512<T>.Count
            ? Math.Min(2 * Vector512<T>.Count, Full<T>())
            : Full<T>());

    public static nint Padded<T>(nint valid) where T : unmanaged =>
        (valid + Vector512<T>.Count - 1) & -Vector512<T>.Count;
}

/// <summary>
/// A block of one operand, seen as (position in k, position along the side), as panels of one tile each: copied into
/// <paramref name="memory"/>, or read where it lies. A piece that needs padding is always copied.
/// </summary>
internal readonly unsafe struct MatrixPanels<T, S>(View<T> block, nint depth, bool packed, T* memory)
    where T : unmanaged
    where S : struct, ITileSide
{
    const int Slice = 16;

    /// <summary>How many elements of memory the panels of a block take.</summary>
    public static nint Memory(nint depth, nint extent, bool packed)
    {
        var positions = packed ? S.Padded<T>(extent) : S.Full<T>();
        return (depth * positions + Vector512<T>.Count - 1) & -Vector512<T>.Count;
    }

    /// <summary>Copies what has to be copied of a block of so many positions along the side.</summary>
    public void Pack(nint extent)
    {
        if (!packed) return;
        // Where positions lie side by side, a few steps of all panels at a time, so that lines are read while they are
        // in the first cache.
        var slice = block.Column == 1 ? Slice : depth;
        for (nint p = 0; p < depth; p += slice)
        {
            for (nint start = 0, valid; start < extent; start += valid)
            {
                valid = S.Next<T>(extent - start);
                var padded = S.Padded<T>(valid);
                MatrixPacking.Pack(
                    block.From(p, start), Math.Min(slice, depth - p), valid, Packed(start) + p * padded, padded);
            }
        }
    }

    /// <summary>The same for the one panel that <see cref="Panel"/> gives.</summary>
    public void Pack(nint start, nint valid)
    {
        if (packed || valid < S.Padded<T>(valid))
            MatrixPacking.Pack(block.From(0, start), depth, valid, Packed(start), S.Padded<T>(valid));
    }

    /// <summary>
    /// Whether a panel of so many positions is copied whole vectors at a time: the first tile that reads them where
    /// they lie can write them as well.
    /// </summary>
    public bool CopiedInPassing(nint valid) => packed && valid == S.Padded<T>(valid) && block.Column == 1;

    /// <summary>A panel where it lies in the operand.</summary>
    public View<T> Source(nint start) => block.From(0, start);

    /// <summary>The panel of <paramref name="valid"/> positions from <paramref name="start"/> on.</summary>
    public View<T> Panel(nint start, nint valid) =>
        packed || valid < S.Padded<T>(valid) ? new(Packed(start), S.Padded<T>(valid), 1) : block.From(0, start);

    T* Packed(nint start) => packed ? memory + start * depth : memory;
}
