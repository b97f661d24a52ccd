using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Positions of the extreme elements along the middle axis of a contiguous block [outer, reduce, inner], into
/// [outer, inner]. The first of equals wins, and NaN is the extreme of all, as in NumPy. The axis must not be empty.
/// </summary>
internal static unsafe class ArgReduction
{
    const nint PartSize = 1 << 15;
    const int TileColumns = 512;

    /// <summary>Positions of the largest elements.</summary>
    public static void ArgMax<T>(int outer, int reduce, int inner, ref readonly T x, ref long y, Workers workers)
        where T : unmanaged, INumber<T> =>
        Find<T, MaxFold<T>>(outer, reduce, inner, in x, ref y, workers);

    /// <summary>Positions of the least elements.</summary>
    public static void ArgMin<T>(int outer, int reduce, int inner, ref readonly T x, ref long y, Workers workers)
        where T : unmanaged, INumber<T> =>
        Find<T, MinFold<T>>(outer, reduce, inner, in x, ref y, workers);

    static void Find<T, F>(nint outer, nint reduce, nint inner, ref readonly T x, ref long y, Workers workers)
        where T : unmanaged, INumber<T>
        where F : struct, IFold<T>
    {
        if (outer == 0 || inner == 0) return;
        fixed (T* pinned = &x)
        fixed (long* target = &y)
        {
            var each = Math.Max(1, PartSize / Math.Max(1, reduce * inner));
            var axis = new ReductionAxis<T, F>(reduce, inner, pinned + outer * reduce * inner);
            workers.Run((int)((outer + each - 1) / each),
                (axis, outer, each, From: (nint)pinned, To: (nint)target), static (s, part) =>
                    FindIn(s.axis, part * s.each, Math.Min(s.outer, (part + 1) * s.each), (T*)s.From, (long*)s.To));
        }
    }

    static void FindIn<T, F>(ReductionAxis<T, F> axis, nint first, nint end, T* x, long* y)
        where T : unmanaged, INumber<T>
        where F : struct, IFold<T>
    {
        for (var o = first; o < end; o++)
        {
            if (axis.Inner == 1) y[o] = FindInRow(axis, x + o * axis.Length);
            else FindInColumns(axis, x + o * axis.Length * axis.Inner, y + o * axis.Inner);
        }
    }

    // The extreme first and then the first place that holds it: both passes run over whole vectors.
    static long FindInRow<T, F>(ReductionAxis<T, F> axis, T* x)
        where T : unmanaged, INumber<T>
        where F : struct, IFold<T>
    {
        T extreme;
        axis.Tree(x, axis.Length, 1, &extreme);
        return T.IsNaN(extreme) ? FirstNaN(x, axis.Length, 1) : First(x, axis.Length, extreme);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static long First<T>(T* x, nint count, T value)
        where T : unmanaged, INumber<T>
    {
        nint i = 0;
        var wanted = Vector512.Create(value);
        while (i <= count - Vector512<T>.Count && !Vector512.EqualsAny(Vector512.Load(x + i), wanted))
            i += Vector512<T>.Count;
        while (x[i] != value) i++;
        return i;
    }

    static long FirstNaN<T>(T* x, nint count, nint stride)
        where T : unmanaged, INumber<T>
    {
        nint i = 0;
        while (i < count && !T.IsNaN(x[i * stride])) i++;
        return i;
    }

    // Row by row, so that memory is read in order, and only where a vector holds an extreme element by element.
    static void FindInColumns<T, F>(ReductionAxis<T, F> axis, T* x, long* y)
        where T : unmanaged, INumber<T>
        where F : struct, IFold<T>
    {
        var extremes = stackalloc T[TileColumns];
        for (nint column = 0; column < axis.Inner; column += TileColumns)
        {
            var width = Math.Min(TileColumns, axis.Inner - column);
            new Span<long>(y + column, (int)width).Fill(-1);
            axis.Tree(x + column, axis.Length, width, extremes);
            var missing = width;
            for (nint j = 0; j < width; j++)
            {
                if (!T.IsNaN(extremes[j])) continue;
                y[column + j] = FirstNaN(x + column + j, axis.Length, axis.Inner);
                missing--;
            }

            for (nint r = 0; missing > 0; r++)
                missing -= Mark(x + r * axis.Inner + column, extremes, width, r, y + column);
        }
    }

    // Returns how many columns found their place.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static nint Mark<T>(T* x, T* extremes, nint width, nint row, long* y)
        where T : unmanaged, INumber<T>
    {
        nint j = 0, found = 0;
        for (; j <= width - Vector512<T>.Count; j += Vector512<T>.Count)
        {
            if (!Vector512.EqualsAny(Vector512.Load(x + j), Vector512.Load(extremes + j))) continue;
            found += MarkEach(x + j, extremes + j, Vector512<T>.Count, row, y + j);
        }

        return found + MarkEach(x + j, extremes + j, width - j, row, y + j);
    }

    static nint MarkEach<T>(T* x, T* extremes, nint width, nint row, long* y)
        where T : unmanaged, INumber<T>
    {
        nint found = 0;
        for (nint j = 0; j < width; j++)
        {
            if (x[j] != extremes[j] || y[j] >= 0) continue;
            y[j] = row;
            found++;
        }

        return found;
    }
}
