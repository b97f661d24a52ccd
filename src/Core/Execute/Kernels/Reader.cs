using System.Runtime.CompilerServices;

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
    private readonly int[] lengths;
    private readonly int[] strides;

    public Reader(Plan.View view)
    {
        this.view = view;
        isRowMajor = view.IsRowMajor;
        (lengths, strides) = view.Collapsed();
    }

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
