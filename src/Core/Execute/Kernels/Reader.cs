using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Hands out an operand's elements in row-major order, a block at a time: in place where they lie so, else gathered
/// into a block of the caller's, which stays in the first-level cache.
/// </summary>
internal sealed unsafe class Reader<T> where T : unmanaged
{
    /// <summary>Elements of a block.</summary>
    public const int Block = 512;

    private readonly Plan.View view;
    private readonly bool isRowMajor;
    private readonly bool isUniform;
    private readonly int[] lengths;
    private readonly int[] strides;

    public Reader(Plan.View view)
    {
        this.view = view;
        isRowMajor = view.IsRowMajor;
        isUniform = view.Shape.Size > 1 && view.IsUniform;
        (lengths, strides) = Collapsed(view);
    }

    /// <summary>
    /// How far elementwise loops go from one element to the next in what <see cref="ReadOrRepeat"/> gives: 0 where one
    /// element stands for all, of which there is then a vector full.
    /// </summary>
    public int Step => isUniform ? 0 : 1;

    /// <summary>The elements from a place, at most a block; they lie there or in the scratch.</summary>
    public T* Read(Frame frame, int start, int count, T* scratch)
    {
        var from = frame.At<T>(view);
        if (isRowMajor)
            return from + start;
        // A block within one row, as of a bias that is added to every row of a matrix.
        var innermost = lengths.Length - 1;
        if (strides[innermost] == 1 && (start % lengths[innermost]) + count <= lengths[innermost])
            return from + Place(start);
        Gather(from, start, count, scratch);
        return scratch;
    }

    /// <summary>
    /// As <see cref="Read"/>, but of a uniform operand a vector full only, to be read with a <see cref="Step"/> of 0.
    /// </summary>
    public T* ReadOrRepeat(Frame frame, int start, int count, T* scratch)
    {
        if (!isUniform)
            return Read(frame, start, count, scratch);
        Vector512.Store(Vector512.Create(*frame.At<T>(view)), scratch);
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
            var run = Math.Min(count, lengths[innermost] - (start % lengths[innermost]));
            Copy(from + Place(start), strides[innermost], run, to);
            start += run;
            count -= run;
            to += run;
        }
    }

    /// <summary>
    /// How far from the start of the view the element lies that is at this place of the row-major order.
    /// </summary>
    private nint Place(int start)
    {
        nint at = 0;
        for (var axis = lengths.Length - 1; axis >= 0; axis--)
        {
            (start, var index) = Math.DivRem(start, lengths[axis]);
            at += (nint)index * strides[axis];
        }
        return at;
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
