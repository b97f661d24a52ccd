using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Products over one or two k, of which hardly anything is to be computed: strips of two vectors of columns, whose rows
/// of b stay in registers, are written row by row. The order of rounding is that of <see cref="MatrixProduct"/>.
/// </summary>
internal static unsafe class MatrixStrips
{
    // So many bytes of c stay in the second cache while strip after strip is written.
    const int FitsSecondCache = 256 * 1024;

    /// <summary>Whether such a product is done by strips.</summary>
    public static bool Takes<T>(nint m, nint n, nint k, View<T> b, View<T> c)
        where T : unmanaged =>
        k <= 2 && n >= Vector512<T>.Count && b.Column == 1 && c.Column == 1 && m * n * sizeof(T) <= FitsSecondCache;

    /// <summary>c = a b for k of 1 or 2 and at least a vector of columns.</summary>
    public static void Multiply<T>(nint m, nint n, nint k, View<T> a, View<T> b, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var last = n - Vector512<T>.Count;
        for (nint j = 0; j < n; j += 2 * Vector512<T>.Count)
        {
            // Vectors that would pass the end are written where they end with it, again in part.
            var (left, right) = (Math.Min(j, last), Math.Min(j + Vector512<T>.Count, last));
            if (k == 1) One(m, a, b.From(0, left), right - left, c.From(0, left));
            else Two(m, a, b.From(0, left), right - left, c.From(0, left));
        }
    }

    [MethodImpl(Compiled.Apart)]
    static void One<T>(nint m, View<T> a, View<T> b, nint right, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (b0, b1) = (Vector512.Load(b.Start), Vector512.Load(b.Start + right));
        T* x = a.Start, to = c.Start;
        for (; m > 0; m--, x += a.Row, to += c.Row)
        {
            var factor = Vector512.Create(*x);
            MatrixTile.FusedMultiplyAdd(factor, b0, Vector512<T>.Zero).Store(to);
            MatrixTile.FusedMultiplyAdd(factor, b1, Vector512<T>.Zero).Store(to + right);
        }
    }

    [MethodImpl(Compiled.Apart)]
    static void Two<T>(nint m, View<T> a, View<T> b, nint right, View<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (b0, b1) = (Vector512.Load(b.Start), Vector512.Load(b.Start + right));
        var (d0, d1) = (Vector512.Load(b.Start + b.Row), Vector512.Load(b.Start + b.Row + right));
        T* x = a.Start, to = c.Start;
        for (; m > 0; m--, x += a.Row, to += c.Row)
        {
            var factor = Vector512.Create(*x);
            var s0 = MatrixTile.FusedMultiplyAdd(factor, b0, Vector512<T>.Zero);
            var s1 = MatrixTile.FusedMultiplyAdd(factor, b1, Vector512<T>.Zero);
            factor = Vector512.Create(x[a.Column]);
            MatrixTile.FusedMultiplyAdd(factor, d0, s0).Store(to);
            MatrixTile.FusedMultiplyAdd(factor, d1, s1).Store(to + right);
        }
    }
}
