using System.Buffers;
using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Folds the middle axis of a contiguous block [outer, reduce, inner] into [outer, inner].
/// </summary>
/// <remarks>
/// The order of rounding depends on the shape alone: on reduce and inner, not on outer, on threads or on the width of
/// the machine's vectors. With L lanes (64 of float, 32 of double: <see cref="Folded.LaneBytes"/>) and q the largest
/// power of two such that q inner is at most L, or 1 (<see cref="Folded.Group"/>):
/// the reduced axis is cut into leaves of 32 q elements (<see cref="Folded.Leaf"/>), the last one shorter; element r of
/// a leaf goes to lane r mod q; a lane starts from the identity (+0 for sums) and takes its elements in ascending
/// order; the lanes are folded by halves, lane i with lane i + q/2, down to one; and the leaves are folded pairwise,
/// the left subtree having the largest power of two below their number. The error of a sum of n terms so grows with
/// log n.
/// </remarks>
internal static unsafe class Reduction
{
    /// <summary>Wider blocks are cut into columns that stay in the first cache.</summary>
    public const int TileColumns = 1024;

    /// <summary>The fewest elements worth waking a thread for.</summary>
    public const int WorthAThread = 1 << 15;

    /// <summary>Sums; the sum of nothing is 0. Integers wrap.</summary>
    public static void Sum<T>(int outer, int reduce, int inner, ref readonly T x, ref T y, Workers workers)
        where T : unmanaged, INumber<T> => Fold<T, SumFold<T>>(outer, reduce, inner, in x, ref y, workers);

    /// <summary>Products; the product of nothing is 1. Integers wrap.</summary>
    public static void Product<T>(int outer, int reduce, int inner, ref readonly T x, ref T y, Workers workers)
        where T : unmanaged, INumber<T> => Fold<T, ProductFold<T>>(outer, reduce, inner, in x, ref y, workers);

    /// <summary>Largest elements; NaN if any is. Of nothing: the least value of the type; callers forbid it.</summary>
    public static void Max<T>(int outer, int reduce, int inner, ref readonly T x, ref T y, Workers workers)
        where T : unmanaged, INumber<T> => Fold<T, MaxFold<T>>(outer, reduce, inner, in x, ref y, workers);

    /// <summary>Least elements; NaN if any is. Of nothing: the largest value of the type; callers forbid it.</summary>
    public static void Min<T>(int outer, int reduce, int inner, ref readonly T x, ref T y, Workers workers)
        where T : unmanaged, INumber<T> => Fold<T, MinFold<T>>(outer, reduce, inner, in x, ref y, workers);

    /// <summary>Whether any byte of 0 and 1 is 1.</summary>
    public static void Any(int outer, int reduce, int inner, ref readonly byte x, ref byte y, Workers workers) =>
        Fold<byte, AnyFold>(outer, reduce, inner, in x, ref y, workers);

    /// <summary>Whether all bytes of 0 and 1 are 1.</summary>
    public static void All(int outer, int reduce, int inner, ref readonly byte x, ref byte y, Workers workers) =>
        Fold<byte, AllFold>(outer, reduce, inner, in x, ref y, workers);

    static void Fold<T, F>(nint outer, nint reduce, nint inner, ref readonly T x, ref T y, Workers workers)
        where T : unmanaged
        where F : struct, IFold<T>
    {
        if (outer == 0 || inner == 0) return;
        fixed (T* from = &x, to = &y)
        {
            var axis = new ReductionAxis<T, F>(reduce, inner, from + outer * reduce * inner);
            var alone = workers.Threads == 1 || outer * reduce * inner < 2 * WorthAThread;
            if (alone) Range(axis, from, to, 0, outer * Tiles(inner));
            else Share(axis, outer, from, to, workers);
        }
    }

    static nint Tiles(nint inner) => (inner + TileColumns - 1) / TileColumns;

    // Folds the whole axis for the units from first to end, a unit being a tile of columns of one outer index.
    static void Range<T, F>(ReductionAxis<T, F> axis, T* x, T* y, nint first, nint end)
        where T : unmanaged
        where F : struct, IFold<T>
    {
        if (axis.Inner == 1) axis.Rows(x + first * axis.Length, end - first, y + first);
        else for (var unit = first; unit < end; unit++) Unit(axis, x, y, unit, 0, axis.Length);
    }

    static void Unit<T, F>(ReductionAxis<T, F> axis, T* x, T* y, nint unit, nint start, nint length)
        where T : unmanaged
        where F : struct, IFold<T>
    {
        var (o, tile) = Math.DivRem(unit, Tiles(axis.Inner));
        var column = tile * TileColumns;
        var width = Math.Min(TileColumns, axis.Inner - column);
        axis.Tree(x + (o * axis.Length + start) * axis.Inner + column, length, width, y + o * axis.Inner + column);
    }

    static void Share<T, F>(ReductionAxis<T, F> axis, nint outer, T* x, T* y, Workers workers)
        where T : unmanaged
        where F : struct, IFold<T>
    {
        var units = outer * Tiles(axis.Inner);
        var unitSize = axis.Length * Math.Min(axis.Inner, TileColumns);
        if (units < 4 * workers.Threads && unitSize >= 2 * WorthAThread)
        {
            ShareAxis(axis, outer, x, y, workers);
            return;
        }

        var each = Math.Max(1, WorthAThread / unitSize);
        var parts = (units + each - 1) / each;
        workers.Run((int)parts, (axis, X: (nint)x, Y: (nint)y, each, units), static (s, part) =>
            Range(s.axis, (T*)s.X, (T*)s.Y, part * s.each, Math.Min(s.units, (part + 1) * s.each)));
    }

    // Complete subtrees of a power of two of leaves, each by one thread, then the tree above them.
    static void ShareAxis<T, F>(ReductionAxis<T, F> axis, nint outer, T* x, T* y, Workers workers)
        where T : unmanaged
        where F : struct, IFold<T>
    {
        var length = axis.Leaf;
        while (length * Math.Min(axis.Inner, TileColumns) < WorthAThread) length *= 2;
        var (units, row) = (outer * Tiles(axis.Inner), outer * axis.Inner);
        var pieces = (axis.Length + length - 1) / length;
        var rented = ArrayPool<T>.Shared.Rent(checked((int)(pieces * row)));
        fixed (T* pinned = rented)
        {
            workers.Run((int)(pieces * units), (axis, X: (nint)x, Sums: (nint)pinned, units, row, length),
                static (s, part) =>
                {
                    var (piece, unit) = Math.DivRem(part, s.units);
                    var start = piece * s.length;
                    Unit(s.axis, (T*)s.X, (T*)s.Sums + piece * s.row, unit,
                        start, Math.Min(s.length, s.axis.Length - start));
                });
            for (nint apart = 1; apart < pieces; apart *= 2)
                for (nint i = 0; i + apart < pieces; i += 2 * apart)
                    ReductionAxis<T, F>.Combine(pinned + i * row, pinned + (i + apart) * row, row);
            Buffer.MemoryCopy(pinned, y, row * sizeof(T), row * sizeof(T));
        }

        ArrayPool<T>.Shared.Return(rented);
    }
}
