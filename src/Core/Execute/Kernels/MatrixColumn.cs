using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The product of a matrix whose rows lie together with one column, as chains: of one row with a matrix that lies
/// transposed, or of short rows. A row's sum is one chain, so the lanes of vectors are rows: a few columns of many rows
/// are turned at a time, and used while in the first cache. For long rows with one column see
/// <see cref="MatrixLanes"/>.
/// </summary>
internal static unsafe class MatrixColumn
{
    const int Depth = MatrixProduct.Depth;
    const int Columns = 16;

    /// <summary>How many rows are done together: so many vectors' chains take turns.</summary>
    public static int Rows<T>() where T : unmanaged => 4 * Vector512<T>.Count;

    /// <summary>
    /// c[i * cStep] = sum over p of a(i, p) x[p * xStep], for a of [m, k] with unit column stride and m a multiple of
    /// <see cref="Rows"/>.
    /// </summary>
    public static void Multiply<T>(nint m, nint k, View<T> a, T* x, nint xStep, T* c, nint cStep)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sums = (T*)Scratch.Take((Columns + 1) * Rows<T>() * sizeof(T));
        var turned = sums + Rows<T>();
        for (nint i = 0; i < m; i += Rows<T>(), c += Rows<T>() * cStep)
        {
            for (nint p = 0; p < k; p += Depth)
            {
                var end = Math.Min(k, p + Depth);
                for (var q = p; q < end; q += Columns)
                {
                    var columns = Math.Min(Columns, end - q);
                    Transposition.Copy(Rows<T>(), columns, a.At(i, q), a.Row, turned, Rows<T>());
                    Add(columns, turned, x + q * xStep, xStep, sums, first: q == p);
                }

                MatrixPart<T>.Merge(Rows<T>(), 1, sums, 1, new(c, cStep, 0), add: p > 0);
            }
        }
    }

    [MethodImpl(Compiled.Apart)]
    static void Add<T>(nint columns, T* turned, T* x, nint xStep, T* sums, bool first)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (first) new Span<T>(sums, Rows<T>()).Clear();
        var (s0, s1, s2, s3) = (At(sums, 0), At(sums, 1), At(sums, 2), At(sums, 3));
        for (; columns > 0; columns--, x += xStep, turned += Rows<T>())
        {
            var factor = Vector512.Create(*x);
            s0 = MatrixTile.FusedMultiplyAdd(factor, At(turned, 0), s0);
            s1 = MatrixTile.FusedMultiplyAdd(factor, At(turned, 1), s1);
            s2 = MatrixTile.FusedMultiplyAdd(factor, At(turned, 2), s2);
            s3 = MatrixTile.FusedMultiplyAdd(factor, At(turned, 3), s3);
        }

        s0.Store(sums);
        s1.Store(sums + Vector512<T>.Count);
        s2.Store(sums + 2 * Vector512<T>.Count);
        s3.Store(sums + 3 * Vector512<T>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> At<T>(T* start, int vector) where T : unmanaged =>
        Vector512.Load(start + vector * Vector512<T>.Count);
}
