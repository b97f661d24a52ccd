using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>Copies a small matrix to its transpose: whole vectors in registers, what is left one by one.</summary>
internal static unsafe class Transposition
{
    /// <summary>
    /// to[j * toRow + i] = from[i * fromRow + j] for i below <paramref name="rows"/>, j below
    /// <paramref name="columns"/>.
    /// </summary>
    [MethodImpl(Compiled.Apart)]
    public static void Copy<T>(nint rows, nint columns, T* from, nint fromRow, T* to, nint toRow)
        where T : unmanaged
    {
        nint wholeRows = 0, wholeColumns = 0;
        if (Squares.Are<T>())
        {
            var side = Vector512<byte>.Count / sizeof(T);
            (wholeRows, wholeColumns) = (rows & -side, columns & -side);
            for (nint j = 0; j < wholeColumns; j += side)
                for (nint i = 0; i < wholeRows; i += side)
                    Squares.Copy(from + i * fromRow + j, fromRow, to + j * toRow + i, toRow);
            if (sizeof(T) == sizeof(float) && wholeRows + side / 2 <= rows)
            {
                for (nint j = 0; j < wholeColumns; j += side)
                    Squares.CopyHalf((float*)(from + wholeRows * fromRow + j), fromRow,
                        (float*)(to + j * toRow + wholeRows), toRow);
                wholeRows += side / 2;
            }
        }

        if (wholeRows > 0 && wholeColumns < columns)
            Lines(wholeRows, columns - wholeColumns, from + wholeColumns, fromRow, to + wholeColumns * toRow, toRow);
        if (wholeRows < rows)
            Lines(rows - wholeRows, columns, from + wholeRows * fromRow, fromRow, to + wholeRows, toRow);
    }

    // What the squares leave, or all of it where vectors are narrow.
    [MethodImpl(Compiled.Apart)]
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
