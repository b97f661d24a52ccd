using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>
/// Gives the arena's stretches to buffers, each from the first instruction that writes it to the last that reads it.
/// Instructions that are tiled run side by side: what one of them reads stays to the end.
/// </summary>
internal static class Lifetimes
{
    /// <summary>Stretches start on cache lines, which are also as wide as the widest vector.</summary>
    private const long Alignment = 64;

    /// <summary>The buffers with their places, how long the arena is, and the most bytes of it live at once.</summary>
    public static (ImmutableArray<Storage> Buffers, long Bytes, long LiveBytes) Assign(
        List<Storage> buffers, List<Instruction> instructions, ImmutableArray<Tiling> tilings)
    {
        var last = LastReaders(buffers.Count, instructions, tilings);
        var (owners, stretches, known) = (new List<int>(), new List<Stretch>(), new bool[buffers.Count]);
        for (var i = 0; i < instructions.Count; i++)
        {
            foreach (var result in instructions[i].Results)
            {
                if (buffers[result.Buffer] is not Storage.Scratch scratch || known[result.Buffer])
                    continue;
                known[result.Buffer] = true;
                owners.Add(result.Buffer);
                stretches.Add(new(Bytes(scratch), i, last[result.Buffer]));
            }
        }
        var placement = Placement.Of([.. stretches]);
        var assigned = ImmutableArray.CreateBuilder<Storage>(buffers.Count);
        assigned.AddRange(buffers);
        for (var i = 0; i < owners.Count; i++)
            assigned[owners[i]] = (Storage.Scratch)buffers[owners[i]] with { Offset = placement.Offsets[i] };
        return (assigned.MoveToImmutable(), placement.Bytes, placement.LiveBytes);
    }

    /// <summary>For each buffer the last instruction that touches it, or the last of that one's tile.</summary>
    private static int[] LastReaders(int count, List<Instruction> instructions, ImmutableArray<Tiling> tilings)
    {
        var last = new int[count];
        for (var i = 0; i < instructions.Count; i++)
        {
            foreach (var view in instructions[i].Results)
                last[view.Buffer] = i;
            foreach (var view in instructions[i].Operands)
                last[view.Buffer] = i;
        }
        foreach (var tiling in tilings)
        {
            for (var i = tiling.First; i < tiling.First + tiling.Count; i++)
            {
                foreach (var view in instructions[i].Operands.Concat(instructions[i].Results))
                    last[view.Buffer] = Math.Max(last[view.Buffer], tiling.First + tiling.Count - 1);
            }
        }
        return last;
    }

    private static long Bytes(Storage buffer) =>
        Aligned(Math.Max(buffer.Size, 1L) * buffer.DType.ByteSize);

    /// <summary>So many bytes, and what is left over to the next place where a stretch may start.</summary>
    public static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
