using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>Neighbouring places of one row of the result.</summary>
/// <param name="Place">The first of them, in the row-major order of places.</param>
/// <param name="Length">How many they are.</param>
/// <param name="Element">How far behind the first element that a tap sees from place 0 it sees one from here.</param>
internal readonly record struct Run(int Place, int Length, nint Element);

/// <summary>
/// How a window sees an image, such that what a tap sees from neighbouring places are neighbours in memory: in place
/// where it does, else in a copy with its padding and gaps written out, and columns that are strides apart side by
/// side.
/// </summary>
internal sealed unsafe class Patches<T> where T : unmanaged, INumber<T>
{
    private readonly Window window;
    private readonly int height;
    private readonly int width;

    // The rows and the row length of a plane as it is seen, and for each element of a row the column that it shows.
    private readonly int rows;
    private readonly int[] columns;
    private readonly nint rowLength;

    public Patches(Window window, Shape array, Shape filter, Shape result)
    {
        this.window = window;
        (height, width) = (array[3], array[4]);
        (Taps, TapRows, PlaceColumns) = (filter[4], (nint)filter[2] * filter[3], result[4]);
        // Checked, since a program of a stranger may ask for any window.
        var (reach, across) = checked((
            ((result[3] - 1) * window.Strides[0]) + ((filter[3] - 1) * window.WindowDilation[0]) + 1,
            ((result[4] - 1) * window.Strides[1]) + ((filter[4] - 1) * window.WindowDilation[1]) + 1));
        IsInPlace = window.Strides[1] == 1 && window.BaseDilation.All(d => d == 1) &&
            window.Before.All(b => b <= 0) && reach - (long)window.Before[0] <= height &&
            across - (long)window.Before[1] <= width;
        var classes = IsInPlace ? 1 : window.Strides[1];
        var wide = (across + classes - 1) / classes;
        (rows, rowLength) = IsInPlace ? (height, width) : (reach, (nint)wide * classes);
        Plane = rows * rowLength;
        columns = IsInPlace ? [] :
        [
            .. from inClass in Enumerable.Range(0, classes)
               from i in Enumerable.Range(0, wide)
               select Element(1, (i * classes) + inClass, width),
        ];
        Origin = IsInPlace ? (-window.Before[0] * rowLength) - window.Before[1] : 0;
        TapColumns = [.. Enumerable.Range(0, filter[4]).Select(t => t * window.WindowDilation[1])
            .Select(at => ((nint)(at % classes) * wide) + (at / classes))];
        TapRowStarts = [.. Enumerable.Range(0, filter[2]).SelectMany(c => Enumerable.Range(0, filter[3])
            .Select(t => (c * Plane) + ((nint)t * window.WindowDilation[0] * rowLength)))];
    }

    /// <summary>Whether images are seen as they lie. Up to a vector behind what a tap sees is read, too.</summary>
    public bool IsInPlace { get; }

    /// <summary>Elements of a plane as it is seen.</summary>
    public nint Plane { get; }

    /// <summary>How far into a plane lies what tap 0 sees from place 0.</summary>
    public nint Origin { get; }

    /// <summary>Taps in a row.</summary>
    public nint Taps { get; }

    /// <summary>Rows of taps, of all channels.</summary>
    public nint TapRows { get; }

    /// <summary>How far behind what tap 0 of a row sees lies what each tap of it sees.</summary>
    public nint[] TapColumns { get; }

    /// <summary>How far behind what tap 0 sees lies what the first tap of each row sees.</summary>
    public nint[] TapRowStarts { get; }

    private int PlaceColumns { get; }

    /// <summary>So many places from one on, cut at the ends of rows and to a length.</summary>
    public IEnumerable<Run> Runs(int start, int count, int longest)
    {
        for (var done = 0; done < count;)
        {
            var (row, column) = Math.DivRem(start + done, PlaceColumns);
            var length = Math.Min(Math.Min(count - done, PlaceColumns - column), longest);
            yield return new(start + done, length, (row * window.Strides[0] * rowLength) + column);
            done += length;
        }
    }

    /// <summary>Writes planes as they are seen, from planes as they lie.</summary>
    public void Stage(T* from, nint planes, T* to)
    {
        for (nint plane = 0; plane < planes; plane++)
        {
            for (var row = 0; row < rows; row++, to += rowLength)
            {
                var seen = IsInPlace ? row : Element(0, row, height);
                if (seen < 0)
                    new Span<T>(to, (int)rowLength).Clear();
                else if (IsInPlace)
                    new Span<T>(from + ((plane * height + seen) * width), width).CopyTo(new(to, width));
                else
                    StageRow(from + ((plane * height + seen) * width), to);
            }
        }
    }

    /// <summary>
    /// panel[p * padded + j] = what tap first + p sees from the j-th place of these runs. Up to a vector behind the
    /// panel is overwritten.
    /// </summary>
    [MethodImpl(Compiled.Apart)]
    public void Pack(T* seen, nint first, nint depth, ReadOnlySpan<Run> runs, T* panel, nint padded)
    {
        var (row, tap) = Math.DivRem(first, Taps);
        fixed (nint* starts = TapRowStarts, across = TapColumns)
        {
            for (; depth > 0; row++, tap = 0)
            {
                for (; tap < Taps && depth > 0; tap++, depth--, panel += padded)
                {
                    T* from = seen + starts[row] + across[tap], to = panel;
                    foreach (ref readonly var run in runs)
                    {
                        // Whole vectors: what they write behind the run is written again by what follows.
                        for (var i = 0; i < run.Length; i += Vector512<T>.Count)
                            Vector512.Load(from + run.Element + i).Store(to + i);
                        to += run.Length;
                    }
                }
            }
        }
    }

    /// <summary>
    /// The element of an axis at a place of it with padding and gaps written out; -1 where there is none.
    /// </summary>
    private int Element(int axis, int at, int length)
    {
        var (element, gap) = Math.DivRem(at - (long)window.Before[axis], window.BaseDilation[axis]);
        return element < 0 || gap != 0 || element >= length ? -1 : (int)element;
    }

    private void StageRow(T* from, T* to)
    {
        fixed (int* shown = columns)
        {
            for (nint i = 0; i < rowLength; i++)
                to[i] = shown[i] < 0 ? T.Zero : from[shown[i]];
        }
    }
}
