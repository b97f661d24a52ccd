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
        if (axis.Inner > 1)
        {
            for (var o = first; o < end; o++)
                FindInColumns(axis, x + o * axis.Length * axis.Inner, y + o * axis.Inner);
        }
        else if (axis.Length < Vector512<T>.Count || sizeof(T) < sizeof(int))
        {
            for (var o = first; o < end; o++) y[o] = FindInRow(axis, x + o * axis.Length);
        }
        else
        {
            var found = sizeof(T) == sizeof(int)
                ? FindInRows<T, int, F>(axis.Length, x + first * axis.Length, end - first, y + first)
                : FindInRows<T, long, F>(axis.Length, x + first * axis.Length, end - first, y + first);
            for (var o = first; !found && o < end; o++)
                if (y[o] < 0) y[o] = FindInRow(axis, x + o * axis.Length);
        }
    }

    // Whether all were found; -1 stands for a row that was not. Rows have at least a vector. Each lane keeps its
    // extreme and, as an integer I of the same width, the first place of it; a last vector that reads some elements
    // again changes nothing. NaN is seen by a sum, which is NaN, too, where infinities cancel: such rows are not found.
    [MethodImpl(Compiled.Apart)]
    static bool FindInRows<T, I, F>(nint length, T* x, nint rows, long* y)
        where T : unmanaged, INumber<T>
        where I : unmanaged, IBinaryInteger<I>
        where F : struct, IFold<T>
    {
        var last = length - Vector512<T>.Count;
        var step = Vector512.Create(I.CreateTruncating(Vector512<T>.Count));
        var found = true;
        for (; rows > 0; rows--, x += length, y++)
        {
            var (best, place) = (Vector512.Load(x), Vector512<I>.Indices);
            var (sum, here) = (best, place);
            for (nint at = Vector512<T>.Count; at <= last; at += Vector512<T>.Count)
            {
                var next = Vector512.Load(x + at);
                here += step;
                place = Vector512.ConditionalSelect(Wins<T, F>(next, best).As<T, I>(), here, place);
                best = Best<T, F>(next, best);
                sum += next;
            }

            var end = Vector512.Load(x + last);
            place = Vector512.ConditionalSelect(
                Wins<T, F>(end, best).As<T, I>(),
                Vector512<I>.Indices + Vector512.Create(I.CreateTruncating(last)),
                place);
            best = Best<T, F>(end, best);
            sum += end;
            var isFound = Vector512.EqualsAll(sum, sum);
            *y = isFound ? FirstLane<T, I, F>(best, place) : -1;
            found &= isFound;
        }

        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Wins<T, F>(Vector512<T> x, Vector512<T> y)
        where T : unmanaged, INumber<T> =>
        typeof(F) == typeof(MaxFold<T>) ? Vector512.GreaterThan(x, y) : Vector512.LessThan(x, y);

    // Of numbers: what the fold does besides for NaN is left out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Best<T, F>(Vector512<T> x, Vector512<T> y)
        where T : unmanaged, INumber<T> =>
        typeof(F) == typeof(MaxFold<T>) ? Vector512.MaxNative(x, y) : Vector512.MinNative(x, y);

    // The least of the places of lanes that hold the extreme of all lanes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static long FirstLane<T, I, F>(Vector512<T> best, Vector512<I> place)
        where T : unmanaged, INumber<T>
        where I : unmanaged, IBinaryInteger<I>
    {
        var all = Best<T, F>(best, Half(best));
        all = Best<T, F>(all, Quarter(all));
        all = Best<T, F>(all, Eighth(all));
        if (sizeof(T) == sizeof(int)) all = Best<T, F>(all, Sixteenth(all));
        var isBest = Vector512.Equals(best, Vector512.Create(all.ToScalar())).As<T, I>();
        var first = Vector512.ConditionalSelect(isBest, place, Vector512.Create(I.CreateSaturating(long.MaxValue)));
        first = Vector512.Min(first, Half(first));
        first = Vector512.Min(first, Quarter(first));
        first = Vector512.Min(first, Eighth(first));
        if (sizeof(T) == sizeof(int)) first = Vector512.Min(first, Sixteenth(first));
        return long.CreateTruncating(first.ToScalar());
    }

    // The second half of a vector's lanes, of the first half of them, and so on, where the first lanes lie.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Half<T>(Vector512<T> x) => x.GetUpper().ToVector512();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Quarter<T>(Vector512<T> x) => x.GetLower().GetUpper().ToVector256().ToVector512();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Eighth<T>(Vector512<T> x) =>
        Vector128.Shuffle(x.GetLower().GetLower().AsInt64(), Vector128.Create(1L, 0)).As<long, T>()
            .ToVector256().ToVector512();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Sixteenth<T>(Vector512<T> x) =>
        Vector128.Shuffle(x.GetLower().GetLower().AsInt32(), Vector128.Create(1, 0, 3, 2)).As<int, T>()
            .ToVector256().ToVector512();

    // The extreme first and then the first place that holds it: both passes run over whole vectors.
    static long FindInRow<T, F>(ReductionAxis<T, F> axis, T* x)
        where T : unmanaged, INumber<T>
        where F : struct, IFold<T>
    {
        T extreme;
        axis.Tree(x, axis.Length, 1, &extreme);
        return T.IsNaN(extreme) ? FirstNaN(x, axis.Length, 1) : First(x, axis.Length, extreme);
    }

    // Inlined, it keeps nothing across a call, and rows of four elements are found a twentieth sooner.
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
    [MethodImpl(Compiled.Apart)]
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
