using System.Runtime.CompilerServices;
using DistGrad.Plan;

namespace DistGrad.Execute.Loops;

/// <summary>
/// Rows are run together, by one call of a method that goes from row to row by itself, where each operand goes from
/// row to row by steps of one length.
/// </summary>
internal unsafe partial class LoopKernel
{
    /// <summary>The most that a body weighs that is run for a row of less than half a vector.</summary>
    private const int LightBody = 16;

    /// <summary>
    /// Elements from the start of a row to that of the next, in row-major order; 0 where rows are not run together.
    /// </summary>
    private readonly int pitch;

    /// <summary>What the method knows of the rows; null where they are not run together.</summary>
    private readonly LoopRows? rows;

    private int PitchOf(Fused fused)
    {
        var length = fused.Reduced switch
        {
            // Many functions of vectors that are mostly empty cost more than to gather short rows.
            null => 2 * rowLength * fused.LaneBytes >= LaneFunction.VectorBytes ||
                fused.Body.Body.Sum(LoopTraits.Weight) <= LightBody ? rowLength : 0,
            // Of longer rows than a leaf a tree is made.
            { IsRow: true } row => row.Length <= row.Leaf(fused.LaneBytes) ? row.Length : 0,
            var columns => columns.Inner,
        };
        return length > 0 && Size > length && CanStep(length) ? length : 0;
    }

    private bool CanStep(int length) =>
        RuntimeFeature.IsDynamicCodeSupported && readers.All(r => r.StepsBy(length));

    /// <summary>The rows that are run together; null where none are.</summary>
    protected LoopRows? LoopRows => rows;

    /// <summary>Whether every operand goes through all rows by steps of one length.</summary>
    protected bool AreSteady { get; }

    /// <summary>How many of so many rows, from a row on, lie in steps of one length.</summary>
    protected int RowsFrom(int row, int count)
    {
        foreach (var reader in AreSteady ? [] : readers)
            count = Math.Min(count, reader.RowsFrom(row * pitch, pitch));
        return count;
    }

    /// <summary>Where a row of an operand or result begins.</summary>
    protected byte* RowAt(byte** starts, int slot, nint row) => AreSteady || slot >= readers.Length
        ? starts[slot] + (row * rows!.Steps[slot])
        : readers[slot].At(starts[slot], (int)row * pitch);

    protected byte* StartOf(Frame frame, int operand) => readers[operand].Start(frame);

    private nint[] StepsOf()
    {
        var by = new nint[Loop.MaskSlot];
        for (var i = 0; i < readers.Length; i++)
            by[i] = readers[i].Step(pitch);
        for (var i = 0; i < Loop.Stores.Length; i++)
            by[Loop.StoreSlot(i)] = (nint)pitch * Loop.Stores[i].DType.ByteSize;
        for (var i = 0; i < Loop.Folds.Length && Loop.IsRow; i++)
            by[Loop.FoldSlot(i)] = Loop.LaneBytes;
        return by;
    }

    /// <summary>
    /// Runs rows of so many elements from a place on, if they can be run together now. What rows are reduced to follows
    /// the addresses that the site names, row by row; what columns are reduced to lies there.
    /// </summary>
    protected bool RunRows(ref Site site, int start, int count, int width)
    {
        if (!Tiers.HasRows)
            return false;
        var at = stackalloc byte*[Loop.MaskSlot];
        for (var slot = readers.Length; slot < Loop.MaskSlot; slot++)
            at[slot] = site.At[slot];
        for (var i = 0; i < Loop.Stores.Length; i++)
            at[Loop.StoreSlot(i)] += (nint)start * Loop.Stores[i].DType.ByteSize;
        while (count > 0)
        {
            var together = count;
            for (var i = 0; i < readers.Length; i++)
            {
                together = Math.Min(together, readers[i].RowsFrom(start, pitch));
                at[i] = readers[i].At(Starts(site)[i], start);
            }
            Tiers.RunRows(at, together, (nint)width * Loop.LaneBytes);
            for (var slot = readers.Length; slot < Loop.MaskSlot; slot++)
                at[slot] += together * rows!.Steps[slot];
            start += together * pitch;
            count -= together;
        }
        return true;
    }
}
