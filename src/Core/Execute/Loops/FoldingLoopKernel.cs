using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;

namespace DistGrad.Execute.Loops;

/// <summary>
/// Runs a fused instruction that reduces some of what it computes, in the order that <see cref="Kernels.Reduction"/>
/// states: leaves first, each by the loop, and a tree over the leaves, of which threads take whole subtrees.
/// </summary>
internal sealed unsafe class FoldingLoopKernel : LoopKernel
{
    private const int PieceSize = Kernels.Reduction.WorthAThread;

    private readonly Folded folded;
    private readonly int leaf;

    /// <summary>Whether the leading axis is among those that are reduced.</summary>
    private readonly bool accumulates;

    /// <summary>Columns that are reduced at a time, and in how many tiles.</summary>
    private readonly int tileWidth;
    private readonly int tiles;

    public FoldingLoopKernel(Instruction instruction, Folded folded)
        : base(instruction)
    {
        this.folded = folded;
        accumulates = folded.Accumulates(LeadingLength);
        tileWidth = Math.Min(folded.Inner, Kernels.Reduction.TileColumns);
        tiles = (folded.Inner + tileWidth - 1) / tileWidth;
        leaf = folded.Leaf(Loop.LaneBytes);
    }

    private int Units => folded.Outer * tiles;

    /// <summary>Bytes of the accumulators of one reduction.</summary>
    private int FoldBytes => Loop.IsRow ? LaneFold.RowBytes : WholeVectors(tileWidth * Loop.LaneBytes);

    private int LevelBytes => FoldBytes * Loop.Folds.Length;

    public override void Run(Frame frame)
    {
        if (Units == 0)
            return;
        if (frame.Workers.Threads == 1 || Size < 2 * PieceSize)
            FoldUnits(frame, 0, Units);
        else
            Share(frame);
    }

    public override int PartialBytes => accumulates ? Units * LevelBytes : 0;

    public override void Rows(Frame frame, int first, int end, byte* partial)
    {
        if (accumulates)
        {
            var each = folded.Length / LeadingLength;
            Fold(frame, 0, Units, first * each, (end - first) * each, partial);
        }
        else
        {
            var each = Units / LeadingLength;
            FoldUnits(frame, first * each, end * each);
        }
    }

    public override void Finish(Frame frame, byte* partials, int tiles)
    {
        for (var unit = 0; unit < Units && accumulates; unit++)
            Join(frame, unit, tiles, partials);
    }

    private void FoldUnits(Frame frame, int first, int end) => Fold(frame, first, end, 0, folded.Length, null);

    private void Share(Frame frame)
    {
        var unitSize = folded.Length * tileWidth;
        if (Units < 4 * frame.Workers.Threads && unitSize >= 2 * PieceSize)
        {
            ShareLength(frame);
            return;
        }
        var each = Math.Max(1, PieceSize / unitSize);
        frame.Workers.Run(
            (Units + each - 1) / each, (Kernel: this, frame, each), static (s, part) => s.Kernel.FoldUnits(
                s.frame, part * s.each, Math.Min(s.Kernel.Units, (part + 1) * s.each)));
    }

    // Complete subtrees of a power of two of leaves, each by one thread, then the tree above them.
    private void ShareLength(Frame frame)
    {
        var length = leaf;
        while (length * tileWidth < PieceSize)
            length *= 2;
        var pieces = (folded.Length + length - 1) / length;
        var rented = ArrayPool<byte>.Shared.Rent(pieces * Units * LevelBytes);
        fixed (byte* pinned = rented)
        {
            frame.Workers.Run(
                pieces * Units, (Kernel: this, frame, length, Partial: (nint)pinned),
                static (s, part) => s.Kernel.FoldPiece(s.frame, part, s.length, (byte*)s.Partial));
            for (var unit = 0; unit < Units; unit++)
                Join(frame, unit, pieces, pinned);
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    private void FoldPiece(Frame frame, int part, int length, byte* partial)
    {
        var (piece, unit) = Math.DivRem(part, Units);
        var start = piece * length;
        Fold(
            frame, unit, unit + 1, start, Math.Min(length, folded.Length - start),
            partial + ((nint)piece * Units * LevelBytes));
    }

    private void Join(Frame frame, int unit, int pieces, byte* partial)
    {
        for (var apart = 1; apart < pieces; apart *= 2)
        {
            for (var piece = 0; piece + apart < pieces; piece += 2 * apart)
                Combine(Place(piece), Place(piece + apart), Width(unit));
        }
        Give(frame, unit, Place(0));

        byte* Place(int piece) => partial + (((nint)piece * Units) + unit) * LevelBytes;
    }

    /// <summary>
    /// Units from first to end, over a stretch of the reduced axis; into the results, or into memory by unit.
    /// </summary>
    private void Fold(Frame frame, int first, int end, int start, int length, byte* partial)
    {
        var levels = length <= leaf ? 1 : BitOperations.Log2((uint)((length - 1) / leaf)) + 2;
        var memory = Scratch.Take(SiteBytes + (levels * LevelBytes) + LaneFunction.VectorBytes);
        var accumulators = memory + WholeVectors(SiteBytes);
        var site = new Site(stackalloc nint[SlotCount], memory);
        Enter(frame, ref site);
        if (partial is null && length == folded.Length && FoldRows(frame, ref site, first, end))
            return;
        for (var unit = first; unit < end; unit++)
        {
            Branch(ref site, unit, start, length, accumulators);
            if (partial is null)
                Give(frame, unit, accumulators);
            else
                Unsafe.CopyBlockUnaligned(partial + ((nint)unit * LevelBytes), accumulators, (uint)LevelBytes);
        }
        Leave((long)(end - first) * length * tileWidth);
    }

    /// <summary>Whole rows, each of which is a leaf, if they can be run together now.</summary>
    private bool FoldRows(Frame frame, ref Site site, int first, int end)
    {
        if (!Loop.IsRow)
            return false;
        for (var i = 0; i < Loop.Folds.Length; i++)
        {
            var to = (byte*)frame.Start(Results[Loop.Folds[i].Result]);
            site.At[Loop.FoldSlot(i)] = to + ((nint)first * Loop.LaneBytes);
        }
        if (!RunRows(ref site, first * folded.Length, end - first, folded.Length))
            return false;
        Leave((long)(end - first) * folded.Length);
        return true;
    }

    private void Branch(ref Site site, int unit, int start, int length, byte* to)
    {
        if (length <= leaf)
        {
            Leaf(ref site, unit, start, length, to);
            return;
        }
        var left = leaf << BitOperations.Log2((uint)((length - 1) / leaf));
        Branch(ref site, unit, start, left, to);
        Branch(ref site, unit, start + left, length - left, to + LevelBytes);
        Combine(to, to + LevelBytes, Width(unit));
    }

    private void Leaf(ref Site site, int unit, int start, int length, byte* to)
    {
        for (var i = 0; i < Loop.Folds.Length; i++)
        {
            site.At[Loop.FoldSlot(i)] = to + (i * FoldBytes);
            Loop.Folds[i].Fold.Fill(to + (i * FoldBytes), FoldBytes);
        }
        if (Loop.IsRow)
        {
            Span(ref site, (unit * folded.Length) + start, length, 0);
            for (var i = 0; i < Loop.Folds.Length; i++)
                Loop.Folds[i].Fold.Collapse(to + (i * FoldBytes));
            return;
        }
        var (outer, tile) = Math.DivRem(unit, tiles);
        var place = (((outer * folded.Length) + start) * folded.Inner) + (tile * tileWidth);
        if (RunRows(ref site, place, length, Width(unit)))
            return;
        for (var row = 0; row < length; row++)
            Span(ref site, place + (row * folded.Inner), Width(unit), 0);
    }

    private static int WholeVectors(int bytes) => (bytes + LaneFunction.VectorBytes - 1) & -LaneFunction.VectorBytes;

    /// <summary>Columns of a unit; of a row there is one.</summary>
    private int Width(int unit) =>
        Loop.IsRow ? 1 : Math.Min(tileWidth, folded.Inner - (unit % tiles * tileWidth));

    private void Combine(byte* x, byte* y, int width)
    {
        for (var i = 0; i < Loop.Folds.Length; i++)
            Loop.Folds[i].Fold.Combine(x + (i * FoldBytes), y + (i * FoldBytes), (nint)width * Loop.LaneBytes);
    }

    private void Give(Frame frame, int unit, byte* from)
    {
        var (outer, tile) = Math.DivRem(unit, tiles);
        var place = (outer * folded.Inner) + (tile * tileWidth);
        for (var i = 0; i < Loop.Folds.Length; i++)
        {
            var to = (byte*)frame.Start(Results[Loop.Folds[i].Result]) + ((nint)place * Loop.LaneBytes);
            Unsafe.CopyBlockUnaligned(to, from + (i * FoldBytes), (uint)(Width(unit) * Loop.LaneBytes));
        }
    }
}
