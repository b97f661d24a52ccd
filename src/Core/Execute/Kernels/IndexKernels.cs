using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>What is done with an element of the index and the place in the indexed array that it points to.</summary>
internal interface IVisit
{
    void Visit(nint place, nint pointer);
}

/// <summary>
/// What gathering and scattering share: the way from an index and its place to the place that it points to.
/// </summary>
internal abstract unsafe class IndexKernel<TIndex>(
    Instruction instruction, int axis, Shape indexed, Layout layout) : Kernel
    where TIndex : unmanaged, IBinaryInteger<TIndex>
{
    private readonly string name = instruction.Primitive.Name;
    private readonly Reader<TIndex> index = new(instruction.Operands[1]);
    private readonly Shape shape = instruction.Operands[1].Shape;

    /// <summary>
    /// Visits each element of the index, in row-major order, with the place in the indexed array that it points to.
    /// </summary>
    protected void Walk<TVisit>(Frame frame, int start, int count, TVisit visit) where TVisit : struct, IVisit
    {
        var scratch = stackalloc TIndex[Reader<TIndex>.Block];
        var row = shape[^1];
        for (var done = 0; done < count;)
        {
            var from = start + done;
            var block = Math.Min(Math.Min(Reader<TIndex>.Block, count - done), row - (from % row));
            Row(index.Read(frame, from, block, scratch), from, block, visit);
            done += block;
        }
    }

    /// <summary>A part of a row of the index: of its last axis.</summary>
    private void Row<TVisit>(TIndex* pointers, int start, int count, TVisit visit) where TVisit : struct, IVisit
    {
        var (length, along) = (indexed[axis], (nint)layout.Strides[axis]);
        var step = axis == shape.Rank - 1 ? 0 : (nint)layout.Strides[^1];
        var beside = Beside(start);
        for (var i = 0; i < count; i++, beside += step)
        {
            var pointer = long.CreateTruncating(pointers[i]);
            if ((ulong)pointer >= (ulong)length)
                throw new IndexException(
                    $"{name}: index {pointer} is outside the {length} of axis {axis} of {indexed}");
            visit.Visit(start + i, beside + ((nint)pointer * along));
        }
    }

    /// <summary>The place of the index element itself, along all axes but the one that is indexed.</summary>
    private nint Beside(int place)
    {
        nint at = 0;
        for (var a = shape.Rank - 1; a >= 0; a--)
        {
            (place, var along) = Math.DivRem(place, shape[a]);
            if (a != axis)
                at += (nint)along * layout.Strides[a];
        }
        return at;
    }
}

internal sealed unsafe class GatherKernel<T, TIndex>(Instruction instruction) : IndexKernel<TIndex>(
    instruction, ((Gather)instruction.Primitive).Axis, instruction.Operands[0].Shape, instruction.Operands[0].Layout)
    where T : unmanaged
    where TIndex : unmanaged, IBinaryInteger<TIndex>
{
    private readonly View x = instruction.Operands[0];
    private readonly View y = instruction.Results[0];

    public override void Run(Frame frame) => InParts(frame, y.Shape.Size);

    protected override void Part(Frame frame, int start, int count) =>
        Walk(frame, start, count, new Taking(frame.At<T>(x), frame.At<T>(y)));

    private readonly struct Taking(T* x, T* y) : IVisit
    {
        public void Visit(nint place, nint pointer) => y[place] = x[pointer];
    }
}

/// <summary>
/// Updates are added in row-major order on one thread, so that those that meet always add in that order.
/// </summary>
internal sealed unsafe class ScatterAddKernel<T, TIndex>(Instruction instruction) : IndexKernel<TIndex>(
    instruction, ((ScatterAdd)instruction.Primitive).Axis, instruction.Results[0].Shape, instruction.Results[0].Layout)
    where T : unmanaged, INumber<T>
    where TIndex : unmanaged, IBinaryInteger<TIndex>
{
    private readonly View x = instruction.Operands[0];
    private readonly View update = instruction.Operands[2];
    private readonly View y = instruction.Results[0];

    public override void Run(Frame frame)
    {
        var size = y.Shape.Size;
        new Span<T>(frame.At<T>(x), size).CopyTo(new Span<T>(frame.At<T>(y), size));
        Walk(frame, 0, update.Shape.Size, new Adding(frame.At<T>(update), frame.At<T>(y)));
    }

    private readonly struct Adding(T* update, T* y) : IVisit
    {
        public void Visit(nint place, nint pointer) => y[pointer] += update[place];
    }
}

internal sealed unsafe class IotaKernel<T>(Instruction instruction) : Kernel where T : unmanaged, INumber<T>
{
    private readonly View y = instruction.Results[0];
    private readonly int axis = ((Iota)instruction.Primitive).Axis;

    public override void Run(Frame frame)
    {
        var to = frame.At<T>(y);
        var (stride, length) = (y.Shape.Strides()[axis], y.Shape[axis]);
        for (var i = 0; i < y.Shape.Size; i++)
            to[i] = T.CreateTruncating(i / stride % length);
    }
}

internal sealed unsafe class DrawKernel<T>(Instruction instruction, Func<ulong, T> draw) : Kernel where T : unmanaged
{
    private readonly View keys = instruction.Operands[0];
    private readonly View y = instruction.Results[0];
    private readonly int draws = ((Draw)instruction.Primitive).Shape.Size;

    public override void Run(Frame frame) => InParts(frame, y.Shape.Size);

    protected override void Part(Frame frame, int start, int count)
    {
        var from = frame.At<long>(keys);
        var to = frame.At<T>(y);
        for (var i = start; i < start + count; i++)
            to[i] = draw(Threefry.Bits((ulong)from[i / draws], (ulong)(i % draws)));
    }
}
