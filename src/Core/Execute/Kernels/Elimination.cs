using System.Numerics;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Factors of square matrices and solutions with triangles, in place, in row-major order with a distance between rows.
/// Large ones are taken block by block, so that most of the work is a matrix product.
/// </summary>
/// <remarks>Golub and Van Loan, Matrix Computations, 3.2.11 and 4.2.9.</remarks>
internal static unsafe class Elimination<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Block = 64;

    /// <summary>Elements of working memory for n rows beside n or so many columns.</summary>
    public static long ScratchSize(int n, int columns) => n <= Block ? 0 : (long)n * Math.Max(columns, Block);

    /// <summary>x becomes the solution of T x = x, for a triangle of a.</summary>
    public static void Solve(
        bool lower, bool unit, int n, int columns, T* a, int aRow, T* x, int xRow, T* scratch, Workers workers)
    {
        if (columns == 0)
            return;
        var blocks = (n + Block - 1) / Block;
        for (var b = 0; b < blocks; b++)
        {
            var start = (lower ? b : blocks - 1 - b) * Block;
            var size = Math.Min(Block, n - start);
            var (known, count) = lower ? (0, start) : (start + size, n - start - size);
            if (count > 0)
            {
                MatrixProduct.Multiply(
                    size, columns, count, ref a[At(start, known, aRow)], aRow, 1, ref x[At(known, 0, xRow)], xRow, 1,
                    ref *scratch, columns, workers);
                Subtract(size, columns, scratch, x + At(start, 0, xRow), xRow);
            }
            SolveBlock(lower, unit, size, columns, a + At(start, start, aRow), aRow, x + At(start, 0, xRow), xRow);
        }
    }

    /// <summary>
    /// a becomes L and U, its rows in the order of the greatest pivots; that order is written, and the sign of the
    /// permutation returned.
    /// </summary>
    public static T Factor(int n, T* a, long* rows, T* scratch, Workers workers)
    {
        var sign = T.One;
        for (var i = 0; i < n; i++)
            rows[i] = i;
        for (var start = 0; start < n; start += Block)
        {
            var size = Math.Min(Block, n - start);
            for (var j = start; j < start + size; j++)
            {
                if (Pivot(n, a, j) is var pivot && pivot != j)
                {
                    Swap(n, a + At(pivot, 0, n), a + At(j, 0, n));
                    (rows[j], rows[pivot], sign) = (rows[pivot], rows[j], -sign);
                }
                Eliminate(n, a, j, start + size);
            }
            var (next, rest) = (start + size, n - start - size);
            if (rest == 0)
                continue;
            Solve(
                lower: true, unit: true, size, rest, a + At(start, start, n), n, a + At(start, next, n), n, scratch,
                workers);
            MatrixProduct.Multiply(
                rest, rest, size, ref a[At(next, start, n)], n, 1, ref a[At(start, next, n)], n, 1, ref *scratch, rest,
                workers);
            Subtract(rest, rest, scratch, a + At(next, next, n), n);
        }
        return sign;
    }

    /// <summary>
    /// The lower triangle of a becomes its Cholesky factor; what lies above the diagonal is not touched.
    /// </summary>
    public static void Cholesky(int n, T* a, T* scratch, Workers workers)
    {
        for (var start = 0; start < n; start += Block)
        {
            var size = Math.Min(Block, n - start);
            if (start > 0)
            {
                MatrixProduct.Multiply(
                    n - start, size, start, ref a[At(start, 0, n)], n, 1, ref a[At(start, 0, n)], 1, n, ref *scratch,
                    size, workers);
                for (var i = start; i < n; i++)
                {
                    SubtractScaled(
                        Math.Min(size, i - start + 1), T.One, scratch + ((nint)(i - start) * size),
                        a + At(i, start, n));
                }
            }
            for (var i = start; i < n; i++)
                CholeskyRow(n, a, start, Math.Min(start + size, i + 1), i);
        }
    }

    // Row i of the factor between these columns: each element needs those to its left, and the rows above.
    private static void CholeskyRow(int n, T* a, int start, int end, int i)
    {
        var row = a + At(i, 0, n);
        for (var j = start; j < end; j++)
        {
            var other = a + At(j, 0, n);
            var rest = row[j];
            for (var k = start; k < j; k++)
                rest -= row[k] * other[k];
            row[j] = i == j ? T.Sqrt(rest) : rest / other[j];
        }
    }

    private static int Pivot(int n, T* a, int column)
    {
        var (best, size) = (column, T.Abs(a[At(column, column, n)]));
        for (var i = column + 1; i < n; i++)
        {
            if (T.Abs(a[At(i, column, n)]) is var other && other > size)
                (best, size) = (i, other);
        }
        return best;
    }

    private static void Swap(int count, T* x, T* y)
    {
        for (var i = 0; i < count; i++)
            (x[i], y[i]) = (y[i], x[i]);
    }

    private static void Eliminate(int n, T* a, int j, int end)
    {
        var pivot = a[At(j, j, n)];
        for (var i = j + 1; i < n && pivot != T.Zero; i++)
        {
            var factor = a[At(i, j, n)] /= pivot;
            SubtractScaled(end - j - 1, factor, a + At(j, j + 1, n), a + At(i, j + 1, n));
        }
    }

    private static void SolveBlock(bool lower, bool unit, int n, int columns, T* a, int aRow, T* x, int xRow)
    {
        for (var step = 0; step < n; step++)
        {
            var i = lower ? step : n - 1 - step;
            var row = x + At(i, 0, xRow);
            for (var k = lower ? 0 : i + 1; k < (lower ? i : n); k++)
                SubtractScaled(columns, a[At(i, k, aRow)], x + At(k, 0, xRow), row);
            for (var c = 0; c < columns && !unit; c++)
                row[c] /= a[At(i, i, aRow)];
        }
    }

    private static void Subtract(int rows, int columns, T* from, T* to, int toRow)
    {
        for (var i = 0; i < rows; i++)
            SubtractScaled(columns, T.One, from + ((nint)i * columns), to + At(i, 0, toRow));
    }

    // Product and difference are rounded each, for any width of vectors.
    private static void SubtractScaled(int count, T factor, T* from, T* to)
    {
        var (i, factors) = (0, Vector512.Create(factor));
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
            Vector512.Store(Vector512.Load(to + i) - (factors * Vector512.Load(from + i)), to + i);
        for (; i < count; i++)
            to[i] -= factor * from[i];
    }

    private static nint At(int row, int column, int distance) => ((nint)row * distance) + column;
}
