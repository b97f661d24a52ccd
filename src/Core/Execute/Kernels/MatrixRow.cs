using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The product of one row with a matrix whose rows lie together, in the order of rounding of
/// <see cref="MatrixProduct"/>. Each row of the matrix is read once and in order, at the speed of the memory.
/// </summary>
internal static unsafe class MatrixRow
{
    const int Depth = MatrixProduct.Depth;

    // So many sums stay in the first cache.
    const int Columns = 1024;

    // So many rows of the matrix are taken in at a time.
    const int Rows = 8;

    /// <summary>c[j] = sum over p of a[p * aStep] b(p, j), for b of [k, n] with unit column stride.</summary>
    public static void Multiply<T>(nint n, nint k, T* a, nint aStep, View<T> b, T* c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var memory = k > Depth ? (T*)Scratch.Take(Columns * sizeof(T)) : null;
        for (nint j = 0; j < n; j += Columns)
        {
            var columns = Math.Min(Columns, n - j);
            for (nint p = 0; p < k; p += Depth)
            {
                var sums = p == 0 ? c + j : memory;
                Block(columns, Math.Min(Depth, k - p), a + p * aStep, aStep, b.From(p, j), sums);
                if (p > 0) MatrixPart<T>.Merge(1, columns, sums, 0, new(c + j, 0, 1), add: true);
            }
        }
    }

    static void Block<T>(nint n, nint k, T* a, nint aStep, View<T> b, T* sums)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint p = 0;
        for (; p <= k - Rows; p += Rows) Several(n, a + p * aStep, aStep, b.At(p, 0), b.Row, sums, add: p > 0);
        for (; p < k; p++) Single(n, a[p * aStep], b.At(p, 0), sums, add: p > 0);
    }

    [MethodImpl(Compiled.Apart)]
    static void Several<T>(nint n, T* a, nint aStep, T* b, nint bRow, T* sums, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* b3 = b + 3 * bRow, b6 = b + 6 * bRow;
        var (a0, a1, a2, a3) = (*a, a[aStep], a[2 * aStep], a[3 * aStep]);
        a += 4 * aStep;
        var (a4, a5, a6, a7) = (*a, a[aStep], a[2 * aStep], a[3 * aStep]);
        var (x0, x1, x2, x3) =
            (Vector512.Create(a0), Vector512.Create(a1), Vector512.Create(a2), Vector512.Create(a3));
        var (x4, x5, x6, x7) =
            (Vector512.Create(a4), Vector512.Create(a5), Vector512.Create(a6), Vector512.Create(a7));
        var end = b + n;
        for (; b <= end - Vector512<T>.Count; b += Vector512<T>.Count)
        {
            var sum = add ? Vector512.Load(sums) : Vector512<T>.Zero;
            sum = MatrixTile.FusedMultiplyAdd(x0, Vector512.Load(b), sum);
            sum = MatrixTile.FusedMultiplyAdd(x1, Vector512.Load(b + bRow), sum);
            sum = MatrixTile.FusedMultiplyAdd(x2, Vector512.Load(b + 2 * bRow), sum);
            sum = MatrixTile.FusedMultiplyAdd(x3, Vector512.Load(b3), sum);
            sum = MatrixTile.FusedMultiplyAdd(x4, Vector512.Load(b3 + bRow), sum);
            sum = MatrixTile.FusedMultiplyAdd(x5, Vector512.Load(b3 + 2 * bRow), sum);
            sum = MatrixTile.FusedMultiplyAdd(x6, Vector512.Load(b6), sum);
            sum = MatrixTile.FusedMultiplyAdd(x7, Vector512.Load(b6 + bRow), sum);
            sum.Store(sums);
            b3 += Vector512<T>.Count;
            b6 += Vector512<T>.Count;
            sums += Vector512<T>.Count;
        }

        for (; b < end; b++, b3++, b6++, sums++)
        {
            var sum = T.FusedMultiplyAdd(a0, *b, add ? *sums : T.Zero);
            sum = T.FusedMultiplyAdd(a1, b[bRow], sum);
            sum = T.FusedMultiplyAdd(a2, b[2 * bRow], sum);
            sum = T.FusedMultiplyAdd(a3, *b3, sum);
            sum = T.FusedMultiplyAdd(a4, b3[bRow], sum);
            sum = T.FusedMultiplyAdd(a5, b3[2 * bRow], sum);
            sum = T.FusedMultiplyAdd(a6, *b6, sum);
            *sums = T.FusedMultiplyAdd(a7, b6[bRow], sum);
        }
    }

    [MethodImpl(Compiled.Apart)]
    static void Single<T>(nint n, T a, T* b, T* sums, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint j = 0;
        var x = Vector512.Create(a);
        for (; j <= n - Vector512<T>.Count; j += Vector512<T>.Count)
        {
            var sum = add ? Vector512.Load(sums + j) : Vector512<T>.Zero;
            MatrixTile.FusedMultiplyAdd(x, Vector512.Load(b + j), sum).Store(sums + j);
        }

        for (; j < n; j++) sums[j] = T.FusedMultiplyAdd(a, b[j], add ? sums[j] : T.Zero);
    }
}
