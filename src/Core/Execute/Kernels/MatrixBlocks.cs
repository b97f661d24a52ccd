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

    // A block of a takes less than half of the second cache, a block of b lies in the second or third.
    const int BlockRowsBytes = 768;
    const int BlockColumns = 1024;

    // With few k, most of the traffic is c: it is written in the order in which it lies, while all of b stays in the
    // second cache.
    const int FewDeep = 128;
    const int FitsSecondCache = 256 * 1024;

    // Up to so many multiply-adds a plain loop is faster than any preparation.
    const int Tiny = 64;

    // An operand is read in place where it fits the first cache beside the tile, or is used too seldom to repay a copy.
    const int FitsFirstCache = 24 * 1024;
    const int SeldomRows = 24;
    const int SeldomColumns = 64;
    const int ManyColumns = 256;

    // From so many columns on, one row has a loop of its own.
    const int LongRow = 64;

    // Rows that lie a multiple of so many bytes apart share the same few places in the first cache.
    const int Collision = 4096;

    /// <summary>c = a b for a of [m, k] and b of [k, n], of any strides; k at least 1.</summary>
    public static void Multiply<T>(
        nint m, nint n, nint k, View<T> a, View<T> b, View<T> c, MatrixEpilogue epilogue = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (m * n == 1) *c.Start = MatrixDot.Dot(k, a.Start, a.Column, b.Start, b.Row);
        else if (MatrixStrips.Takes(m, n, k, b, c)) MatrixStrips.Multiply(m, n, k, a, b, c);
        else if (m * n * k <= Tiny) PlainLoop(m, n, k, a, b, c);
        else if (m == 1 && n >= LongRow && b.Column == 1 && c.Column == 1)
            MatrixRow.Multiply(n, k, a.Start, a.Column, b, c.Start);
        else if (m == 1 && n >= MatrixColumn.Rows<T>() && b.Row == 1) ByColumns(n, k, a, b, c);
        else if (BetterTurned(m, n, a, b)) Blocks(n, m, k, b.Transposed, a.Transposed, c.Transposed, default);
        else if (m * n * sizeof(T) <= FitsFirstCache) Blocks(m, n, k, a, b, c, default);
        else
        {
            Blocks(m, n, k, a, b, c, epilogue);
            return;
        }

        epilogue.Finish(m, n);
    }

    // One row, in which b lies transposed: as many of its columns as are done together, then the rest.
    static void ByColumns<T>(nint n, nint k, View<T> a, View<T> b, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var whole = n - n % MatrixColumn.Rows<T>();
        MatrixColumn.Multiply(whole, k, b.Transposed, a.Start, a.Column, c.Start, c.Column);
        if (whole < n) Multiply(1, n - whole, k, a, b.From(0, whole), c.From(0, whole));
    }

    // Fewer rows than repay the copying of a transposed b: as the product of the transposes, b is read in place.
    static bool BetterTurned<T>(nint m, nint n, View<T> a, View<T> b)
        where T : unmanaged =>
        b.Row == 1 && b.Column != 1 && a.Column == 1 &&
        m > Vector512<T>.Count / 2 && m <= 4 * Vector512<T>.Count && m < n;

    static void PlainLoop<T>(nint m, nint n, nint k, View<T> a, View<T> b, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (nint i = 0; i < m; i++)
        {
            for (nint j = 0; j < n; j++)
            {
                T* x = a.At(i, 0), y = b.At(0, j);
                var sum = T.Zero;
                for (var p = k; p > 0; p--, x += a.Column, y += b.Row) sum = T.FusedMultiplyAdd(*x, *y, sum);
                *c.At(i, j) = sum;
            }
        }
    }

    static void Blocks<T>(nint m, nint n, nint k, View<T> a, View<T> b, View<T> c, MatrixEpilogue epilogue)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var packColumns = PacksColumns(m, k, b);
        var packRows = packColumns && PacksRows(n, a);
        nint blockRows = BlockRowsBytes / sizeof(T);
        nint tile = 2 * TileRows.Full<T>() * TileColumns.Full<T>();
        var longest = Math.Min(k, Depth);
        var rowsFirst = c.Column == 1 && k <= FewDeep && k * Math.Min(n, BlockColumns) * sizeof(T) <= FitsSecondCache;
        var rowMemory = MatrixPanels<T, TileRows>.Memory(longest, Math.Min(m, blockRows), packRows);
        // Panels of b that serve one block of rows are copied one at a time, and so are used while in the first caches.
        var oneByOne = m <= blockRows && !rowsFirst;
        var blockColumns = oneByOne ? TileColumns.Full<T>() : BlockColumns;
        var columnMemory = MatrixPanels<T, TileColumns>.Memory(longest, Math.Min(n, blockColumns), packColumns);
        var memory = (T*)Scratch.Take((tile + rowMemory + columnMemory) * sizeof(T));
        var panels = memory + tile + rowMemory;
        for (nint p = 0; p < k; p += Depth)
        {
            var depth = Math.Min(Depth, k - p);
            for (nint j = 0, columns; j < n; j += columns)
            {
                columns = oneByOne ? TileColumns.Next<T>(n - j) : Math.Min(blockColumns, n - j);
                var right = new MatrixPanels<T, TileColumns>(b.From(p, j), depth, packColumns, panels);
                for (nint i = 0; i < m; i += blockRows)
                {
                    var rows = Math.Min(blockRows, m - i);
                    var left = new MatrixPanels<T, TileRows>(a.From(i, p).Transposed, depth, packRows, memory + tile);
                    if (j == 0 || m > blockRows) left.Pack(rows);
                    var part = new MatrixPart<T>(
                        rows, columns, depth, left, right, c.From(i, j), memory, add: p > 0, first: i == 0,
                        p + depth == k ? epilogue.From(i, j) : default);
                    if (rowsFirst) part.RowsFirst();
                    else part.ColumnsFirst();
                }
            }
        }
    }

    // Rows, or what lies as the columns of a transpose, are read in place where few columns need them, unless they
    // drive each other out of the first cache.
    static bool PacksRows<T>(nint n, View<T> a)
        where T : unmanaged =>
        n > ManyColumns || (n > SeldomColumns && Collides<T>(a.Row == 1 ? a.Column : a.Row));

    static bool PacksColumns<T>(nint m, nint k, View<T> b)
        where T : unmanaged =>
        b.Column != 1 || (m > TileRows.Full<T>() && Collides<T>(b.Row)) ||
        (m > SeldomRows && Math.Min(k, Depth) * Math.Abs(b.Row) * sizeof(T) > FitsFirstCache);

    static bool Collides<T>(nint stride) where T : unmanaged => Math.Abs(stride) * sizeof(T) % Collision == 0;
}
