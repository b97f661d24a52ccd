using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>Which of two elements an arg-reduction keeps.</summary>
internal interface IChoice<T>
    where T : unmanaged
{
    /// <summary>Whether x displaces an earlier element.</summary>
    static abstract bool Displaces(T x, T earlier);
}

internal readonly struct LargerChoice<T> : IChoice<T>
    where T : unmanaged, INumber<T>
{
    public static bool Displaces(T x, T earlier) => (x > earlier || T.IsNaN(x)) && !T.IsNaN(earlier);
}

internal readonly struct SmallerChoice<T> : IChoice<T>
    where T : unmanaged, INumber<T>
{
    public static bool Displaces(T x, T earlier) => (x < earlier || T.IsNaN(x)) && !T.IsNaN(earlier);
}

/// <summary>
/// Positions of the extreme elements along the middle axis of a contiguous block [outer, reduce, inner], into
/// [outer, inner]. The first of equals wins, and NaN is the extreme of all, as in NumPy. The axis must not be empty.
/// </summary>
internal static unsafe class ArgReduction
{
    const nint PartSize = 1 << 15;

    /// <summary>Positions of the largest elements.</summary>
    public static void ArgMax<T>(int outer, int reduce, int inner, ref readonly T x, ref long y, Workers workers)
        where T : unmanaged, INumber<T> =>
        Find<T, MaxFold<T>, LargerChoice<T>>(outer, reduce, inner, in x, ref y, workers);

    /// <summary>Positions of the least elements.</summary>
    public static void ArgMin<T>(int outer, int reduce, int inner, ref readonly T x, ref long y, Workers workers)
        where T : unmanaged, INumber<T> =>
        Find<T, MinFold<T>, SmallerChoice<T>>(outer, reduce, inner, in x, ref y, workers);

    static void Find<T, F, C>(nint outer, nint reduce, nint inner, ref readonly T x, ref long y, Workers workers)
        where T : unmanaged, INumber<T>
        where F : struct, IFold<T>
        where C : struct, IChoice<T>
    {
        if (outer == 0 || inner == 0) return;
        fixed (T* pinned = &x)
        fixed (long* target = &y)
        {
            T* from = pinned, end = pinned + outer * reduce * inner;
            var to = target;
            var each = Math.Max(1, PartSize / Math.Max(1, reduce * inner));
            var axis = new ReductionAxis<T, F>(reduce, inner, end);
            void Part(int part)
            {
                for (var o = part * each; o < Math.Min(outer, (part + 1) * each); o++)
                {
                    if (inner == 1) to[o] = FindInRow(axis, from + o * reduce);
                    else FindInColumns<T, C>(reduce, inner, from + o * reduce * inner, to + o * inner);
                }
            }

            workers.Run((int)((outer + each - 1) / each), Part);
        }
    }

    // The extreme first and then the first place that holds it: both passes run over whole vectors.
    static long FindInRow<T, F>(ReductionAxis<T, F> axis, T* x)
        where T : unmanaged, INumber<T>
        where F : struct, IFold<T>
    {
        T extreme;
        axis.Tree(x, axis.Length, 1, &extreme);
        return T.IsNaN(extreme) ? FirstNaN(x, axis.Length) : First(x, axis.Length, extreme);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static long FirstNaN<T>(T* x, nint count)
        where T : unmanaged, INumber<T>
    {
        nint i = 0;
        while (i < count && !T.IsNaN(x[i])) i++;
        return i;
    }

    // Row by row, so that memory is read in order; the column's best so far is found at its position.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void FindInColumns<T, C>(nint rows, nint columns, T* x, long* y)
        where T : unmanaged, INumber<T>
        where C : struct, IChoice<T>
    {
        new Span<long>(y, (int)columns).Clear();
        for (nint r = 1; r < rows; r++)
            for (nint j = 0; j < columns; j++)
                if (C.Displaces(x[r * columns + j], x[(nint)y[j] * columns + j])) y[j] = r;
    }
}
