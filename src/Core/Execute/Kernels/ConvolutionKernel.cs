using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Convolution as the product of the filters [o, c kh kw] and the patches [c kh kw, h' w'] of each image and group, in
/// the order of rounding of <see cref="MatrixProduct"/>. Patches are never written out. Of many filters a panel of
/// them, a tile wide, is made when it is needed and is used while in the first cache; for few it is not worth its
/// making, and the tile's vectors are read from the image.
/// </summary>
internal sealed unsafe class ConvolutionKernel<T> : Kernel where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Depth = MatrixProduct.Depth;

    // Fewer multiply-adds than this are not worth waking a thread for.
    private const long WorthAThread = 1 << 17;

    // Filters are read in place where a block of them fits the first cache, or is used too seldom to repay a copy.
    private const long FitsFirstCache = 24 * 1024;
    private const int SeldomStrips = 2;

    private readonly View x;
    private readonly View w;
    private readonly View y;
    private readonly Patches<T> patches;
    private readonly nint channels;
    private readonly nint images;
    private readonly nint groups;
    private readonly nint filters;
    private readonly nint taps;
    private readonly nint places;

    // The places of an image in strips, a tile wide each; a strip is some runs.
    private readonly bool isPacked;
    private readonly Run[][] strips;

    public ConvolutionKernel(Instruction instruction)
    {
        (x, w, y) = (instruction.Operands[0], instruction.Operands[1], instruction.Results[0]);
        patches = new(((Convolution)instruction.Primitive).Window, x.Shape, w.Shape, y.Shape);
        (images, groups, channels, filters) = (x.Shape[0], x.Shape[1], x.Shape[2], w.Shape[1]);
        taps = channels * w.Shape[3] * w.Shape[4];
        places = (nint)y.Shape[3] * y.Shape[4];
        Run[][] dense = [.. Dense()], whole = [.. Whole()];
        isPacked = Cost(dense, packed: true) < Cost(whole, packed: false);
        strips = isPacked ? dense : whole;
    }

    private nint Blocks => (taps + Depth - 1) / Depth;

    // Strips of one image and group come one after the other, those of one group too.
    private nint Strips => groups * images * strips.Length;

    public override void Run(Frame frame)
    {
        if (y.Shape.Size == 0)
            return;
        if (taps == 0)
        {
            new Span<T>(frame.At<T>(y), y.Shape.Size).Clear();
            return;
        }
        var parts = (int)Math.Min(frame.Workers.Threads, y.Shape.Size * (long)taps / WorthAThread);
        if (parts <= 1)
            Do(frame, frame.At<T>(y), 0, Strips, 0, Blocks);
        else if (groups * images < parts && taps >= 4 * Depth)
            ShareDepth(frame);
        else
            ShareStrips(frame, (int)Math.Min(parts, Strips));
    }

    private void ShareStrips(Frame frame, int parts) => frame.Workers.Run(
        parts, (Kernel: this, frame, parts), static (s, part) => s.Kernel.Do(
            s.frame, s.frame.At<T>(s.Kernel.y), s.Kernel.Strips * part / s.parts,
            s.Kernel.Strips * (part + 1) / s.parts, 0, s.Kernel.Blocks));

    // Few images and many taps, as in the gradient of filters: the sums of all blocks of taps first, then their sum
    // in the order stated.
    private void ShareDepth(Frame frame)
    {
        var size = (nint)y.Shape.Size;
        var rented = ArrayPool<T>.Shared.Rent(checked((int)(Blocks * size)));
        fixed (T* pinned = rented)
        {
            frame.Workers.Run(
                (int)Blocks, (Kernel: this, frame, Sums: (nint)pinned, size), static (s, block) => s.Kernel.Do(
                    s.frame, (T*)s.Sums + (block * s.size), 0, s.Kernel.Strips, block, block + 1));
            View<T> result = new(frame.At<T>(y), size, 1);
            for (nint block = 0; block < Blocks; block++)
                MatrixPart<T>.Merge(1, size, pinned + (block * size), size, result, add: block > 0);
        }
        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>The sums over these blocks of taps, for these strips, into an array laid out as the result.</summary>
    private void Do(Frame frame, T* to, nint firstStrip, nint endStrip, nint firstBlock, nint endBlock)
    {
        var packs = endStrip - firstStrip > SeldomStrips && Math.Min(taps, Depth) * taps * sizeof(T) > FitsFirstCache;
        var panel = MatrixPanels<T, TileRows>.Memory(Math.Min(taps, Depth), filters, packs);
        var (firstChannel, endChannel) = Channels(firstBlock, endBlock);
        nint tile = 2 * TileRows.Full<T>() * TileColumns.Full<T>(), slack = TileColumns.Full<T>();
        var staged = ((endChannel - firstChannel) * patches.Plane) + slack;
        nint strip = isPacked ? (Depth * TileColumns.Full<T>()) + slack : 0;
        var memory = (T*)Scratch.Take((tile + (panel * (endBlock - firstBlock)) + strip + staged) * sizeof(T));
        Place place = new(this, memory, memory + tile, panel, packs, firstBlock, endBlock);
        var patch = memory + tile + (panel * (endBlock - firstBlock));
        var stage = patch + strip;
        // Lanes beyond a strip's end are computed and dropped; what they hold must not be slow to compute with.
        new Span<T>(patch, (int)strip).Clear();
        new Span<T>(stage + staged - slack, (int)slack).Clear();
        var seen = (T*)null;
        for (var at = firstStrip; at < endStrip; at++)
        {
            var (unit, index) = Math.DivRem(at, strips.Length);
            var (group, image) = Math.DivRem(unit, images);
            if (at == firstStrip || (index == 0 && image == 0))
                place.TakeFilters(frame.At<T>(w) + (group * filters * taps));
            var unitOfX = (image * groups) + group;
            if (at == firstStrip || index == 0)
                seen = Seen(frame.At<T>(x), unitOfX, firstChannel, endChannel, stage);
            var result = to + (unitOfX * filters * places);
            if (isPacked)
                place.Packed(seen, strips[index], patch, result);
            else
                place.Direct(seen, strips[index], result, End(unit, endStrip));
        }
    }

    /// <summary>Behind the last place of an image that lies in the strips before this one.</summary>
    private nint End(nint unit, nint endStrip)
    {
        var left = endStrip - (unit * strips.Length);
        return left >= strips.Length ? places : strips[left][0].Place;
    }

    /// <summary>The channels that these blocks of taps see.</summary>
    private (nint First, nint End) Channels(nint firstBlock, nint endBlock)
    {
        var each = taps / channels;
        return (firstBlock * Depth / each, (Math.Min(endBlock * Depth, taps) + each - 1) / each);
    }

    // Behind the last images nothing may be read, so they are copied.
    private T* Seen(T* all, nint unit, nint firstChannel, nint endChannel, T* stage)
    {
        var plane = (nint)x.Shape[3] * x.Shape[4];
        var image = all + (unit * channels * plane);
        var behind = ((groups * images) - 1 - unit) * channels * plane;
        if (patches.IsInPlace && behind >= TileColumns.Full<T>())
            return image + patches.Origin;
        patches.Stage(image + (firstChannel * plane), endChannel - firstChannel, stage);
        return stage - (firstChannel * patches.Plane) + patches.Origin;
    }

    private IEnumerable<Run[]> Dense()
    {
        for (int start = 0, width; start < places; start += width)
        {
            width = TileColumns.Next<T>(places - start);
            yield return [.. patches.Runs(start, width, width)];
        }
    }

    private IEnumerable<Run[]> Whole() =>
        patches.Runs(0, (int)places, Vector512<T>.Count).Chunk(TileColumns.Full<T>() / Vector512<T>.Count);

    // In cycles for a tap, about: two multiply-adds in each, four of them under way; four for a vector that is copied.
    private double Cost(Run[][] cut, bool packed)
    {
        return cut.Sum(runs => packed
            ? Compute(Vectors(runs.Sum(r => r.Length))) + 2 + (2 * runs.Sum(r => Vectors(r.Length)))
            : Compute(runs.Length));

        double Compute(int vectors) => Math.Max(4.0, filters * vectors / 2.0);
        int Vectors(int length) => (length + Vector512<T>.Count - 1) / Vector512<T>.Count;
    }

    /// <summary>Where one thread works: a tile of memory, and panels of the filters of a group.</summary>
    private ref struct Place(
        ConvolutionKernel<T> kernel, T* tile, T* panels, nint panel, bool packs, nint firstBlock, nint endBlock)
    {
        private T* filters;

        public void TakeFilters(T* ofGroup)
        {
            filters = ofGroup;
            for (var block = firstBlock; block < endBlock; block++)
                Filters(block).Pack(kernel.filters);
        }

        /// <summary>A strip by way of a panel of its patches.</summary>
        public readonly void Packed(T* seen, Run[] runs, T* patch, T* result)
        {
            nint columns = runs[^1].Place + runs[^1].Length - runs[0].Place;
            View<T> target = new(result + runs[0].Place, kernel.places, 1);
            for (var block = firstBlock; block < endBlock; block++)
            {
                kernel.patches.Pack(
                    seen, block * Depth, DepthOf(block), runs, patch, TileColumns.Padded<T>(columns));
                var part = new MatrixPart<T>(
                    kernel.filters, columns, DepthOf(block), Filters(block),
                    new MatrixPanels<T, TileColumns>(default, DepthOf(block), true, patch), target, tile,
                    add: block > firstBlock, first: false, epilogue: default);
                part.ColumnsFirst();
            }
        }

        /// <summary>A strip of at most three runs, each of at most a vector, read from the image.</summary>
        public readonly void Direct(T* seen, Run[] runs, T* result, nint end)
        {
            for (nint i = 0, rows; i < kernel.filters; i += rows)
            {
                rows = TileRows.Next<T>(kernel.filters - i);
                for (var block = firstBlock; block < endBlock; block++)
                    PatchTile.Run(
                        kernel.patches, seen, runs, block * Depth, DepthOf(block),
                        Filters(block).Panel(i, rows).Transposed, tile, rows, add: block > firstBlock);
                PatchTile.Store(tile, rows, runs, result + (i * kernel.places), kernel.places, end);
            }
        }

        private readonly MatrixPanels<T, TileRows> Filters(nint block) => new(
            new View<T>(filters, kernel.taps, 1).From(0, block * Depth).Transposed, DepthOf(block), packs,
            panels + ((block - firstBlock) * panel));

        private readonly nint DepthOf(nint block) => Math.Min(Depth, kernel.taps - (block * Depth));
    }
}
