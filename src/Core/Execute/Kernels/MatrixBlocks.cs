using System.Numerics;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The matrix product on one thread: cuts the operands into blocks that fit the caches and the blocks into tiles that
/// fit the registers. See <see cref="MatrixProduct"/> for the order of rounding.
/// </summary>
internal static unsafe class MatrixBlocks
{
    const int Depth = MatrixProduct.Depth;

    // A block of a stays in the second cache, a block of b in the second or third.
    const int BlockRows = 192;
    const int BlockColumns = 1024;

    // Up to so many multiply-adds a plain loop is faster than any preparation.
    const int Tiny = 64;

    // An operand is read in place where it fits the first cache beside the tile, or is used too seldom to repay a copy.
    const int FitsFirstCache = 24 * 1024;
    const int SeldomRows = 24;
    const int SeldomColumns = 64;

    /// <summary>c = a b for a of [m, k] and b of [k, n], of any strides; k at least 1.</summary>
    public static void Multiply<T>(nint m, nint n, nint k, View<T> a, View<T> b, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (m * n == 1) *c.Start = MatrixDot.Dot(k, a.Start, a.Column, b.Start, b.Row);
        else if (m * n * k <= Tiny) PlainLoop(m, n, k, a, b, c);
        else Blocks(m, n, k, a, b, c);
    }

    /// <summary>c(i, j) = [c(i, j) +] sums[i * row + j]: takes in the sums of one block of k.</summary>
    public static void Merge<T>(nint m, nint n, T* sums, nint row, View<T> c, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (nint i = 0; i < m; i++)
        {
            var target = c.At(i, 0);
            for (nint j = 0; j < n; j++, target += c.Column)
                *target = add ? *target + sums[i * row + j] : sums[i * row + j];
        }
    }

    static void PlainLoop<T>(nint m, nint n, nint k, View<T> a, View<T> b, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (nint i = 0; i < m; i++)
        {
            for (nint j = 0; j < n; j++)
            {
                var sum = T.Zero;
                for (nint p = 0; p < k; p++) sum = T.FusedMultiplyAdd(*a.At(i, p), *b.At(p, j), sum);
                *c.At(i, j) = sum;
            }
        }
    }

    static void Blocks<T>(nint m, nint n, nint k, View<T> a, View<T> b, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (packRows, packColumns) = (PacksRows(n, k, a), PacksColumns(m, k, b));
        nint tile = TileRows.Full<T>() * TileColumns.Full<T>();
        var longest = Math.Min(k, Depth);
        var rowMemory = MatrixPanels<T, TileRows>.Memory(longest, Math.Min(m, BlockRows), packRows);
        // Panels of b that serve one block of rows are copied one at a time, and so are used while in the first cache.
        var blockColumns = m <= BlockRows ? TileColumns.Full<T>() : BlockColumns;
        var columnMemory = MatrixPanels<T, TileColumns>.Memory(longest, Math.Min(n, blockColumns), packColumns);
        var memory = (T*)Scratch.Take((tile + rowMemory + columnMemory) * sizeof(T));
        var panels = memory + tile + rowMemory;
        for (nint p = 0; p < k; p += Depth)
        {
            var depth = Math.Min(Depth, k - p);
            for (nint j = 0; j < n; j += blockColumns)
            {
                var columns = Math.Min(blockColumns, n - j);
                var right = new MatrixPanels<T, TileColumns>(b.From(p, j), depth, packColumns, panels);
                right.Pack(columns);
                for (nint i = 0; i < m; i += BlockRows)
                {
                    var rows = Math.Min(BlockRows, m - i);
                    var left = new MatrixPanels<T, TileRows>(a.From(i, p).Transposed, depth, packRows, memory + tile);
                    if (j == 0 || m > BlockRows) left.Pack(rows);
                    Tiles(rows, columns, depth, left, right, c.From(i, j), memory, add: p > 0);
                }
            }
        }
    }

    static bool PacksRows<T>(nint n, nint k, View<T> a)
        where T : unmanaged =>
        n > SeldomColumns && Math.Min(k, Depth) * Math.Abs(a.Row) * sizeof(T) > FitsFirstCache;

    static bool PacksColumns<T>(nint m, nint k, View<T> b)
        where T : unmanaged =>
        b.Column != 1 || (m > SeldomRows && Math.Min(k, Depth) * Math.Abs(b.Row) * sizeof(T) > FitsFirstCache);

    /// <summary>
    /// c = [c +] a b for a block of each, packed or in place as the panels say; a tile of memory is used for what fills
    /// no tile of c.
    /// </summary>
    public static void Tiles<T>(nint m, nint n, nint k, MatrixPanels<T, TileRows> left, MatrixPanels<T, TileColumns> right,
        View<T> c, T* memory, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (nint j = 0; j < n; j += TileColumns.Full<T>())
        {
            var columns = Math.Min(TileColumns.Full<T>(), n - j);
            var padded = TileColumns.Padded<T>(columns);
            var b = right.Panel(j, columns);
            var direct = columns == padded && c.Column == 1;
            for (nint i = 0; i < m; i += TileRows.Full<T>())
            {
                var rows = Math.Min(TileRows.Full<T>(), m - i);
                var a = left.Panel(i, rows).Transposed;
                if (direct)
                {
                    Tile(k, a, b, c.At(i, j), c.Row, rows, padded, add);
                    continue;
                }

                Tile(k, a, b, memory, padded, rows, padded, add: false);
                Merge(rows, columns, memory, padded, c.From(i, j), add);
            }
        }
    }

    static void Tile<T>(nint k, View<T> a, View<T> b, T* c, nint cRow, nint rows, nint columns, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (columns == Vector512<T>.Count) Tile<T, One>(k, a, b, c, cRow, rows, add);
        else Tile<T, Two>(k, a, b, c, cRow, rows, add);
    }

    static void Tile<T, W>(nint k, View<T> a, View<T> b, T* c, nint cRow, nint rows, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
        where W : struct, IExtent
    {
        switch (TileRows.Padded<T>(rows))
        {
            case 1: MatrixTile.Run<T, One, W>(k, a, b.Start, b.Row, c, cRow, rows, add); break;
            case 2: MatrixTile.Run<T, Two, W>(k, a, b.Start, b.Row, c, cRow, rows, add); break;
            case 4: MatrixTile.Run<T, Four, W>(k, a, b.Start, b.Row, c, cRow, rows, add); break;
            case 6: MatrixTile.Run<T, Six, W>(k, a, b.Start, b.Row, c, cRow, rows, add); break;
            case 8: MatrixTile.Run<T, Eight, W>(k, a, b.Start, b.Row, c, cRow, rows, add); break;
            default: MatrixTile.Run<T, Twelve, W>(k, a, b.Start, b.Row, c, cRow, rows, add); break;
        }
    }
}
