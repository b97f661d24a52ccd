using System.Runtime.CompilerServices;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Hands out an operand's elements in row-major order, a block at a time: in place where they lie so, else gathered into a block
/// of the caller's, which stays in the first-level cache.
/// </summary>
internal sealed unsafe class Reader<T> where T : unmanaged
{
    /// <summary>Elements of a block.</summary>
    public const int Block = 512;

    private readonly Plan.View view;
    private readonly bool isRowMajor;
    private readonly int[] lengths;
    private readonly int[] strides;

    public Reader(Plan.View view)
    {
        this.view = view;
        isRowMajor = view.IsRowMajor;
        (lengths, strides) = Collapsed(view);
    }

    /// <summary>The elements from a place, at most a block; they lie there or in the scratch.</summary>
    public T* Read(Frame frame, int start, int count, T* scratch)
    {
        var from = frame.At<T>(view);
        if (isRowMajor)
            return from + start;
        Gather(from, start, count, scratch);
        return scratch;
    }

    /// <summary>Axes of length 1 left out, and neighbours that are stepped through as one axis joined.</summary>
    private static (int[] Lengths, int[] Strides) Collapsed(Plan.View view)
    {
        var (lengths, strides) = (new List<int>(), new List<int>());
        for (var axis = 0; axis < view.Shape.Rank; axis++)
        {
            var (length, stride) = (view.Shape[axis], view.Layout.Strides[axis]);
            if (length == 1)
                continue;
            if (lengths.Count > 0 && strides[^1] == stride * length)
                (lengths[^1], strides[^1]) = (lengths[^1] * length, stride);
            else
                (lengths, strides) = ([.. lengths, length], [.. strides, stride]);
        }
        return lengths.Count == 0 ? ([1], [0]) : ([.. lengths], [.. strides]);
    }

    private void Gather(T* from, int start, int count, T* to)
    {
        var innermost = lengths.Length - 1;
        while (count > 0)
        {
            var at = from;
            var rest = start;
            for (var axis = innermost; axis >= 0; axis--)
            {
                (rest, var index) = Math.DivRem(rest, lengths[axis]);
                at += (nint)index * strides[axis];
            }
            var run = Math.Min(count, lengths[innermost] - (start % lengths[innermost]));
            Copy(at, strides[innermost], run, to);
            start += run;
            count -= run;
            to += run;
        }
    }

    private static void Copy(T* from, int stride, int count, T* to)
    {
        switch (stride)
        {
            case 1:
                Unsafe.CopyBlockUnaligned(to, from, (uint)(count * sizeof(T)));
                break;
            case 0:
                new Span<T>(to, count).Fill(*from);
                break;
            default:
                for (var i = 0; i < count; i++)
                    to[i] = from[(nint)i * stride];
                break;
        }
    }
}
