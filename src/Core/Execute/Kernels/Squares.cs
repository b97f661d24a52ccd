using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Squares of as many rows as a 512-bit vector has elements of 4 or 8 bytes, turned in registers, where the machine
/// has such vectors. Elements only move, so these instructions cannot change a result.
/// </summary>
internal static unsafe class Squares
{
    // How many bytes of each row are asked for in advance: there are more rows than the hardware follows.
    const int Ahead = 256;

    // Which quarters of two vectors go together: the even ones of each, or the odd ones.
    const byte Even = 0b10_00_10_00;
    const byte Odd = 0b11_01_11_01;

    /// <summary>Whether this machine turns squares of this type.</summary>
    public static bool Are<T>() where T : unmanaged =>
        Avx512F.IsSupported && (sizeof(T) == sizeof(float) || sizeof(T) == sizeof(double));

    /// <summary>to[j * toRow + i] = from[i * fromRow + j] for the i and j of a square.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy<T>(T* from, nint fromRow, T* to, nint toRow)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(float)) Sixteen((float*)from, fromRow, (float*)to, toRow);
        else Eight((double*)from, fromRow, (double*)to, toRow);
    }

    /// <summary>The same for half as many rows of 4-byte elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyHalf(float* from, nint fromRow, float* to, nint toRow)
    {
        var (a0, a1, a2, a3) = Four(from, fromRow);
        var (b0, b1, b2, b3) = Four(from + 4 * fromRow, fromRow);
        StoreHalves(a0, b0, to, toRow);
        StoreHalves(a1, b1, to + toRow, toRow);
        StoreHalves(a2, b2, to + 2 * toRow, toRow);
        StoreHalves(a3, b3, to + 3 * toRow, toRow);
    }

    // Stores the first quarters of the two together, the second ones four rows further, and so on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreHalves(Vector512<double> a, Vector512<double> b, float* to, nint toRow)
    {
        var first = Avx512F.PermuteVar8x64x2(a, Vector512.Create(0L, 1, 8, 9, 2, 3, 10, 11), b).AsSingle();
        var second = Avx512F.PermuteVar8x64x2(a, Vector512.Create(4L, 5, 12, 13, 6, 7, 14, 15), b).AsSingle();
        first.GetLower().Store(to);
        first.GetUpper().Store(to + 4 * toRow);
        second.GetLower().Store(to + 8 * toRow);
        second.GetUpper().Store(to + 12 * toRow);
    }

    // Four rows give four vectors whose quarters hold a column each; the quarters of sixteen rows then go together.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Sixteen(float* from, nint fromRow, float* to, nint toRow)
    {
        var (a0, a1, a2, a3) = Four(from, fromRow);
        var (b0, b1, b2, b3) = Four(from + 4 * fromRow, fromRow);
        var (c0, c1, c2, c3) = Four(from + 8 * fromRow, fromRow);
        var (d0, d1, d2, d3) = Four(from + 12 * fromRow, fromRow);
        StoreQuarters(a0, b0, c0, d0, (double*)to, 2 * toRow);
        StoreQuarters(a1, b1, c1, d1, (double*)(to + toRow), 2 * toRow);
        StoreQuarters(a2, b2, c2, d2, (double*)(to + 2 * toRow), 2 * toRow);
        StoreQuarters(a3, b3, c3, d3, (double*)(to + 3 * toRow), 2 * toRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double>, Vector512<double>, Vector512<double>, Vector512<double>) Four(float* from, nint row)
    {
        var (r0, r1) = (Load(from), Load(from + row));
        var (r2, r3) = (Load(from + 2 * row), Load(from + 3 * row));
        var (s0, s1) = (Avx512F.UnpackLow(r0, r1).AsDouble(), Avx512F.UnpackHigh(r0, r1).AsDouble());
        var (s2, s3) = (Avx512F.UnpackLow(r2, r3).AsDouble(), Avx512F.UnpackHigh(r2, r3).AsDouble());
        return (Avx512F.UnpackLow(s0, s2), Avx512F.UnpackHigh(s0, s2),
            Avx512F.UnpackLow(s1, s3), Avx512F.UnpackHigh(s1, s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Eight(double* from, nint fromRow, double* to, nint toRow)
    {
        var (r0, r1) = (Load(from), Load(from + fromRow));
        var (r2, r3) = (Load(from + 2 * fromRow), Load(from + 3 * fromRow));
        from += 4 * fromRow;
        var (r4, r5) = (Load(from), Load(from + fromRow));
        var (r6, r7) = (Load(from + 2 * fromRow), Load(from + 3 * fromRow));
        StoreQuarters(Avx512F.UnpackLow(r0, r1), Avx512F.UnpackLow(r2, r3),
            Avx512F.UnpackLow(r4, r5), Avx512F.UnpackLow(r6, r7), to, 2 * toRow);
        StoreQuarters(Avx512F.UnpackHigh(r0, r1), Avx512F.UnpackHigh(r2, r3),
            Avx512F.UnpackHigh(r4, r5), Avx512F.UnpackHigh(r6, r7), to + toRow, 2 * toRow);
    }

    // Stores the first quarters of the four together, the second ones a step further, and so on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreQuarters(Vector512<double> a, Vector512<double> b, Vector512<double> c, Vector512<double> d,
        double* to, nint step)
    {
        var (e0, e1) = (Avx512F.Shuffle4x128(a, b, Even), Avx512F.Shuffle4x128(c, d, Even));
        var (o0, o1) = (Avx512F.Shuffle4x128(a, b, Odd), Avx512F.Shuffle4x128(c, d, Odd));
        Avx512F.Shuffle4x128(e0, e1, Even).Store(to);
        Avx512F.Shuffle4x128(o0, o1, Even).Store(to + step);
        Avx512F.Shuffle4x128(e0, e1, Odd).Store(to + 2 * step);
        Avx512F.Shuffle4x128(o0, o1, Odd).Store(to + 3 * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Load<T>(T* from)
        where T : unmanaged
    {
        Sse.Prefetch0((byte*)from + Ahead);
        return Vector512.Load(from);
    }
}
