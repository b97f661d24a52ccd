using System.Runtime.CompilerServices;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;

namespace DistGrad.Execute.Loops;

/// <summary>
/// A loop over the elements of a product, its first operand, which can run for a tile of them, or for a rectangle.
/// </summary>
internal sealed unsafe class EpilogueKernel : LoopKernel, IEpilogue
{
    /// <summary>By slot, how far from an element to the next column, in bytes.</summary>
    private readonly nint[] widths;

    private readonly TileTier?[] tiles = new TileTier?[TileForm.Count];
    private readonly bool keepsProduct;
    private bool isCompiled;

    /// <param name="instruction">The loop.</param>
    /// <param name="columns">The columns of the product.</param>
    /// <param name="keepsProduct">Whether the product is to be in memory afterwards.</param>
    public EpilogueKernel(Instruction instruction, int columns, bool keepsProduct)
        : base(instruction, columns)
    {
        this.keepsProduct = keepsProduct;
        widths =
        [
            .. Loop.Operands.Select(o => o.IsRepeated ? 0 : (nint)o.DType.ByteSize),
            .. Loop.Stores.Select(s => (nint)s.DType.ByteSize),
        ];
    }

    /// <summary>Whether it can run for rectangles now.</summary>
    public bool CanFinish => Tiers.HasRows;

    /// <summary>How many addresses <see cref="Begin"/> writes.</summary>
    public int Slots => widths.Length;

    public override void Compile()
    {
        base.Compile();
        isCompiled = true;
    }

    /// <summary>Writes down where operands and results begin.</summary>
    public void Begin(Frame frame, byte** starts)
    {
        for (var i = 0; i < Loop.Operands.Length; i++)
            starts[i] = StartOf(frame, i);
        for (var i = 0; i < Loop.Stores.Length; i++)
            starts[Loop.StoreSlot(i)] = StoreStart(frame, i);
    }

    [SkipLocalsInit]
    public bool Tile(byte** starts, nint row, nint column, in MatrixTileSources tile)
    {
        if (BodyFor(tile) is not { } body || RowsFrom((int)row, (int)tile.Rows) < tile.Rows)
            return false;
        var at = stackalloc byte*[widths.Length];
        Place(starts, row, column, at);
        body(at, tile.Depth, tile.A, tile.ARow, tile.AColumn, tile.B, tile.BRow, tile.C, tile.CRow);
        return true;
    }

    [SkipLocalsInit]
    public void Finish(byte** starts, nint row, nint column, nint rows, nint columns)
    {
        var at = stackalloc byte*[widths.Length];
        while (rows > 0)
        {
            var together = RowsFrom((int)row, (int)rows);
            Place(starts, row, column, at);
            Tiers.RunRows(at, together, columns * Loop.LaneBytes);
            row += together;
            rows -= together;
        }
    }

    private void Place(byte** starts, nint row, nint column, byte** at)
    {
        for (var slot = 0; slot < widths.Length; slot++)
            at[slot] = RowAt(starts, slot, row) + (column * widths[slot]);
    }

    private TileBody? BodyFor(in MatrixTileSources tile)
    {
        var form = TileForm.Of(tile, Loop.Lanes, keepsProduct);
        var tier = Volatile.Read(ref tiles[form.Number]) ?? New(form);
        if (tier.Body is { } body)
            return body;
        if (isCompiled)
            tier.Compile();
        else
            tier.Count();
        return tier.Body;
    }

    private TileTier New(TileForm form)
    {
        var tier = new TileTier(Loop, LoopRows!, form);
        return Interlocked.CompareExchange(ref tiles[form.Number], tier, null) ?? tier;
    }
}
