using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// <see cref="MatrixTile"/> for a right side that is read from an image: a vector of each of at most two runs of
/// places.
/// </summary>
internal static unsafe class PatchTile
{
    /// <summary>
    /// tile(i, j) = [tile(i, j) +] sum over p below <paramref name="depth"/> of a(i, p) and what tap first + p sees
    /// from place j, for i below <paramref name="rows"/>; the second run begins a vector behind the first.
    /// </summary>
    public static void Run<T>(Patches<T> patches, T* seen, Run[] runs, nint first, nint depth, View<T> a, T* tile,
        nint rows, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var left = seen + runs[0].Element;
        if (runs.Length == 1) Tile<T, One>(patches, left, left, first, depth, a, tile, rows, add);
        else Tile<T, Two>(patches, left, seen + runs[1].Element, first, depth, a, tile, rows, add);
    }

    /// <summary>
    /// Writes the rows of a tile where its runs lie in a result, in whole vectors up to the place
    /// <paramref name="end"/>: what they write behind a run is written again by the next.
    /// </summary>
    public static void Store<T>(T* tile, nint rows, Run[] runs, T* result, nint row, nint end)
        where T : unmanaged
    {
        for (nint i = 0; i < rows; i++, tile += TileColumns.Full<T>(), result += row)
        {
            for (var r = 0; r < runs.Length; r++)
            {
                var place = runs[r].Place;
                T* from = tile + r * Vector512<T>.Count, to = result + place;
                if (place + Vector512<T>.Count <= end) Vector512.Load(from).Store(to);
                else Unsafe.CopyBlockUnaligned(to, from, (uint)(runs[r].Length * sizeof(T)));
            }
        }
    }

    static void Tile<T, W>(Patches<T> patches, T* left, T* right, nint first, nint depth, View<T> a, T* tile, nint rows,
        bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
        where W : struct, IExtent
    {
        switch (TileRows.Padded<T>(rows))
        {
            case 1: Run<T, One, W>(patches, left, right, first, depth, a, tile, rows, add); break;
            case 2: Run<T, Two, W>(patches, left, right, first, depth, a, tile, rows, add); break;
            case 4: Run<T, Four, W>(patches, left, right, first, depth, a, tile, rows, add); break;
            case 6: Run<T, Six, W>(patches, left, right, first, depth, a, tile, rows, add); break;
            case 8: Run<T, Eight, W>(patches, left, right, first, depth, a, tile, rows, add); break;
            default: Run<T, Twelve, W>(patches, left, right, first, depth, a, tile, rows, add); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<T, H, W>(Patches<T> patches, T* leftSeen, T* rightSeen, nint first, nint depth, View<T> a, T* c,
        nint rows, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
        where H : struct, IExtent
        where W : struct, IExtent
    {
        MatrixTile.Accumulators<T> r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default;
        MatrixTile.Accumulators<T> r6 = default, r7 = default, r8 = default, r9 = default, r10 = default, r11 = default;
        var (once, twice, next) = (a.Row, 2 * a.Row, a.Column);
        T* a0 = a.Start, a3 = a0 + 3 * once, a6 = a0 + 6 * once, a9 = a0 + 9 * once;
        var (tapRow, tap) = Math.DivRem(first, patches.Taps);
        var taps = patches.Taps;
        fixed (nint* starts = patches.TapRowStarts, across = patches.TapColumns)
        {
            for (; depth > 0; tapRow++, tap = 0)
            {
                T* x = leftSeen + starts[tapRow], y = rightSeen + starts[tapRow];
                var end = Math.Min(taps, tap + depth);
                depth -= end - tap;
                for (; tap < end; tap++, a0 += next, a3 += next, a6 += next, a9 += next)
                {
                    var at = across[tap];
                    var left = Vector512.Load(x + at);
                    var right = W.Value > 1 ? Vector512.Load(y + at) : default;
                    MatrixTile.Add<T, W>(ref r0, *a0, left, right);
                    if (H.Value > 1) MatrixTile.Add<T, W>(ref r1, a0[once], left, right);
                    if (H.Value > 2) MatrixTile.Add<T, W>(ref r2, a0[twice], left, right);
                    if (H.Value > 3) MatrixTile.Add<T, W>(ref r3, *a3, left, right);
                    if (H.Value > 4) MatrixTile.Add<T, W>(ref r4, a3[once], left, right);
                    if (H.Value > 5) MatrixTile.Add<T, W>(ref r5, a3[twice], left, right);
                    if (H.Value > 6) MatrixTile.Add<T, W>(ref r6, *a6, left, right);
                    if (H.Value > 7) MatrixTile.Add<T, W>(ref r7, a6[once], left, right);
                    if (H.Value > 8) MatrixTile.Add<T, W>(ref r8, a6[twice], left, right);
                    if (H.Value > 9) MatrixTile.Add<T, W>(ref r9, *a9, left, right);
                    if (H.Value > 10) MatrixTile.Add<T, W>(ref r10, a9[once], left, right);
                    if (H.Value > 11) MatrixTile.Add<T, W>(ref r11, a9[twice], left, right);
                }
            }
        }

        nint row = TileColumns.Full<T>();
        MatrixTile.Store<T, W>(r0, c, add);
        if (H.Value > 1 && rows > 1) MatrixTile.Store<T, W>(r1, c + row, add);
        if (H.Value > 2 && rows > 2) MatrixTile.Store<T, W>(r2, c + 2 * row, add);
        if (H.Value > 3 && rows > 3) MatrixTile.Store<T, W>(r3, c + 3 * row, add);
        if (H.Value > 4 && rows > 4) MatrixTile.Store<T, W>(r4, c + 4 * row, add);
        if (H.Value > 5 && rows > 5) MatrixTile.Store<T, W>(r5, c + 5 * row, add);
        if (H.Value > 6 && rows > 6) MatrixTile.Store<T, W>(r6, c + 6 * row, add);
        if (H.Value > 7 && rows > 7) MatrixTile.Store<T, W>(r7, c + 7 * row, add);
        if (H.Value > 8 && rows > 8) MatrixTile.Store<T, W>(r8, c + 8 * row, add);
        if (H.Value > 9 && rows > 9) MatrixTile.Store<T, W>(r9, c + 9 * row, add);
        if (H.Value > 10 && rows > 10) MatrixTile.Store<T, W>(r10, c + 10 * row, add);
        if (H.Value > 11 && rows > 11) MatrixTile.Store<T, W>(r11, c + 11 * row, add);
    }
}
