using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>The matrix product c = a b over strided operands.</summary>
/// <remarks>
/// <para>
/// The order of rounding of an element depends on k, and on whether c is one column (below). k is cut into blocks of
/// <see cref="Depth"/>, the last one shorter. The sum of a block starts from +0 and takes the products of the block in
/// ascending order, each by one fused multiply-add; the sums of the blocks are added from first to last, the first
/// being taken as it is: c = ((s0 + s1) + s2) + ... Every path keeps this order, so tiles, packing, strides, threads
/// and the width of the machine's vectors never change a bit. Changing Depth does: it is part of the meaning.
/// </para>
/// <para>
/// In such a chain each product waits for the last, and what lies together in a row cannot be added side by side.
/// Where c is one column, a row of a lies together (unit column stride) and k is more than <see cref="LongestChain"/>,
/// the sum of a block is therefore taken by L lanes, 16 of float and 8 of double: product p of the block goes to lane
/// p mod L, but if the block ends with r fewer than L products, these go to the last r lanes. A lane starts from +0 and
/// takes its products in ascending order by fused multiply-adds; the lanes are folded by halves, lane i with lane
/// i + L/2, down to one. How many rows there are changes nothing, so the part of a batch has the bits of the whole.
/// </para>
/// <para>Blocking after Van Zee and van de Geijn, "BLIS: a framework for rapidly instantiating BLAS functionality",
/// ACM TOMS 41 (2015).</para>
/// </remarks>
internal static unsafe class MatrixProduct
{
    /// <summary>The length of a block of k.</summary>
    public const int Depth = 512;

    /// <summary>The largest k of which one column is a chain whatever its layout, as in straight methods.</summary>
    public const int LongestChain = 32;

    // Fewer multiply-adds than this are not worth waking a thread for.
    public const nint WorthAThread = 1 << 18;

    // Pieces begin at multiples of these, so that few tiles are cut.
    const nint RowsApart = 4;
    const nint ColumnsApart = 32;

    // The most elements of c for which splitting k over the threads is considered.
    const nint FewElements = 1 << 13;

    /// <summary>
    /// c[i * cRow + j] = sum over p of a[i * aRow + p * aColumn] b[p * bRow + j * bColumn] for c of shape [m, n] with
    /// unit column stride. Any strides, 0 and negative ones too, and any of m, n and k may be 0; c must not overlap a
    /// or b.
    /// </summary>
    public static void Multiply<T>(int m, int n, int k,
        ref readonly T a, nint aRow, nint aColumn, ref readonly T b, nint bRow, nint bColumn,
        ref T c, nint cRow, Workers workers, MatrixEpilogue epilogue = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (m == 0 || n == 0) return;
        fixed (T* x = &a, y = &b, z = &c)
        {
            var left = new View<T>(x, aRow, aColumn);
            var right = new View<T>(y, bRow, bColumn);
            var result = new View<T>(z, cRow, 1);
            if (k > 0 && n == 1 && k > LongestChain && aColumn == 1)
                Share<T, Lanes>(m, n, k, left, right, result, workers, epilogue);
            else if (k > 0 && !FewColumns<T>(m, n))
                Share<T, Chains>(m, n, k, left, right, result, workers, epilogue);
            else
            {
                if (k == 0) Clear(m, n, result);
                else
                    Share<T, Chains>(
                        n, m, k, right.Transposed, left.Transposed, result.Transposed, workers, default);
                epilogue.Finish(m, n);
            }
        }
    }

    /// <summary>The same product for integers, where the order of additions does not matter; overflow wraps.</summary>
    public static void MultiplyIntegers<T>(int m, int n, int k,
        ref readonly T a, nint aRow, nint aColumn, ref readonly T b, nint bRow, nint bColumn,
        ref T c, nint cRow, Workers workers, MatrixEpilogue epilogue = default)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (m == 0 || n == 0) return;
        fixed (T* x = &a, y = &b, z = &c)
        {
            var left = new View<T>(x, aRow, aColumn);
            var right = new View<T>(y, bRow, bColumn);
            var result = new View<T>(z, cRow, 1);
            if ((nint)m * n * k < WorthAThread) IntegerRows(0, m, n, k, left, right, result);
            else
                workers.Run(m, (n, k, left, right, result), static (s, i) =>
                    IntegerRows(i, i + 1, s.n, s.k, s.left, s.right, s.result));
        }

        epilogue.Finish(m, n);
    }

    static void IntegerRows<T>(nint first, nint end, nint n, nint k, View<T> a, View<T> b, View<T> c)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var i = first; i < end; i++)
        {
            new Span<T>(c.At(i, 0), (int)n).Clear();
            for (nint p = 0; p < k; p++)
                for (nint j = 0; j < n; j++) *c.At(i, j) += *a.At(i, p) * *b.At(p, j);
        }
    }

    static void Clear<T>(nint m, nint n, View<T> c)
        where T : unmanaged
    {
        for (nint i = 0; i < m; i++) new Span<T>(c.At(i, 0), (int)n).Clear();
    }

    // A result narrower than half a vector is computed as the transpose: a product of numbers commutes.
    static bool FewColumns<T>(int m, int n) => n < m && n <= Vector512<T>.Count / 2;

    static void Share<T, F>(nint m, nint n, nint k, View<T> a, View<T> b, View<T> c, Workers workers,
        MatrixEpilogue epilogue)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IOrder
    {
        var worth = m * n * k / WorthAThread;
        var parts = Math.Min(workers.Threads, worth);
        var (down, across) = parts > 1 ? Grid(m, n, parts) : (1, 1);
        if (down * across < parts && m * n <= FewElements && k >= 4 * Depth)
            ShareDepth<T, F>(m, n, k, a, b, c, workers, epilogue);
        else if (down * across == 1) F.Multiply(m, n, k, a, b, c, epilogue);
        else ShareTiles<T, F>(m, n, k, a, b, c, down, across, workers, epilogue);
    }

    // How many pieces down and across: one more of the longer side until there are enough, or no room for more.
    static (nint Down, nint Across) Grid(nint m, nint n, nint parts)
    {
        nint down = 1, across = 1;
        while (down * across < parts)
        {
            if (n / across >= m / down && n / across >= 2 * ColumnsApart) across++;
            else if (m / down >= 2 * RowsApart) down++;
            else break;
        }

        return (down, across);
    }

    static void ShareTiles<T, F>(nint m, nint n, nint k, View<T> a, View<T> b, View<T> c, nint down, nint across,
        Workers workers, MatrixEpilogue epilogue)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IOrder
    {
        workers.Run((int)(down * across), (m, n, k, a, b, c, down, across, epilogue), static (s, part) =>
        {
            var (i, iEnd) = Piece(s.m, RowsApart, part / s.across, s.down);
            var (j, jEnd) = Piece(s.n, ColumnsApart, part % s.across, s.across);
            if (i < iEnd && j < jEnd)
                F.Multiply(
                    iEnd - i, jEnd - j, s.k, s.a.From(i, 0), s.b.From(0, j), s.c.From(i, j), s.epilogue.From(i, j));
        });
    }

    static (nint Start, nint End) Piece(nint length, nint apart, nint piece, nint pieces)
    {
        var units = (length + apart - 1) / apart;
        return (units * piece / pieces * apart, Math.Min(length, units * (piece + 1) / pieces * apart));
    }

    // Few elements and a long k, as in the gradient of a small filter: the sums of all blocks of k first, then their
    // sum in the order stated.
    static void ShareDepth<T, F>(nint m, nint n, nint k, View<T> a, View<T> b, View<T> c, Workers workers,
        MatrixEpilogue epilogue)
        where T : unmanaged, IFloatingPointIeee754<T>
        where F : struct, IOrder
    {
        var blocks = (k + Depth - 1) / Depth;
        var rented = ArrayPool<T>.Shared.Rent(checked((int)(blocks * m * n)));
        fixed (T* pinned = rented)
        {
            var sums = new View<T>(pinned, n, 1);
            workers.Run((int)blocks, (m, n, k, a, b, sums), static (s, block) =>
            {
                var p = (nint)block * Depth;
                F.Multiply(s.m, s.n, Math.Min(Depth, s.k - p),
                    s.a.From(0, p), s.b.From(p, 0), s.sums.From(block * s.m, 0), default);
            });
            for (nint block = 0; block < blocks; block++)
                MatrixPart<T>.Merge(m, n, pinned + block * m * n, n, c, add: block > 0);
        }

        ArrayPool<T>.Shared.Return(rented);
        epilogue.Finish(m, n);
    }

    /// <summary>The product on one thread, in one of the orders of rounding; k at least 1.</summary>
    interface IOrder
    {
        static abstract void Multiply<T>(
            nint m, nint n, nint k, View<T> a, View<T> b, View<T> c, MatrixEpilogue epilogue)
            where T : unmanaged, IFloatingPointIeee754<T>;
    }

    readonly struct Chains : IOrder
    {
        public static void Multiply<T>(
            nint m, nint n, nint k, View<T> a, View<T> b, View<T> c, MatrixEpilogue epilogue)
            where T : unmanaged, IFloatingPointIeee754<T> => MatrixBlocks.Multiply(m, n, k, a, b, c, epilogue);
    }

    readonly struct Lanes : IOrder
    {
        public static void Multiply<T>(
            nint m, nint n, nint k, View<T> a, View<T> b, View<T> c, MatrixEpilogue epilogue)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            MatrixLanes.Multiply(m, k, a, b, c);
            epilogue.Finish(m, n);
        }
    }
}
