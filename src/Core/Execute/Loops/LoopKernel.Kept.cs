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
        : [.. Loop.Stores.Select(s => (First: instruction.Skipped[s.Result], s.Result))
            .Select(s => (s.First, s.First + Results[s.Result].Shape.Size))];

    /// <summary>Where the first element of a store lies, or would lie if it were kept.</summary>
    private byte* StoreStart(Frame frame, int store) => (byte*)frame.Start(Results[Loop.Stores[store].Result]) -
        (kept.Length == 0 ? 0 : (nint)kept[store].First * Loop.Stores[store].DType.ByteSize);

    /// <summary>How many elements from a place on are kept alike.</summary>
    private int KeptAlike(int start, int count)
    {
        foreach (var (first, end) in kept)
            count = Math.Min(count, start < first ? Math.Min(first - start, Loop.Lanes)
                : start < end ? end - start
                : Loop.Lanes);
        return count;
    }

    private byte* StoreAt(ref Site site, int store, byte* first, int place) =>
        kept.Length > 0 && (place < kept[store].First || place >= kept[store].End)
            ? Registers(site) + Tiers.ScratchBytes
            : first + ((nint)place * Loop.Stores[store].DType.ByteSize);
}
