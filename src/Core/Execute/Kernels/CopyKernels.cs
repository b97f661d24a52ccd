using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Views written into regions of one result: that is what copies, concatenation and padding are. Several are written
/// for some of the first rows at a time, so that what they write between each other is in the cache.
/// </summary>
internal sealed unsafe class RegionsKernel<T> : Kernel where T : unmanaged
{
    // What is written at a time, and what is read for it, is to fit the second cache, in runs that are worth beginning.
    private const int ChunkBytes = 64 << 10;

    private readonly View result;
    private readonly (Region Region, StridedCopy Copy)[] pieces;

    /// <summary>The axis that is cut into chunks, -1 where nothing is, its length, and how much is a chunk.</summary>
    private readonly int cut;
    private readonly int length;
    private readonly int chunk;

    public RegionsKernel(Instruction instruction)
    {
        result = instruction.Results[0];
        Region[] regions =
            [.. Region.Of(instruction).Where(r => r.Source.Shape.Size > 0 && !r.IsInPlace(result))];
        cut = Cut(regions);
        pieces = [.. regions.Select(r => (r, Copied(r, Math.Max(cut, 0))))];
        if (cut < 0)
            return;
        length = result.Shape[cut];
        chunk = Math.Max(1, ChunkBytes / sizeof(T) / Inner(cut));
    }

    public override void Run(Frame frame)
    {
        if (cut < 0)
        {
            foreach (var (region, copy) in pieces)
                copy.Copy(frame.At<T>(region.Source), frame.At<T>(result) + region.Target.Offset, frame.Workers);
            return;
        }
        var outer = result.Shape.Size / Inner(cut) / length;
        InParts(
            frame, outer * ((length + chunk - 1) / chunk), Math.Max(1, StridedCopy.PartSize / (chunk * Inner(cut))));
    }

    /// <summary>Writes some of the chunks.</summary>
    protected override void Part(Frame frame, int start, int count)
    {
        for (var i = start; i < start + count; i++)
        {
            var (outer, first) = Math.DivRem(i, (length + chunk - 1) / chunk);
            first *= chunk;
            foreach (var (region, copy) in pieces)
            {
                var (sources, targets) = (region.Source.Layout.Strides, region.Target.Strides);
                nint from = first * (nint)sources[cut], to = first * (nint)targets[cut];
                for (var (axis, rest) = (cut - 1, outer); axis >= 0; axis--)
                {
                    (rest, var index) = Math.DivRem(rest, result.Shape[axis]);
                    from += index * (nint)sources[axis];
                    to += index * (nint)targets[axis];
                }
                copy.Copy(
                    frame.At<T>(region.Source) + from, frame.At<T>(result) + region.Target.Offset + to,
                    Math.Min(chunk, length - first), Workers.Single);
            }
        }
    }

    /// <summary>How a region is copied, from an axis on.</summary>
    private StridedCopy Copied(Region region, int axis)
    {
        return new(
            Native(region.Source.Shape), Native(region.Source.Layout.Strides), Native(region.Target.Strides),
            isFirstApart: cut >= 0);

        nint[] Native(IEnumerable<int> numbers) => [.. numbers.Skip(axis).Select(n => (nint)n)];
    }

    /// <summary>
    /// The first axis that all regions span, as they do those before it, and whose steps are small.
    /// </summary>
    private int Cut(Region[] regions)
    {
        if (regions.Length < 2 || result.Shape.Size <= ChunkBytes / sizeof(T))
            return -1;
        for (var axis = 0; regions.All(r => r.Spans(result.Shape, axis)); axis++)
        {
            if (Inner(axis) <= ChunkBytes / sizeof(T))
                return axis;
        }
        return -1;
    }

    /// <summary>The elements of a step along an axis.</summary>
    private int Inner(int axis) => result.Shape.Strides()[axis];
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
