using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>A number known when a kernel is compiled, so that the loops over it vanish.</summary>
internal interface IExtent
{
    static abstract int Value { get; }
}

internal readonly struct One : IExtent
{
    public static int Value => 1;
}

internal readonly struct Two : IExtent
{
    public static int Value => 2;
}

internal readonly struct Four : IExtent
{
    public static int Value => 4;
}

internal readonly struct Six : IExtent
{
    public static int Value => 6;
}

internal readonly struct Eight : IExtent
{
    public static int Value => 8;
}

internal readonly struct Twelve : IExtent
{
    public static int Value => 12;
}

/// <summary>
/// The kernel of the matrix product: a tile of up to 12 rows and 2 vectors of columns held in registers, over one
/// block of k. See <see cref="MatrixProduct"/> for the order of rounding.
/// </summary>
internal static unsafe class MatrixTile
{
    // The two accumulators of a row. Each is a local of its own once the compiler has taken the struct apart; in
    // stack memory they would cost three quarters of the speed.
    internal struct Accumulators<T>
    {
        public Vector512<T> Left;
        public Vector512<T> Right;
    }

    /// <summary>
    /// c(i, j) = [c(i, j) +] sum over p below <paramref name="k"/> of a(i, p) b(p, j), for i below
    /// <paramref name="rows"/> (at most H) and W vectors of columns. All H rows of a and all columns of b are read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, H, W>(nint k, View<T> a, T* b, nint bRow, T* c, nint cRow, nint rows, bool add)
        where T : unmanaged, IFloatingPointIeee754<T>
        where H : struct, IExtent
        where W : struct, IExtent
    {
        Accumulators<T> r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default;
        Accumulators<T> r6 = default, r7 = default, r8 = default, r9 = default, r10 = default, r11 = default;
        var (once, twice, next) = (a.Row, 2 * a.Row, a.Column);
        T* a0 = a.Start, a3 = a0 + 3 * once, a6 = a0 + 6 * once, a9 = a0 + 9 * once;
        for (; k > 0; k--, b += bRow, a0 += next, a3 += next, a6 += next, a9 += next)
        {
            var left = Vector512.Load(b);
            var right = W.Value > 1 ? Vector512.Load(b + Vector512<T>.Count) : default;
            Add<T, W>(ref r0, *a0, left, right);
            if (H.Value > 1) Add<T, W>(ref r1, a0[once], left, right);
            if (H.Value > 2) Add<T, W>(ref r2, a0[twice], left, right);
            if (H.Value > 3) Add<T, W>(ref r3, *a3, left, right);
            if (H.Value > 4) Add<T, W>(ref r4, a3[once], left, right);
            if (H.Value > 5) Add<T, W>(ref r5, a3[twice], left, right);
            if (H.Value > 6) Add<T, W>(ref r6, *a6, left, right);
            if (H.Value > 7) Add<T, W>(ref r7, a6[once], left, right);
            if (H.Value > 8) Add<T, W>(ref r8, a6[twice], left, right);
            if (H.Value > 9) Add<T, W>(ref r9, *a9, left, right);
            if (H.Value > 10) Add<T, W>(ref r10, a9[once], left, right);
            if (H.Value > 11) Add<T, W>(ref r11, a9[twice], left, right);
        }

        Store<T, W>(r0, c, add);
        if (H.Value > 1 && rows > 1) Store<T, W>(r1, c + cRow, add);
        if (H.Value > 2 && rows > 2) Store<T, W>(r2, c + 2 * cRow, add);
        if (H.Value > 3 && rows > 3) Store<T, W>(r3, c + 3 * cRow, add);
        if (H.Value > 4 && rows > 4) Store<T, W>(r4, c + 4 * cRow, add);
        if (H.Value > 5 && rows > 5) Store<T, W>(r5, c + 5 * cRow, add);
        if (H.Value > 6 && rows > 6) Store<T, W>(r6, c + 6 * cRow, add);
        if (H.Value > 7 && rows > 7) Store<T, W>(r7, c + 7 * cRow, add);
        if (H.Value > 8 && rows > 8) Store<T, W>(r8, c + 8 * cRow, add);
        if (H.Value > 9 && rows > 9) Store<T, W>(r9, c + 9 * cRow, add);
        if (H.Value > 10 && rows > 10) Store<T, W>(r10, c + 10 * cRow, add);
        if (H.Value > 11 && rows > 11) Store<T, W>(r11, c + 11 * cRow, add);
    }

    /// <summary>A row takes in the products of a number and two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<T, W>(ref Accumulators<T> row, T x, Vector512<T> left, Vector512<T> right)
        where T : unmanaged
        where W : struct, IExtent
    {
        var all = Vector512.Create(x);
        row.Left = FusedMultiplyAdd(all, left, row.Left);
        if (W.Value > 1) row.Right = FusedMultiplyAdd(all, right, row.Right);
    }

    /// <summary>Writes a row, or adds it to what stands there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T, W>(Accumulators<T> row, T* c, bool add)
        where T : unmanaged
        where W : struct, IExtent
    {
        var left = add ? Vector512.Load(c) + row.Left : row.Left;
        left.Store(c);
        if (W.Value == 1) return;
        var right = add ? Vector512.Load(c + Vector512<T>.Count) + row.Right : row.Right;
        right.Store(c + Vector512<T>.Count);
    }

    // Not MultiplyAddEstimate, which rounds once or twice as the hardware likes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> FusedMultiplyAdd<T>(Vector512<T> x, Vector512<T> y, Vector512<T> sum) =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), sum.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), sum.AsDouble()).As<double, T>();
}
