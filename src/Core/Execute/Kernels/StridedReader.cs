using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Hands out an operand's elements in row-major order, of whatever type they are: in place where they lie so, else
/// gathered, a block at a time, into memory of the caller's, which stays in the first-level cache.
/// </summary>
internal sealed unsafe class StridedReader
{
    /// <summary>Elements of a block: as many are gathered at a time at most.</summary>
    public const int Block = 512;

    private readonly Plan.View view;
    private readonly int[] lengths;
    private readonly int[] strides;

    public StridedReader(Plan.View view)
    {
        this.view = view;
        (lengths, strides) = view.Collapsed();
        IsRowMajor = view.IsRowMajor;
        IsUniform = view.Shape.Size > 1 && view.IsUniform;
    }

    public int ElementBytes => view.DType.ByteSize;

    /// <summary>Whether one element stands for all.</summary>
    public bool IsUniform { get; }

    /// <summary>Whether ranges of any length lie one element after the other.</summary>
    public bool IsRowMajor { get; }

    /// <summary>
    /// Elements of the last axis along which the operand is one piece of memory or one element; 1 where it is neither.
    /// </summary>
    public int RowLength => strides[^1] is 0 or 1 ? lengths[^1] : 1;

    /// <summary>Whether one element stands for a row.</summary>
    public bool IsRowUniform => strides[^1] == 0;

    public byte* Start(Frame frame) => (byte*)frame.Start(view);

    /// <summary>The element at a place of the row-major order.</summary>
    public byte* At(byte* start, int place)
    {
        if (IsRowMajor)
            return start + ((nint)place * ElementBytes);
        nint at = 0;
        for (var axis = lengths.Length - 1; axis >= 0; axis--)
        {
            (place, var index) = Math.DivRem(place, lengths[axis]);
            at += (nint)index * strides[axis];
        }
        return start + (at * ElementBytes);
    }

    /// <summary>
    /// Whether rows of so many elements are pieces of memory, or one element each, and start in steps of one length, at
    /// least as far as one goes.
    /// </summary>
    public bool StepsBy(int pitch) => IsRowMajor || IsUniform || (lengths[^1] == pitch && RowLength == pitch);

    /// <summary>How far from a row of so many elements to the next, in bytes.</summary>
    public nint Step(int pitch) =>
        IsRowMajor ? (nint)pitch * ElementBytes
        : IsUniform || lengths.Length == 1 ? 0
        : (nint)strides[^2] * ElementBytes;

    /// <summary>How many rows of so many elements start in such steps, from a place on.</summary>
    public int RowsFrom(int place, int pitch) =>
        IsRowMajor || IsUniform ? int.MaxValue
        : lengths.Length == 1 ? 1
        : lengths[^2] - (place / pitch % lengths[^2]);

    /// <summary>The elements from a place on, at most a block; they lie there or in the scratch.</summary>
    public byte* Read(byte* start, int place, int count, byte* scratch)
    {
        if (LiesTogether(place, count))
            return At(start, place);
        Gather(start, place, count, scratch);
        return scratch;
    }

    /// <summary>Elements in row-major order from a place on, written one after the other.</summary>
    public void Gather(byte* start, int place, int count, byte* to)
    {
        while (count > 0)
        {
            var run = Math.Min(count, lengths[^1] - (place % lengths[^1]));
            var from = At(start, place);
            switch (ElementBytes)
            {
                case 1:
                    Copy(from, strides[^1], run, to);
                    break;
                case 4:
                    Copy((int*)from, strides[^1], run, (int*)to);
                    break;
                default:
                    Copy((long*)from, strides[^1], run, (long*)to);
                    break;
            }
            place += run;
            count -= run;
            to += (nint)run * ElementBytes;
        }
    }

    /// <summary>A vector of one element.</summary>
    public void Repeat(byte* element, byte* to)
    {
        switch (ElementBytes)
        {
            case 1:
                Vector512.Store(Vector512.Create(*element), to);
                break;
            case 4:
                Vector512.Store(Vector512.Create(*(int*)element), (int*)to);
                break;
            default:
                Vector512.Store(Vector512.Create(*(long*)element), (long*)to);
                break;
        }
    }

    // Also within one row, as of a bias that is added to every row of a matrix.
    private bool LiesTogether(int place, int count) =>
        IsRowMajor || (strides[^1] == 1 && (place % lengths[^1]) + count <= lengths[^1]);

    private static void Copy<T>(T* from, nint stride, int count, T* to) where T : unmanaged
    {
        if (stride == 1)
            new Span<T>(from, count).CopyTo(new(to, count));
        else if (stride == 0)
            new Span<T>(to, count).Fill(*from);
        else
        {
            for (var i = 0; i < count; i++, from += stride)
                to[i] = *from;
        }
    }
}
