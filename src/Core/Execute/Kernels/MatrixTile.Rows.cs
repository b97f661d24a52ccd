using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistGrad.Execute.Kernels;

/// <summary>How the rows of a tile come from memory and go there.</summary>
internal static unsafe partial class MatrixTile
{
    /// <summary>Adds what the rows of c hold to the accumulators, in the order of blocks: c first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Resume<T, H, W>(T* c, nint cRow,
        ref Accumulators<T> r0, ref Accumulators<T> r1, ref Accumulators<T> r2, ref Accumulators<T> r3,
        ref Accumulators<T> r4, ref Accumulators<T> r5, ref Accumulators<T> r6, ref Accumulators<T> r7)
        where T : unmanaged
        where H : struct, IExtent
        where W : struct, IExtent
    {
        T* c3 = c + 3 * cRow, c6 = c3 + 3 * cRow;
        Resume<T, W>(ref r0, c);
        if (H.Value > 1) Resume<T, W>(ref r1, c + cRow);
        if (H.Value > 2) Resume<T, W>(ref r2, c + 2 * cRow);
        if (H.Value > 3) Resume<T, W>(ref r3, c3);
        if (H.Value > 4) Resume<T, W>(ref r4, c3 + cRow);
        if (H.Value > 5) Resume<T, W>(ref r5, c3 + 2 * cRow);
        if (H.Value > 6) Resume<T, W>(ref r6, c6);
        if (H.Value > 7) Resume<T, W>(ref r7, c6 + cRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Resume<T, W>(ref Accumulators<T> row, T* c)
        where T : unmanaged
        where W : struct, IExtent
    {
        row.Left = Vector512.Load(c) + row.Left;
        if (W.Value > 1) row.Middle = Vector512.Load(c + Vector512<T>.Count) + row.Middle;
        if (W.Value > 2) row.Right = Vector512.Load(c + 2 * Vector512<T>.Count) + row.Right;
    }

    /// <summary>Writes the rows of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T, H, W>(T* c, nint cRow,
        in Accumulators<T> r0, in Accumulators<T> r1, in Accumulators<T> r2, in Accumulators<T> r3,
        in Accumulators<T> r4, in Accumulators<T> r5, in Accumulators<T> r6, in Accumulators<T> r7)
        where T : unmanaged
        where H : struct, IExtent
        where W : struct, IExtent
    {
        T* c3 = c + 3 * cRow, c6 = c3 + 3 * cRow;
        Store<T, W>(r0, c);
        if (H.Value > 1) Store<T, W>(r1, c + cRow);
        if (H.Value > 2) Store<T, W>(r2, c + 2 * cRow);
        if (H.Value > 3) Store<T, W>(r3, c3);
        if (H.Value > 4) Store<T, W>(r4, c3 + cRow);
        if (H.Value > 5) Store<T, W>(r5, c3 + 2 * cRow);
        if (H.Value > 6) Store<T, W>(r6, c6);
        if (H.Value > 7) Store<T, W>(r7, c6 + cRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<T, W>(in Accumulators<T> row, T* c)
        where T : unmanaged
        where W : struct, IExtent
    {
        row.Left.Store(c);
        if (W.Value > 1) row.Middle.Store(c + Vector512<T>.Count);
        if (W.Value > 2) row.Right.Store(c + 2 * Vector512<T>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch<T, W>(T* c, nint cRow, nint rows)
        where T : unmanaged
        where W : struct, IExtent
    {
        if (!Sse.IsSupported) return;
        for (; rows > 0; rows--, c += cRow)
        {
            Sse.Prefetch0(c);
            if (W.Value > 1) Sse.Prefetch0(c + Vector512<T>.Count);
            if (W.Value > 2) Sse.Prefetch0(c + 2 * Vector512<T>.Count);
        }
    }
}
