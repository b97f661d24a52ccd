using System.Numerics;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The product of one block of rows with one block of columns over one block of k, tile by tile.
/// </summary>
/// <param name="m">How many rows.</param>
/// <param name="n">How many columns.</param>
/// <param name="k">How many positions of k.</param>
/// <param name="left">The panels of a.</param>
/// <param name="right">The panels of b.</param>
/// <param name="c">Where the block of the result begins.</param>
/// <param name="memory">Room for two tiles.</param>
/// <param name="add">Whether the sums are added to what c holds.</param>
/// <param name="first">Whether the panels of b have still to be copied, those that are.</param>
/// <param name="epilogue">What is done with each tile, which is complete then; or none.</param>
internal readonly unsafe struct MatrixPart<T>(
    nint m, nint n, nint k, MatrixPanels<T, TileRows> left, MatrixPanels<T, TileColumns> right, View<T> c, T* memory,
    bool add, bool first, MatrixEpilogue epilogue)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A panel of b stays in the first caches.</summary>
    public void ColumnsFirst()
    {
        for (nint j = 0, columns; j < n; j += columns)
        {
            columns = TileColumns.Next<T>(n - j);
            for (nint i = 0, rows; i < m; i += rows)
            {
                rows = TileRows.Next<T>(m - i);
                Tile(i, j, rows, columns);
            }
        }
    }

    /// <summary>For few k: c is written in the order in which it lies.</summary>
    public void RowsFirst()
    {
        for (nint i = 0, rows; i < m; i += rows)
        {
            rows = TileRows.Next<T>(m - i);
            for (nint j = 0, columns; j < n; j += columns)
            {
                columns = TileColumns.Next<T>(n - j);
                Tile(i, j, rows, columns);
            }
        }
    }

    void Tile(nint i, nint j, nint rows, nint columns)
    {
        var padded = TileColumns.Padded<T>(columns);
        var a = left.Panel(i, rows).Transposed;
        var b = right.Panel(j, columns);
        var copy = default(T*);
        if (first && i == 0)
        {
            if (m > rows && right.CopiedInPassing(columns))
            {
                copy = b.Start;
                b = right.Source(j);
            }
            else
            {
                right.Pack(j, columns);
            }
        }

        if (epilogue.IsNone)
        {
            Multiply(rows, columns, padded, a, b, copy, c.From(i, j));
            return;
        }

        var end = epilogue.From(i, j);
        var isWhole = columns == padded && copy == null && !add;
        if (isWhole && end.Tile(new(rows, columns, k, (nint)a.Start, a.Row, a.Column, (nint)b.Start, b.Row,
            (nint)c.At(i, j), c.Row))) return;
        Multiply(rows, columns, padded, a, b, copy, c.From(i, j));
        end.Finish(rows, columns);
    }

    void Multiply(nint rows, nint columns, nint padded, View<T> a, View<T> b, T* copy, View<T> target)
    {
        var kernel = MatrixTile.Kernel<T>(rows, padded, a.Row, a.Column, b.Row, copy != null);
        if (columns == padded && target.Column == 1)
        {
            kernel(k, a.Start, a.Row, a.Column, b.Start, b.Row, copy, target.Start, target.Row, add);
            return;
        }

        kernel(k, a.Start, a.Row, a.Column, b.Start, b.Row, copy, memory, padded, false);
        if (target.Row == 1) MergeTurned(rows, columns, padded, target);
        else Merge(rows, columns, memory, padded, target, add);
    }

    // The tile turned, whose rows then lie as those of the transpose of c.
    void MergeTurned(nint rows, nint columns, nint padded, View<T> target)
    {
        var turned = memory + TileRows.Full<T>() * TileColumns.Full<T>();
        Transposition.Copy(rows, columns, memory, padded, turned, rows);
        Merge(columns, rows, turned, rows, target.Transposed, add);
    }

    /// <summary>c(i, j) = [c(i, j) +] sums[i * row + j]: takes in the sums of one block of k.</summary>
    public static void Merge(nint m, nint n, T* sums, nint row, View<T> c, bool add)
    {
        for (nint i = 0; i < m; i++, sums += row)
        {
            var target = c.At(i, 0);
            nint j = 0;
            if (c.Column == 1)
            {
                for (; j <= n - Vector128<T>.Count; j += Vector128<T>.Count)
                {
                    var sum = Vector128.Load(sums + j);
                    (add ? Vector128.Load(target + j) + sum : sum).Store(target + j);
                }
            }

            for (; j < n; j++) target[j * c.Column] = add ? target[j * c.Column] + sums[j] : sums[j];
        }
    }
}
