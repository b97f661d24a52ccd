using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Convolution as the product of the filters [o, c kh kw] and the patches [c kh kw, h' w'] of each image and group, in
/// the order of rounding of <see cref="MatrixProduct"/>. Patches are never written out: a panel of them, a tile wide,
/// is made when it is needed, and is used while in the first cache.
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
    private readonly nint images;
    private readonly nint filters;
    private readonly nint taps;
    private readonly nint places;
    private readonly nint tiles;

    public ConvolutionKernel(Instruction instruction)
    {
        (x, w, y) = (instruction.Operands[0], instruction.Operands[1], instruction.Results[0]);
        patches = new(((Convolution)instruction.Primitive).Window, x.Shape, w.Shape, y.Shape);
        (images, filters) = (x.Shape[0], w.Shape[1]);
        taps = (nint)w.Shape[2] * w.Shape[3] * w.Shape[4];
        places = (nint)y.Shape[3] * y.Shape[4];
        tiles = (places + TileColumns.Full<T>() - 1) / TileColumns.Full<T>();
    }

    private nint Blocks => (taps + Depth - 1) / Depth;

    // A strip is a tile's width of places of one image and group; strips of one width and group come one after the
    // other, since they share the filters and the way in which patches are cut.
    private nint Strips => w.Shape[0] * tiles * images;

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
        else if (Strips < parts && taps >= 4 * Depth)
            ShareDepth(frame);
        else
            ShareStrips(frame, (int)Math.Min(parts, Strips));
    }

    private void ShareStrips(Frame frame, int parts) => frame.Workers.Run(parts, part =>
        Do(frame, frame.At<T>(y), Strips * part / parts, Strips * (part + 1) / parts, 0, Blocks));

    // Few places and many taps, as in the gradient of filters: the sums of all blocks of taps first, then their sum
    // in the order stated.
    private void ShareDepth(Frame frame)
    {
        var size = (nint)y.Shape.Size;
        var rented = ArrayPool<T>.Shared.Rent(checked((int)(Blocks * size)));
        fixed (T* pinned = rented)
        {
            var sums = pinned;
            frame.Workers.Run((int)Blocks, block => Do(frame, sums + (block * size), 0, Strips, block, block + 1));
            View<T> result = new(frame.At<T>(y), size, 1);
            for (nint block = 0; block < Blocks; block++)
                MatrixBlocks.Merge(1, size, sums + (block * size), size, result, add: block > 0);
        }
        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>The sums over these blocks of taps, for these strips, into an array laid out as the result.</summary>
    private void Do(Frame frame, T* to, nint firstStrip, nint endStrip, nint firstBlock, nint endBlock)
    {
        var packs = endStrip - firstStrip > SeldomStrips && Math.Min(taps, Depth) * taps * sizeof(T) > FitsFirstCache;
        nint tile = TileRows.Full<T>() * TileColumns.Full<T>();
        var filterMemory = MatrixPanels<T, TileRows>.Memory(Math.Min(taps, Depth), filters, packs);
        nint panelMemory = (Depth * TileColumns.Full<T>()) + Vector512<T>.Count;
        var memory = (T*)Scratch.Take((tile + (filterMemory * (endBlock - firstBlock)) + panelMemory) * sizeof(T));
        var packed = memory + tile;
        var panel = packed + (filterMemory * (endBlock - firstBlock));
        // Lanes beyond a strip's end are computed and dropped; what they hold must not be slow to compute with.
        new Span<T>(panel, (int)panelMemory).Clear();
        var cuts = stackalloc Cut[TileColumns.Full<T>()];
        var (group, start, count) = ((nint)(-1), (nint)(-1), 0);
        for (var strip = firstStrip; strip < endStrip; strip++)
        {
            var (unit, image) = Math.DivRem(strip, images);
            var (g, at) = Math.DivRem(unit, tiles);
            at *= TileColumns.Full<T>();
            var columns = Math.Min(TileColumns.Full<T>(), places - at);
            var all = new View<T>(frame.At<T>(w) + (g * filters * taps), taps, 1);
            if (g != group)
            {
                for (var block = firstBlock; block < endBlock; block++)
                    Panels(all, block, packs, packed + ((block - firstBlock) * filterMemory)).Pack(filters);
            }
            if (at != start)
                count = patches.Cuts((int)at, (int)columns, cuts);
            (group, start) = (g, at);
            var result = new View<T>(to + (((((image * w.Shape[0]) + g) * filters) * places) + at), places, 1);
            for (var block = firstBlock; block < endBlock; block++)
            {
                var depth = Math.Min(Depth, taps - (block * Depth));
                patches.Pack(
                    frame.At<T>(x), (image * w.Shape[0]) + g, block * Depth, depth, cuts, count, panel,
                    TileColumns.Padded<T>(columns));
                MatrixBlocks.Tiles(
                    filters, columns, depth,
                    Panels(all, block, packs, packed + ((block - firstBlock) * filterMemory)),
                    new MatrixPanels<T, TileColumns>(default, depth, true, panel), result, memory,
                    add: block > firstBlock);
            }
        }
    }

    private MatrixPanels<T, TileRows> Panels(View<T> all, nint block, bool packs, T* memory) =>
        new(all.From(0, block * Depth).Transposed, Math.Min(Depth, taps - (block * Depth)), packs, memory);
}
