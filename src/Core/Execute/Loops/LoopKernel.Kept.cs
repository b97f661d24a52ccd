using DistGrad.Plan;

namespace DistGrad.Execute.Loops;

/// <summary>
/// Results of which only some elements are kept, one after the other: ranges end where these begin or end, and what
/// is left out goes to a vector of the site's own.
/// </summary>
internal unsafe partial class LoopKernel
{
    /// <summary>By store, the elements that are kept; empty where all are.</summary>
    private readonly (int First, int End)[] kept;

    private (int First, int End)[] KeptOf(Instruction instruction) => instruction.Skipped.IsEmpty
        ? []
        : [.. Loop.Stores.Select(s =>
            (instruction.Skipped[s.Result], instruction.Skipped[s.Result] + Results[s.Result].Shape.Size))];

    /// <summary>By store, where in its buffer the first element lies, or would lie if it were kept, in bytes.</summary>
    private readonly nint[] offsets;

    private nint[] OffsetsOf() => [.. Loop.Stores.Select((s, i) => (nint)s.DType.ByteSize *
        (Results[s.Result].Layout.Offset - (kept.Length == 0 ? 0 : kept[i].First)))];

    protected byte* StoreStart(Frame frame, int store) =>
        (byte*)(frame[Results[Loop.Stores[store].Result].Buffer] + offsets[store]);

    /// <summary>
    /// How many elements from a place on are kept alike, at most so many, and a vector's where some are left out.
    /// </summary>
    private int KeptAlike(int start, int count)
    {
        foreach (var (first, end) in kept)
            count = Math.Min(count, start < first ? Math.Min(first - start, Loop.Lanes)
                : start < end ? end - start
                : Loop.Lanes);
        return count;
    }

    /// <summary>Names other places for what is left out from a place on.</summary>
    private void LeaveOut(ref Site site, int place)
    {
        for (var i = 0; i < kept.Length; i++)
        {
            if (place < kept[i].First || place >= kept[i].End)
                site.At[Loop.StoreSlot(i)] = Registers(site) + Tiers.ScratchBytes;
        }
    }
}
