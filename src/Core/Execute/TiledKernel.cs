using System.Buffers;
using System.Collections.Concurrent;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;

namespace DistGrad.Execute;

/// <summary>A kernel that can do some rows alone, rows being what the leading axis counts.</summary>
internal unsafe interface IRowKernel
{
    /// <summary>
    /// Memory for what a tile of rows contributes to values that all rows are reduced into; often none.
    /// </summary>
    int PartialBytes { get; }

    /// <summary>The rows from first to end, on the calling thread.</summary>
    void Rows(Frame frame, int first, int end, byte* partial);

    /// <summary>Reduces what the tiles contributed, which lies one after the other.</summary>
    void Finish(Frame frame, byte* partials, int tiles);
}

/// <summary>
/// Runs instructions together, a tile of rows at a time, so that what they hand on stays in the cache. Threads share
/// the tiles, which are the same for any number of them.
/// </summary>
internal sealed unsafe class TiledKernel : Kernel
{
    private readonly Tiling tiling;
    private readonly Kernel[] kernels;
    private readonly IRowKernel[] rows;
    private readonly int[] shared;
    private readonly (int Buffer, Storage.Tile Tile)[] locals;
    private readonly int bufferCount;
    private readonly ConcurrentBag<Frame> idle = [];

    /// <summary>Where the contributions of each kernel's tiles begin, and behind the last of them.</summary>
    private readonly int[] partials;

    public TiledKernel(Plan.Plan plan, Tiling tiling, Kernel[] kernels)
    {
        (this.tiling, this.kernels) = (tiling, kernels);
        rows = [.. kernels.Cast<IRowKernel>()];
        bufferCount = plan.Buffers.Length;
        int[] buffers =
        [
            .. plan.Instructions.Skip(tiling.First).Take(tiling.Count)
                .SelectMany(i => i.Operands.Concat(i.Results)).Select(v => v.Buffer).Distinct(),
        ];
        shared = [.. buffers.Where(b => plan.Buffers[b] is not Storage.Tile)];
        locals = [.. buffers.Except(shared).Select(b => (b, (Storage.Tile)plan.Buffers[b]))];
        partials = new int[rows.Length + 1];
        for (var i = 0; i < rows.Length; i++)
            partials[i + 1] = partials[i] + (rows[i].PartialBytes * tiling.Tiles);
    }

    public override void Compile()
    {
        foreach (var kernel in kernels)
            kernel.Compile();
    }

    public override void Run(Frame frame)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(partials[^1], 1));
        fixed (byte* memory = rented)
        {
            frame.Workers.Run(
                tiling.Tiles, (Kernel: this, frame, Memory: (nint)memory),
                static (s, tile) => s.Kernel.Tile(s.frame, tile, (byte*)s.Memory));
            for (var i = 0; i < rows.Length; i++)
                rows[i].Finish(frame, memory + partials[i], tiling.Tiles);
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    private void Tile(Frame frame, int tile, byte* memory)
    {
        var first = tile * tiling.TileRows;
        var end = Math.Min(tiling.Rows, first + tiling.TileRows);
        var own = OwnFrame(frame, first);
        for (var i = 0; i < rows.Length; i++)
            rows[i].Rows(own, first, end, memory + partials[i] + (tile * rows[i].PartialBytes));
        idle.Add(own);
    }

    /// <summary>
    /// The same buffers, but for those that hold a tile: these start where their first row would lie.
    /// </summary>
    private Frame OwnFrame(Frame frame, int firstRow)
    {
        if (!idle.TryTake(out var own))
            own = new(bufferCount, Workers.Single);
        foreach (var buffer in shared)
            own[buffer] = frame[buffer];
        var memory = (nint)Scratch.TakeTile((nint)tiling.LocalBytes);
        foreach (var (buffer, tile) in locals)
            own[buffer] = memory + (nint)tile.Offset - ((nint)firstRow * tile.RowBytes);
        return own;
    }
}
