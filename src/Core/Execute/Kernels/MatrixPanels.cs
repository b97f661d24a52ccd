using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>How one side of a tile is cut: its full extent, and what a last, shorter piece is padded to.</summary>
internal interface ITileSide
{
    static abstract int Full<T>() where T : unmanaged;

    static abstract int Padded<T>(nint valid) where T : unmanaged;
}

/// <summary>The rows of a tile: 12, or 6 where vectors have 256 bits and so 16 registers are all there are.</summary>
internal readonly struct TileRows : ITileSide
{
    public static int Full<T>() where T : unmanaged => Vector512.IsHardwareAccelerated ? 12 : 6;

    public static int Padded<T>(nint valid) where T : unmanaged => valid switch
    {
        > 10 => 12,
        > 8 => 10,
        > 6 => 8,
        > 4 => Vector512.IsHardwareAccelerated ? 8 : 6,
        > 2 => 4,
        _ => (int)valid,
    };
}

/// <summary>The columns of a tile: one or two vectors.</summary>
internal readonly struct TileColumns : ITileSide
{
    public static int Full<T>() where T : unmanaged => Vector512<T>.Count * (Vector512.IsHardwareAccelerated ? 2 : 1);

    public static int Padded<T>(nint valid) where T : unmanaged =>
        valid <= Vector512<T>.Count ? Vector512<T>.Count : 2 * Vector512<T>.Count;
}

/// <summary>
/// A block of one operand, seen as (position in k, position along the side), as panels of one tile each: copied into
/// <paramref name="memory"/>, or read where it lies. A piece that needs padding is always copied.
/// </summary>
internal readonly unsafe struct MatrixPanels<T, S>(View<T> block, nint depth, bool packed, T* memory)
    where T : unmanaged
    where S : struct, ITileSide
{
    /// <summary>How many elements of memory the panels of a block take.</summary>
    public static nint Memory(nint depth, nint extent, bool packed)
    {
        var panels = packed ? (extent + S.Full<T>() - 1) / S.Full<T>() : 1;
        return (depth * panels * S.Full<T>() + Vector512<T>.Count - 1) & -Vector512<T>.Count;
    }

    /// <summary>Copies what has to be copied of a block of so many positions along the side.</summary>
    public void Pack(nint extent)
    {
        for (nint start = 0; start < extent; start += S.Full<T>())
            Pack(start, Math.Min(S.Full<T>(), extent - start));
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
