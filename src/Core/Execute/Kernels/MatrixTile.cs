using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The kernel of the matrix product: a tile of up to 8 rows and 3 vectors of columns held in registers, over one
/// block of k. See <see cref="MatrixProduct"/> for the order of rounding.
/// </summary>
internal static unsafe partial class MatrixTile
{
    // The lines of c are asked for so many steps before they are needed.
    const int Late = 64;

    // The accumulators of a row. Each is a local of its own once the compiler has taken the struct apart; in
    // stack memory they would cost three quarters of the speed.
    internal struct Accumulators<T>
    {
        public Vector512<T> Left;
        public Vector512<T> Middle;
        public Vector512<T> Right;
    }

    /// <summary>How a and b lie: in general, with any strides.</summary>
    internal readonly struct Anyhow : ILayout;

    /// <summary>The rows of a lie one after the other in memory.</summary>
    internal readonly struct Rows : ILayout
    {
        public static bool AreRows => true;
    }

    /// <summary>Both are panels, so that all places are known when the kernel is compiled.</summary>
    internal readonly struct Panels : ILayout
    {
        public static bool ArePanels => true;
    }

    internal interface ILayout
    {
        static virtual bool AreRows => false;

        static virtual bool ArePanels => false;
    }

    /// <summary>
    /// The kernel for a tile of so many rows, at most those of a full one, and of so many columns, one, two or three
    /// vectors: kernel(k, a, aRow, aColumn, b, bRow, copy, c, cRow, add) computes
    /// c[i * cRow + j] = [c[i * cRow + j] +] sum over p below k of a[i * aRow + p * aColumn] b[p * bRow + j].
    /// </summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="aRow">How far apart the rows of a lie.</param>
    /// <param name="aColumn">How far apart the columns of a lie.</param>
    /// <param name="bRow">How far apart the rows of b lie.</param>
    /// <param name="copies">Whether the vectors of b are stored at copy, too, one after the other.</param>
    public static delegate*<nint, T*, nint, nint, T*, nint, T*, T*, nint, bool, void> Kernel<T>(
        nint rows, nint columns, nint aRow, nint aColumn, nint bRow, bool copies)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        copies ? Kernel<T, Anyhow, One>(rows, columns)
        : ArePanels(rows, columns, aRow, aColumn, bRow) ? Kernel<T, Panels, Zero>(rows, columns)
        : aColumn == 1 ? Kernel<T, Rows, Zero>(rows, columns)
        : Kernel<T, Anyhow, Zero>(rows, columns);

    /// <summary>Whether the operands of a tile lie as panels.</summary>
    public static bool ArePanels(nint rows, nint columns, nint aRow, nint aColumn, nint bRow) =>
        aRow == 1 && aColumn == rows && bRow == columns;

    static delegate*<nint, T*, nint, nint, T*, nint, T*, T*, nint, bool, void> Kernel<T, L, C>(nint rows, nint columns)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : struct, ILayout
        where C : struct, IExtent =>
        (columns / Vector512<T>.Count) switch
        {
            1 => Kernel<T, One, L, C>(rows),
            2 => Kernel<T, Two, L, C>(rows),
            _ => Kernel<T, Three, L, C>(rows),
        };

    static delegate*<nint, T*, nint, nint, T*, nint, T*, T*, nint, bool, void> Kernel<T, W, L, C>(nint rows)
        where T : unmanaged, IFloatingPointIeee754<T>
        where W : struct, IExtent
        where L : struct, ILayout
        where C : struct, IExtent =>
        rows switch
        {
            1 => &Run<T, One, W, L, C>,
            2 => &Run<T, Two, W, L, C>,
            3 => &Run<T, Three, W, L, C>,
            4 => &Run<T, Four, W, L, C>,
            5 => &Run<T, Five, W, L, C>,
            6 => &Run<T, Six, W, L, C>,
            7 => &Run<T, Seven, W, L, C>,
            _ => &Run<T, Eight, W, L, C>,
        };

    [MethodImpl(Compiled.Apart)]
    static void Run<T, H, W, L, C>(
        nint k, T* a, nint once, nint next, T* b, nint bRow, T* copy, T* c, nint cRow, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
        where H : struct, IExtent
        where W : struct, IExtent
        where L : struct, ILayout
        where C : struct, IExtent
    {
        Accumulators<T> r0 = default, r1 = default, r2 = default, r3 = default;
        Accumulators<T> r4 = default, r5 = default, r6 = default, r7 = default;
        Sum<T, H, W, L, C>(
            k, a, once, next, b, bRow, copy, null, 0, c, cRow,
            ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        if (add)
            Resume<T, H, W>(c, cRow, ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Store<T, H, W>(c, cRow, r0, r1, r2, r3, r4, r5, r6, r7);
    }

    /// <summary>
    /// Adds the products over one block of k to the accumulators. The vectors of b are stored at
    /// <paramref name="copy"/>, too, where C is more than 0. What the tile will touch next is asked for in time: the
    /// lines of c, and those of <paramref name="x"/>, which lies as c does, unless it is null.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum<T, H, W, L, C>(
        nint k, T* a0, nint once, nint next, T* b, nint bRow, T* copy, T* x, nint xRow,
        T* c, nint cRow,
        ref Accumulators<T> r0, ref Accumulators<T> r1, ref Accumulators<T> r2, ref Accumulators<T> r3,
        ref Accumulators<T> r4, ref Accumulators<T> r5, ref Accumulators<T> r6, ref Accumulators<T> r7)
        where T : unmanaged, IFloatingPointIeee754<T>
        where H : struct, IExtent
        where W : struct, IExtent
        where L : struct, ILayout
        where C : struct, IExtent
    {
        if (L.ArePanels) (next, bRow) = (H.Value, W.Value * Vector512<T>.Count);
        if (L.AreRows) next = 1;
        T* a3 = a0 + 3 * once, a6 = a0 + 6 * once;
        // They are asked for in time, but not so early that a and b drive it out again.
        var steps = k > Late ? k - Late : 0;
        var last = k - steps;
        while (true)
        {
            // Four steps at a time take fewer instructions, which counts where a core is shared.
            for (; (L.AreRows || L.ArePanels) && steps >= 4; steps -= 4)
            {
                Step<T, H, W, L>(
                    0, a0, a3, a6, once, b, ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
                if (!L.ArePanels) b += bRow;
                Step<T, H, W, L>(
                    1, a0, a3, a6, once, b, ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
                if (!L.ArePanels) b += bRow;
                Step<T, H, W, L>(
                    2, a0, a3, a6, once, b, ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
                if (!L.ArePanels) b += bRow;
                Step<T, H, W, L>(
                    3, a0, a3, a6, once, b, ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
                b += L.ArePanels ? 4 * W.Value * Vector512<T>.Count : bRow;
                a0 += 4 * next;
                a3 += 4 * next;
                a6 += 4 * next;
            }

            for (; steps > 0; steps--, b += bRow, a0 += next, a3 += next, a6 += next)
            {
                if (C.Value > 0) copy = Copy<T, W>(b, copy);
                Step<T, H, W, L>(
                    0, a0, a3, a6, once, b, ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
            }

            if (last == 0) break;
            Prefetch<T, W>(c, cRow, H.Value);
            if (x is not null) Prefetch<T, W>(x, xRow, H.Value);
            (steps, last) = (last, 0);
        }
    }

    // All rows take in their products with one row of b. It lies p steps behind a0, a3 and a6, the first, fourth and
    // seventh row of a, and behind b as well where both are panels; all of it in one expression for each operand, as
    // the compiler otherwise computes where the step begins.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Step<T, H, W, L>(nint p, T* a0, T* a3, T* a6, nint once, T* b,
        ref Accumulators<T> r0, ref Accumulators<T> r1, ref Accumulators<T> r2, ref Accumulators<T> r3,
        ref Accumulators<T> r4, ref Accumulators<T> r5, ref Accumulators<T> r6, ref Accumulators<T> r7)
        where T : unmanaged
        where H : struct, IExtent
        where W : struct, IExtent
        where L : struct, ILayout
    {
        var q = L.ArePanels ? p * W.Value : 0;
        var left = Vector512.Load(b + q * Vector512<T>.Count);
        var middle = W.Value > 1 ? Vector512.Load(b + (q + 1) * Vector512<T>.Count) : default;
        var right = W.Value > 2 ? Vector512.Load(b + (q + 2) * Vector512<T>.Count) : default;
        if (L.ArePanels)
        {
            var at = p * H.Value;
            Add<T, W>(ref r0, a0[at], left, middle, right);
            if (H.Value > 1) Add<T, W>(ref r1, a0[at + 1], left, middle, right);
            if (H.Value > 2) Add<T, W>(ref r2, a0[at + 2], left, middle, right);
            if (H.Value > 3) Add<T, W>(ref r3, a0[at + 3], left, middle, right);
            if (H.Value > 4) Add<T, W>(ref r4, a0[at + 4], left, middle, right);
            if (H.Value > 5) Add<T, W>(ref r5, a0[at + 5], left, middle, right);
            if (H.Value > 6) Add<T, W>(ref r6, a0[at + 6], left, middle, right);
            if (H.Value > 7) Add<T, W>(ref r7, a0[at + 7], left, middle, right);
        }
        else
        {
            Step<T, H, W>(a0, a3, a6, once, p, left, middle, right,
                ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        }
    }

    /// <summary>
    /// All rows take in the products of a number each, <paramref name="p"/> behind where their rows are at, with one,
    /// two or three vectors; <paramref name="a3"/> and <paramref name="a6"/> are the fourth and the seventh row, and
    /// rows lie <paramref name="once"/> apart.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<T, H, W>(
        T* a0, T* a3, T* a6, nint once, nint p, Vector512<T> left, Vector512<T> middle, Vector512<T> right,
        ref Accumulators<T> r0, ref Accumulators<T> r1, ref Accumulators<T> r2, ref Accumulators<T> r3,
        ref Accumulators<T> r4, ref Accumulators<T> r5, ref Accumulators<T> r6, ref Accumulators<T> r7)
        where T : unmanaged
        where H : struct, IExtent
        where W : struct, IExtent
    {
        Add<T, W>(ref r0, a0[p], left, middle, right);
        if (H.Value > 1) Add<T, W>(ref r1, a0[once + p], left, middle, right);
        if (H.Value > 2) Add<T, W>(ref r2, a0[2 * once + p], left, middle, right);
        if (H.Value > 3) Add<T, W>(ref r3, a3[p], left, middle, right);
        if (H.Value > 4) Add<T, W>(ref r4, a3[once + p], left, middle, right);
        if (H.Value > 5) Add<T, W>(ref r5, a3[2 * once + p], left, middle, right);
        if (H.Value > 6) Add<T, W>(ref r6, a6[p], left, middle, right);
        if (H.Value > 7) Add<T, W>(ref r7, a6[once + p], left, middle, right);
    }

    // Stores the vectors of one row of b, and asks for those of the next panel, which lie beside them: the hardware
    // foresees no rows that lie far apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T* Copy<T, W>(T* b, T* copy)
        where T : unmanaged
        where W : struct, IExtent
    {
        Vector512.Load(b).Store(copy);
        if (W.Value > 1) Vector512.Load(b + Vector512<T>.Count).Store(copy + Vector512<T>.Count);
        if (W.Value > 2) Vector512.Load(b + 2 * Vector512<T>.Count).Store(copy + 2 * Vector512<T>.Count);
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(b + W.Value * Vector512<T>.Count);
            if (W.Value > 1) Sse.Prefetch1(b + (W.Value + 1) * Vector512<T>.Count);
            if (W.Value > 2) Sse.Prefetch1(b + (W.Value + 2) * Vector512<T>.Count);
        }

        return copy + W.Value * Vector512<T>.Count;
    }

    // A row takes in the products of a number and one, two or three vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<T, W>(
        ref Accumulators<T> row, T x, Vector512<T> left, Vector512<T> middle, Vector512<T> right)
        where T : unmanaged
        where W : struct, IExtent
    {
        var all = Vector512.Create(x);
        row.Left = FusedMultiplyAdd(all, left, row.Left);
        if (W.Value > 1) row.Middle = FusedMultiplyAdd(all, middle, row.Middle);
        if (W.Value > 2) row.Right = FusedMultiplyAdd(all, right, row.Right);
    }

    // Not MultiplyAddEstimate, which rounds once or twice as the hardware likes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FusedMultiplyAdd<T>(Vector512<T> x, Vector512<T> y, Vector512<T> sum) =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), sum.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), sum.AsDouble()).As<double, T>();
}
