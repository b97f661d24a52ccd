using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// <see cref="MatrixTile"/> for a right side that is read from an image: a vector of each of at most three runs of
/// places.
/// </summary>
internal static unsafe class PatchTile
{
    /// <summary>
    /// tile(i, j) = [tile(i, j) +] sum over p below <paramref name="depth"/> of a(i, p) and what tap first + p sees
    /// from place j, for i below <paramref name="rows"/>; each run begins a vector behind the one before.
    /// </summary>
    public static void Run<T>(Patches<T> patches, T* seen, Run[] runs, nint first, nint depth, View<T> a, T* tile,
        nint rows, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var left = seen + runs[0].Element;
        var middle = runs.Length > 1 ? seen + runs[1].Element : left;
        var right = runs.Length > 2 ? seen + runs[2].Element : left;
        if (runs.Length == 1) Tile<T, One>(patches, left, middle, right, first, depth, a, tile, rows, add);
        else if (runs.Length == 2) Tile<T, Two>(patches, left, middle, right, first, depth, a, tile, rows, add);
        else Tile<T, Three>(patches, left, middle, right, first, depth, a, tile, rows, add);
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

    static void Tile<T, W>(Patches<T> patches, T* left, T* middle, T* right, nint first, nint depth, View<T> a, T* tile,
        nint rows, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
        where W : struct, IExtent
    {
        switch (rows)
        {
            case 1: Run<T, One, W>(patches, left, middle, right, first, depth, a, tile, add); break;
            case 2: Run<T, Two, W>(patches, left, middle, right, first, depth, a, tile, add); break;
            case 3: Run<T, Three, W>(patches, left, middle, right, first, depth, a, tile, add); break;
            case 4: Run<T, Four, W>(patches, left, middle, right, first, depth, a, tile, add); break;
            case 5: Run<T, Five, W>(patches, left, middle, right, first, depth, a, tile, add); break;
            case 6: Run<T, Six, W>(patches, left, middle, right, first, depth, a, tile, add); break;
            case 7: Run<T, Seven, W>(patches, left, middle, right, first, depth, a, tile, add); break;
            default: Run<T, Eight, W>(patches, left, middle, right, first, depth, a, tile, add); break;
        }
    }

    [MethodImpl(Compiled.Apart)]
    static void Run<T, H, W>(Patches<T> patches, T* leftSeen, T* middleSeen, T* rightSeen, nint first, nint depth,
        View<T> a, T* c, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
        where H : struct, IExtent
        where W : struct, IExtent
    {
        MatrixTile.Accumulators<T> r0 = default, r1 = default, r2 = default, r3 = default;
        MatrixTile.Accumulators<T> r4 = default, r5 = default, r6 = default, r7 = default;
        var (once, next) = (a.Row, a.Column);
        T* a0 = a.Start, a3 = a0 + 3 * once, a6 = a0 + 6 * once;
        var (tapRow, tap) = Math.DivRem(first, patches.Taps);
        var taps = patches.Taps;
        fixed (nint* starts = patches.TapRowStarts, across = patches.TapColumns)
        {
            for (; depth > 0; tapRow++, tap = 0)
            {
                var start = starts[tapRow];
                T* x = leftSeen + start, y = middleSeen + start, z = rightSeen + start;
                var end = Math.Min(taps, tap + depth);
                depth -= end - tap;
                for (; tap < end; tap++, a0 += next, a3 += next, a6 += next)
                {
                    var at = across[tap];
                    MatrixTile.Step<T, H, W>(a0, a3, a6, once, 0,
                        Vector512.Load(x + at),
                        W.Value > 1 ? Vector512.Load(y + at) : default,
                        W.Value > 2 ? Vector512.Load(z + at) : default,
                        ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
                }
            }
        }

        var row = TileColumns.Full<T>();
        if (add)
            MatrixTile.Resume<T, H, W>(c, row, ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        MatrixTile.Store<T, H, W>(c, row, r0, r1, r2, r3, r4, r5, r6, r7);
    }
}
