using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The product of a matrix whose rows lie together with one column, in the order of lanes that
/// <see cref="MatrixProduct"/> states: each row is read once and as it lies.
/// </summary>
internal static unsafe class MatrixLanes
{
    const int Depth = MatrixProduct.Depth;

    // So many rows share what is read of the column; each has a vector of lanes.
    const int Rows = 4;

    /// <summary>
    /// c(i, 0) = sum over p of a(i, p) x(p, 0), for a of [m, k] with unit column stride. Where k is less than
    /// the lanes, as much of each operand lies before.
    /// </summary>
    public static void Multiply<T>(nint m, nint k, View<T> a, View<T> x, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Before a column that is copied there is room for the lanes that a short block leaves out.
        nint before = Rows + Vector512<T>.Count;
        var memory = (T*)Scratch.Take((before + (x.Row == 1 ? 0 : k)) * sizeof(T));
        var column = x.Row == 1 ? x.Start : memory + before;
        if (x.Row != 1)
            for (nint p = 0; p < k; p++) column[p] = *x.At(p, 0);

        var whole = c.Row == 1 ? m - m % Rows : 0;
        if (whole > 0) Several(whole, k, a.Start, a.Row, column, c.Start);
        for (var i = whole; i < m; i += Rows)
            Few(Math.Min(Rows, m - i), k, a.From(i, 0), column, memory, c.From(i, 0));
    }

    // Rows that are missing are stood in for by the last one.
    [MethodImpl(Compiled.Apart)]
    static void Few<T>(nint rows, nint k, View<T> a, T* x, T* sums, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* a1 = a.At(Math.Min(1, rows - 1), 0), a2 = a.At(Math.Min(2, rows - 1), 0), a3 = a.At(rows - 1, 0);
        Row(k, a.Start, a1, a2, a3, x, sums);
        for (nint i = 0; i < rows; i++) *c.At(i, 0) = sums[i];
    }

    [MethodImpl(Compiled.Apart)]
    static void Several<T>(nint m, nint k, T* a, nint row, T* x, T* c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (; m > 0; m -= Rows, a += Rows * row, c += Rows) Row(k, a, a + row, a + 2 * row, a + 3 * row, x, c);
    }

    // The sums of the blocks of k, one after the other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Row<T>(nint k, T* a0, T* a1, T* a2, T* a3, T* x, T* sums)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Block(Math.Min(k, Depth), a0, a1, a2, a3, x, sums, add: false);
        for (nint p = Depth; p < k; p += Depth)
            Block(Math.Min(k - p, Depth), a0 + p, a1 + p, a2 + p, a3 + p, x + p, sums, add: true);
    }

    // What is left of a block behind whole vectors is read as the last lanes of the vector that ends with it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block<T>(nint k, T* a0, T* a1, T* a2, T* a3, T* x, T* sums, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (s0, s1, s2, s3) = (Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero);
        nint p = 0;
        for (; p <= k - Vector512<T>.Count; p += Vector512<T>.Count)
        {
            var factor = Vector512.Load(x + p);
            s0 = MatrixTile.FusedMultiplyAdd(Vector512.Load(a0 + p), factor, s0);
            s1 = MatrixTile.FusedMultiplyAdd(Vector512.Load(a1 + p), factor, s1);
            s2 = MatrixTile.FusedMultiplyAdd(Vector512.Load(a2 + p), factor, s2);
            s3 = MatrixTile.FusedMultiplyAdd(Vector512.Load(a3 + p), factor, s3);
        }

        if (p < k)
        {
            var taken = Vector512.LessThan(
                Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(Vector512<T>.Count - (k - p))));
            p = k - Vector512<T>.Count;
            var factor = Vector512.Load(x + p);
            s0 = Last(taken, a0 + p, factor, s0);
            s1 = Last(taken, a1 + p, factor, s1);
            s2 = Last(taken, a2 + p, factor, s2);
            s3 = Last(taken, a3 + p, factor, s3);
        }

        Fold(Halves(s0), Halves(s1), Halves(s2), Halves(s3), sums, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Last<T>(Vector512<T> taken, T* a, Vector512<T> factor, Vector512<T> sum)
        where T : unmanaged =>
        Vector512.ConditionalSelect(taken, sum, MatrixTile.FusedMultiplyAdd(Vector512.Load(a), factor, sum));

    // Twice by halves: two lanes of 8 bytes are left, or four of 4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Halves<T>(Vector512<T> lanes)
        where T : unmanaged
    {
        var half = lanes.GetLower() + lanes.GetUpper();
        return half.GetLower() + half.GetUpper();
    }

    // The lanes that are left of four rows, those of each by halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Fold<T>(Vector128<T> s0, Vector128<T> s1, Vector128<T> s2, Vector128<T> s3, T* sums, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (low, high) = (Low(s0, s1) + High(s0, s1), Low(s2, s3) + High(s2, s3));
        if (sizeof(T) == sizeof(float))
        {
            low = Even(low, high) + Odd(low, high);
        }
        else
        {
            if (add) high = Vector128.Load(sums + 2) + high;
            high.Store(sums + 2);
        }

        if (add) low = Vector128.Load(sums) + low;
        low.Store(sums);
    }

    // The first halves of two vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Low<T>(Vector128<T> x, Vector128<T> y) => Sse2.IsSupported
        ? Sse2.UnpackLow(x.AsDouble(), y.AsDouble()).As<double, T>()
        : Vector128.Create(x.GetLower(), y.GetLower());

    // The second ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> High<T>(Vector128<T> x, Vector128<T> y) => Sse2.IsSupported
        ? Sse2.UnpackHigh(x.AsDouble(), y.AsDouble()).As<double, T>()
        : Vector128.Create(x.GetUpper(), y.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Even<T>(Vector128<T> x, Vector128<T> y) => Sse.IsSupported
        ? Sse.Shuffle(x.AsSingle(), y.AsSingle(), 0b10_00_10_00).As<float, T>()
        : Four(x.AsSingle(), y.AsSingle(), 0).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<T> Odd<T>(Vector128<T> x, Vector128<T> y) => Sse.IsSupported
        ? Sse.Shuffle(x.AsSingle(), y.AsSingle(), 0b11_01_11_01).As<float, T>()
        : Four(x.AsSingle(), y.AsSingle(), 1).As<float, T>();

    static Vector128<float> Four(Vector128<float> x, Vector128<float> y, int first) =>
        Vector128.Create(x[first], x[first + 2], y[first], y[first + 2]);
}
