using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>Views in their places: how many elements lie before each position of a strided region.</summary>
internal static class Regions
{
    public static nint[] Native(IEnumerable<int> numbers) => [.. numbers.Select(n => (nint)n)];
}

/// <summary>A view written out in row-major order.</summary>
internal sealed unsafe class CopyKernel<T>(Instruction instruction) : Kernel where T : unmanaged
{
    private readonly View x = instruction.Operands[0];
    private readonly View y = instruction.Results[0];
    private readonly nint[] shape = Regions.Native(instruction.Operands[0].Shape);
    private readonly nint[] strides = Regions.Native(instruction.Operands[0].Layout.Strides);

    public override void Run(Frame frame)
    {
        if (y.Shape.Size > 0)
            StridedCopy.Copy(shape, strides, ref *frame.At<T>(x), ref *frame.At<T>(y), frame.Workers);
    }
}

/// <summary>Views written into regions of one result: that is what padding and concatenation are.</summary>
internal abstract unsafe class RegionKernel<T>(Instruction instruction) : Kernel where T : unmanaged
{
    protected View Result { get; } = instruction.Results[0];

    /// <summary>A view, and the region of the result that its elements belong to.</summary>
    protected sealed class Piece(View source, Layout region)
    {
        private readonly nint[] shape = Regions.Native(source.Shape);
        private readonly nint[] strides = Regions.Native(source.Layout.Strides);
        private readonly nint[] targets = Regions.Native(region.Strides);

        public void Write(Frame frame, T* result) => StridedCopy.Copy(
            shape, strides, targets, ref *frame.At<T>(source), ref result[region.Offset], frame.Workers);
    }
}

internal sealed unsafe class ConcatKernel<T>(Instruction instruction) : RegionKernel<T>(instruction) where T : unmanaged
{
    private readonly Piece[] pieces = [.. Pieces(instruction, ((Concat)instruction.Primitive).Axis)];

    public override void Run(Frame frame)
    {
        foreach (var piece in pieces)
            piece.Write(frame, frame.At<T>(Result));
    }

    private static IEnumerable<Piece> Pieces(Instruction instruction, int axis)
    {
        var strides = instruction.Results[0].Shape.Strides();
        var start = 0;
        foreach (var operand in instruction.Operands)
        {
            yield return new(operand, new(strides, start * strides[axis]));
            start += operand.Shape[axis];
        }
    }
}

internal sealed unsafe class PadKernel<T> : RegionKernel<T> where T : unmanaged
{
    private readonly View filling;
    private readonly Piece? kept;

    public PadKernel(Instruction instruction) : base(instruction)
    {
        var (pad, whole) = ((Pad)instruction.Primitive, instruction.Operands[0]);
        filling = instruction.Operands[1];
        var slice = Kept(pad, whole.Shape, Result.Shape);
        var strides = Result.Shape.Strides();
        Layout region = new(
            [.. strides.Select((s, a) => s * (pad.Between[a] + 1))],
            strides.Select((s, a) => s * ((slice.Starts[a] * (pad.Between[a] + 1)) + pad.Before[a])).Sum());
        var read = slice.Read(whole.Shape, whole.Layout);
        if (slice.Lengths.Size > 0)
            kept = new(new(whole.Buffer, whole.Type with { Shape = slice.Lengths }, read), region);
    }

    public override void Run(Frame frame)
    {
        var to = frame.At<T>(Result);
        new Span<T>(to, Result.Shape.Size).Fill(*frame.At<T>(filling));
        kept?.Write(frame, to);
    }

    /// <summary>What a negative number before or after cuts off is not read at all.</summary>
    private static Slice Kept(Pad pad, Shape shape, Shape result)
    {
        var (starts, lengths) = (new int[shape.Rank], new int[shape.Rank]);
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            var step = pad.Between[axis] + 1;
            starts[axis] = pad.Before[axis] >= 0 ? 0 : (-pad.Before[axis] + step - 1) / step;
            var end = (result[axis] - 1 - pad.Before[axis]) / step;
            lengths[axis] = Math.Max(0, Math.Min(shape[axis] - 1, end) - starts[axis] + 1);
            if (result[axis] - 1 - pad.Before[axis] < 0)
                lengths[axis] = 0;
        }
        return new(Ints.Of(starts), Shape.Create(lengths), Ints.Repeat(1, shape.Rank));
    }
}

internal sealed unsafe class CastKernel<TFrom, TTo>(Instruction instruction) : Kernel
    where TFrom : unmanaged, INumberBase<TFrom>
    where TTo : unmanaged, INumberBase<TTo>
{
    private readonly Reader<TFrom> x = new(instruction.Operands[0]);
    private readonly View y = instruction.Results[0];

    public override void Run(Frame frame) => InParts(frame, y.Shape.Size);

    protected override void Part(Frame frame, int start, int count)
    {
        var scratch = stackalloc TFrom[Reader<TFrom>.Block];
        var to = frame.At<TTo>(y) + start;
        for (var done = 0; done < count; done += Reader<TFrom>.Block)
        {
            var block = Math.Min(Reader<TFrom>.Block, count - done);
            var from = x.Read(frame, start + done, block, scratch);
            for (var i = 0; i < block; i++)
                to[done + i] = Convert(from[i]);
        }
    }

    // Floats saturate on the way to an integer, and a wider integer wraps on the way to a narrower one.
    public static TTo Convert(TFrom x) => typeof(TFrom) == typeof(long) && typeof(TTo) == typeof(int)
        ? TTo.CreateTruncating(x)
        : TTo.CreateSaturating(x);
}
