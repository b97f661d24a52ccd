using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>Neighbouring places of one row of the result, in a strip: where they begin, and how many they are.</summary>
internal readonly record struct Cut(int Row, int Column, int Length, int InStrip);

/// <summary>
/// Copies what the taps of a window see from a strip of places into a panel, a row for each tap: the patches of an
/// image as the right side of a matrix product.
/// </summary>
internal sealed unsafe class Patches<T> where T : unmanaged, INumber<T>
{
    private readonly Window window;
    private readonly int channels;
    private readonly int height;
    private readonly int width;
    private readonly int tapRows;
    private readonly int tapColumns;
    private readonly int placeColumns;
    private readonly nint size;

    // Neighbouring places see neighbouring elements, so a row is copied at once.
    private readonly bool isContiguous;

    // Else, for each column of taps and of places, the column that is seen, or -1.
    private readonly int[] seen = [];

    public Patches(Window window, Shape array, Shape filter, Shape result)
    {
        this.window = window;
        (channels, height, width, size) = (array[2], array[3], array[4], array.Size);
        (tapRows, tapColumns, placeColumns) = (filter[3], filter[4], result[4]);
        isContiguous = window.Strides[1] == 1 && window.BaseDilation[1] == 1;
        if (isContiguous)
            return;
        seen = new int[tapColumns * placeColumns];
        for (var i = 0; i < seen.Length; i++)
            seen[i] = window.Element(1, i % placeColumns, i / placeColumns, width);
    }

    /// <summary>The strip of so many places from one on, cut at the ends of rows; gives how many cuts there are.</summary>
    public int Cuts(int start, int length, Cut* cuts)
    {
        var count = 0;
        for (var done = 0; done < length; count++)
        {
            var (row, column) = Math.DivRem(start + done, placeColumns);
            var run = Math.Min(length - done, placeColumns - column);
            cuts[count] = new(row, column, run, done);
            done += run;
        }
        return count;
    }

    /// <summary>
    /// panel[p * padded + j] = what tap first + p of the channels of an image sees from place j of the strip. Up to a
    /// vector behind the panel is overwritten.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(T* x, nint image, nint first, nint depth, Cut* cuts, int count, T* panel, nint padded)
    {
        var (channel, tap) = Math.DivRem((int)first, tapRows * tapColumns);
        var (tapRow, tapColumn) = Math.DivRem(tap, tapColumns);
        var end = x + size;
        var rows = stackalloc T*[count];
        while (depth > 0)
        {
            var plane = x + (((image * channels) + channel) * height * width);
            for (var cut = 0; cut < count; cut++)
            {
                var row = window.Element(0, cuts[cut].Row, tapRow, height);
                rows[cut] = row < 0 ? null : plane + ((nint)row * width);
            }
            for (; tapColumn < tapColumns && depth > 0; tapColumn++, depth--, panel += padded)
            {
                for (var cut = 0; cut < count; cut++)
                {
                    var to = panel + cuts[cut].InStrip;
                    if (rows[cut] is null)
                        Clear(to, cuts[cut].Length);
                    else if (isContiguous)
                        CopyRow(rows[cut], cuts[cut].Column + ((nint)tapColumn * window.WindowDilation[1]) - window.Before[1],
                            cuts[cut].Length, to, end);
                    else
                        Pick(rows[cut], ((nint)tapColumn * placeColumns) + cuts[cut].Column, cuts[cut].Length, to);
                }
            }
            tapColumn = 0;
            if (++tapRow == tapRows)
                (tapRow, channel) = (0, channel + 1);
        }
    }

    /// <summary>Elements of a row from a column on, zeros where it has none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CopyRow(T* row, nint column, nint length, T* to, T* end)
    {
        if (column >= 0 && column + length <= width)
        {
            Copy(row + column, length, to, end);
            return;
        }
        var before = Math.Clamp(-column, 0, length);
        var within = Math.Clamp(width - column, before, length);
        Clear(to, before);
        if (within > before)
            Copy(row + column + before, within - before, to + before, end);
        Clear(to + within, length - within);
    }

    private void Pick(T* row, nint from, nint length, T* to)
    {
        fixed (int* columns = seen)
        {
            for (nint i = 0; i < length; i++)
            {
                var column = columns[from + i];
                to[i] = column < 0 ? T.Zero : row[column];
            }
        }
    }

    // Whole vectors where they can be read: what they write behind the run is written again by what follows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(T* from, nint length, T* to, T* end)
    {
        if (length <= Vector256<T>.Count && end - from >= Vector256<T>.Count)
        {
            Vector256.Load(from).Store(to);
            return;
        }
        nint i = 0;
        for (; i < length && end - from - i >= Vector512<T>.Count; i += Vector512<T>.Count)
            Vector512.Load(from + i).Store(to + i);
        for (; i < length; i++)
            to[i] = from[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(T* to, nint length)
    {
        for (nint i = 0; i < length; i += Vector512<T>.Count)
            Vector512<T>.Zero.Store(to + i);
    }
}
