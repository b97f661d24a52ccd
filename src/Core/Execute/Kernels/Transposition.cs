using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistGrad.Execute.Kernels;

/// <summary>Copies a small matrix to its transpose: whole vectors in registers, what is left one by one.</summary>
internal static unsafe class Transposition
{
    // How many bytes of each row are asked for in advance: there are more rows than the hardware follows.
    const int Ahead = 256;

    /// <summary>
    /// to[j * toRow + i] = from[i * fromRow + j] for i below <paramref name="rows"/>, j below
    /// <paramref name="columns"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(nint rows, nint columns, T* from, nint fromRow, T* to, nint toRow)
        where T : unmanaged
    {
        nint wholeRows = 0, wholeColumns = 0;
        if (Avx512F.IsSupported && sizeof(T) is sizeof(uint) or sizeof(ulong))
        {
            var side = Vector512<byte>.Count / sizeof(T);
            (wholeRows, wholeColumns) = (rows & -side, columns & -side);
            for (nint j = 0; j < wholeColumns; j += side)
                for (nint i = 0; i < wholeRows; i += side)
                    Square<T>(from + i * fromRow + j, fromRow, to + j * toRow + i, toRow);
        }

        if (wholeRows > 0 && wholeColumns < columns)
            Lines(wholeRows, columns - wholeColumns, from + wholeColumns, fromRow, to + wholeColumns * toRow, toRow);
        if (wholeRows < rows) Lines(rows - wholeRows, columns, from + wholeRows * fromRow, fromRow, to + wholeRows, toRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Square<T>(T* from, nint fromRow, T* to, nint toRow)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(uint)) SixteenBySixteen((float*)from, fromRow, (float*)to, toRow);
        else EightByEight((double*)from, fromRow, (double*)to, toRow);
    }

    // What the squares leave, or all of it where vectors are narrow.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Lines<T>(nint rows, nint columns, T* from, nint fromRow, T* to, nint toRow)
        where T : unmanaged
    {
        var (wholeRows, wholeColumns) = sizeof(T) switch
        {
            sizeof(uint) => (rows & ~3, columns & ~7),
            sizeof(ulong) => (rows & ~3, columns & ~3),
            _ => (0, 0),
        };
        // A cache line of each row at a time: where rows lie a power of two apart, few lines survive in the cache.
        var line = 64 / sizeof(T);
        for (nint j = 0; j < wholeColumns; j += line)
            for (nint i = 0; i < wholeRows; i += 4)
                Line(from + i * fromRow + j, fromRow, to + j * toRow + i, toRow, wholeColumns - j);

        OneByOne(0, wholeRows, wholeColumns, columns, from, fromRow, to, toRow);
        OneByOne(wholeRows, rows, 0, columns, from, fromRow, to, toRow);
    }

    // Four rows give four vectors whose quarters hold a column each; the quarters of sixteen rows then go together.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void SixteenBySixteen(float* from, nint fromRow, float* to, nint toRow)
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
        var (r0, r1) = (Vector512.Load(from), Vector512.Load(from + row));
        var (r2, r3) = (Vector512.Load(from + 2 * row), Vector512.Load(from + 3 * row));
        for (nint i = 0; i < 4; i++) Sse.Prefetch0(from + i * row + Ahead / sizeof(float));
        var (s0, s1) = (Avx512F.UnpackLow(r0, r1).AsDouble(), Avx512F.UnpackHigh(r0, r1).AsDouble());
        var (s2, s3) = (Avx512F.UnpackLow(r2, r3).AsDouble(), Avx512F.UnpackHigh(r2, r3).AsDouble());
        return (Avx512F.UnpackLow(s0, s2), Avx512F.UnpackHigh(s0, s2),
            Avx512F.UnpackLow(s1, s3), Avx512F.UnpackHigh(s1, s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void EightByEight(double* from, nint fromRow, double* to, nint toRow)
    {
        var (r0, r1) = (Vector512.Load(from), Vector512.Load(from + fromRow));
        var (r2, r3) = (Vector512.Load(from + 2 * fromRow), Vector512.Load(from + 3 * fromRow));
        var (r4, r5) = (Vector512.Load(from + 4 * fromRow), Vector512.Load(from + 5 * fromRow));
        var (r6, r7) = (Vector512.Load(from + 6 * fromRow), Vector512.Load(from + 7 * fromRow));
        for (nint i = 0; i < 8; i++) Sse.Prefetch0(from + i * fromRow + Ahead / sizeof(double));
        StoreQuarters(Avx512F.UnpackLow(r0, r1), Avx512F.UnpackLow(r2, r3),
            Avx512F.UnpackLow(r4, r5), Avx512F.UnpackLow(r6, r7), to, 2 * toRow);
        StoreQuarters(Avx512F.UnpackHigh(r0, r1), Avx512F.UnpackHigh(r2, r3),
            Avx512F.UnpackHigh(r4, r5), Avx512F.UnpackHigh(r6, r7), to + toRow, 2 * toRow);
    }

    // Stores the first quarters of the four together, then the second ones a step further, and so on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreQuarters(Vector512<double> a, Vector512<double> b, Vector512<double> c, Vector512<double> d,
        double* to, nint step)
    {
        const byte Even = 0b10_00_10_00, Odd = 0b11_01_11_01;
        var (e0, e1) = (Avx512F.Shuffle4x128(a, b, Even), Avx512F.Shuffle4x128(c, d, Even));
        var (o0, o1) = (Avx512F.Shuffle4x128(a, b, Odd), Avx512F.Shuffle4x128(c, d, Odd));
        Avx512F.Shuffle4x128(e0, e1, Even).Store(to);
        Avx512F.Shuffle4x128(o0, o1, Even).Store(to + step);
        Avx512F.Shuffle4x128(e0, e1, Odd).Store(to + 2 * step);
        Avx512F.Shuffle4x128(o0, o1, Odd).Store(to + 3 * step);
    }

    // Four rows of one or two blocks.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Line<T>(T* from, nint fromRow, T* to, nint toRow, nint columns)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(uint))
        {
            FourByEight((uint*)from, fromRow, (uint*)to, toRow);
            if (columns > 8) FourByEight((uint*)from + 8, fromRow, (uint*)to + 8 * toRow, toRow);
        }
        else
        {
            FourByFour((ulong*)from, fromRow, (ulong*)to, toRow);
            if (columns > 4) FourByFour((ulong*)from + 4, fromRow, (ulong*)to + 4 * toRow, toRow);
        }
    }

    static void OneByOne<T>(nint row, nint rows, nint column, nint columns, T* from, nint fromRow, T* to, nint toRow)
        where T : unmanaged
    {
        for (var i = row; i < rows; i++)
            for (var j = column; j < columns; j++) to[j * toRow + i] = from[i * fromRow + j];
    }

    // Swaps the off-diagonal elements of each 2x2 block, then the off-diagonal 2x2 blocks of each 4x4 block: both
    // halves of the vectors hold a 4x4 block of their own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void FourByEight(uint* from, nint fromRow, uint* to, nint toRow)
    {
        var swapOne = Vector256.Create(1u, 0, 3, 2, 5, 4, 7, 6);
        var swapTwo = Vector256.Create(2u, 3, 0, 1, 6, 7, 4, 5);
        var ones = Vector256.Create(uint.MaxValue, 0, uint.MaxValue, 0, uint.MaxValue, 0, uint.MaxValue, 0);
        var twos = Vector256.Create(uint.MaxValue, uint.MaxValue, 0, 0, uint.MaxValue, uint.MaxValue, 0, 0);
        var r0 = Vector256.Load(from);
        var r1 = Vector256.Load(from + fromRow);
        var r2 = Vector256.Load(from + 2 * fromRow);
        var r3 = Vector256.Load(from + 3 * fromRow);
        var s0 = Vector256.ConditionalSelect(ones, r0, Vector256.Shuffle(r1, swapOne));
        var s1 = Vector256.ConditionalSelect(ones, Vector256.Shuffle(r0, swapOne), r1);
        var s2 = Vector256.ConditionalSelect(ones, r2, Vector256.Shuffle(r3, swapOne));
        var s3 = Vector256.ConditionalSelect(ones, Vector256.Shuffle(r2, swapOne), r3);
        StoreHalves(Vector256.ConditionalSelect(twos, s0, Vector256.Shuffle(s2, swapTwo)), to, toRow);
        StoreHalves(Vector256.ConditionalSelect(twos, s1, Vector256.Shuffle(s3, swapTwo)), to + toRow, toRow);
        StoreHalves(Vector256.ConditionalSelect(twos, Vector256.Shuffle(s0, swapTwo), s2), to + 2 * toRow, toRow);
        StoreHalves(Vector256.ConditionalSelect(twos, Vector256.Shuffle(s1, swapTwo), s3), to + 3 * toRow, toRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreHalves(Vector256<uint> block, uint* to, nint toRow)
    {
        block.GetLower().Store(to);
        block.GetUpper().Store(to + 4 * toRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void FourByFour(ulong* from, nint fromRow, ulong* to, nint toRow)
    {
        var swapOne = Vector256.Create(1ul, 0, 3, 2);
        var swapTwo = Vector256.Create(2ul, 3, 0, 1);
        var ones = Vector256.Create(ulong.MaxValue, 0, ulong.MaxValue, 0);
        var twos = Vector256.Create(ulong.MaxValue, ulong.MaxValue, 0, 0);
        var r0 = Vector256.Load(from);
        var r1 = Vector256.Load(from + fromRow);
        var r2 = Vector256.Load(from + 2 * fromRow);
        var r3 = Vector256.Load(from + 3 * fromRow);
        var s0 = Vector256.ConditionalSelect(ones, r0, Vector256.Shuffle(r1, swapOne));
        var s1 = Vector256.ConditionalSelect(ones, Vector256.Shuffle(r0, swapOne), r1);
        var s2 = Vector256.ConditionalSelect(ones, r2, Vector256.Shuffle(r3, swapOne));
        var s3 = Vector256.ConditionalSelect(ones, Vector256.Shuffle(r2, swapOne), r3);
        Vector256.ConditionalSelect(twos, s0, Vector256.Shuffle(s2, swapTwo)).Store(to);
        Vector256.ConditionalSelect(twos, s1, Vector256.Shuffle(s3, swapTwo)).Store(to + toRow);
        Vector256.ConditionalSelect(twos, Vector256.Shuffle(s0, swapTwo), s2).Store(to + 2 * toRow);
        Vector256.ConditionalSelect(twos, Vector256.Shuffle(s1, swapTwo), s3).Store(to + 3 * toRow);
    }
}
