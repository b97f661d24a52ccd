using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>
/// Gives the arena's stretches to buffers, first fit, each from the instruction that writes it
/// to the last that reads it. Instructions that are tiled run side by side: what one of them reads stays to the end.
/// </summary>
internal static class Lifetimes
{
    /// <summary>Stretches start on cache lines, which are also as wide as the widest vector.</summary>
    private const long Alignment = 64;

    public static (ImmutableArray<Storage> Buffers, long Bytes) Assign(
        List<Storage> buffers, List<Instruction> instructions, ImmutableArray<Tiling> tilings)
    {
        var (last, next) = LastReaders(buffers.Count, instructions, tilings);
        var free = new FreeList();
        var assigned = ImmutableArray.CreateBuilder<Storage>(buffers.Count);
        assigned.AddRange(buffers);
        for (var i = 0; i < instructions.Count; i++)
        {
            foreach (var result in instructions[i].Results)
            {
                if (buffers[result.Buffer] is Storage.Scratch scratch)
                    assigned[result.Buffer] = scratch with { Offset = free.Take(Bytes(scratch)) };
            }
            for (var ended = last[i]; ended >= 0; ended = next[ended])
            {
                if (assigned[ended] is Storage.Scratch scratch)
                    free.Return(scratch.Offset, Bytes(scratch));
            }
        }
        return (assigned.MoveToImmutable(), free.End);
    }

    /// <summary>
    /// For each instruction the first of the buffers that nothing touches after it, and for each buffer the next of
    /// them; below 0 where there is none.
    /// </summary>
    private static (int[] First, int[] Next) LastReaders(
        int count, List<Instruction> instructions, ImmutableArray<Tiling> tilings)
    {
        var (first, next, last) = (new int[instructions.Count], new int[count], new int[count]);
        Array.Fill(first, -1);
        Array.Fill(last, -1);
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
        for (var buffer = 0; buffer < count; buffer++)
        {
            if (last[buffer] >= 0)
                (next[buffer], first[last[buffer]]) = (first[last[buffer]], buffer);
        }
        return (first, next);
    }

    private static long Bytes(Storage buffer) =>
        Aligned(Math.Max(buffer.Size, 1L) * buffer.DType.ByteSize);

    /// <summary>So many bytes, and what is left over to the next place where a stretch may start.</summary>
    public static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>The stretches of the arena that no live buffer holds, by offset and by length.</summary>
    private sealed class FreeList
    {
        private readonly Dictionary<long, long> byOffset = [];
        private readonly Dictionary<long, long> byEnd = [];
        private readonly SortedSet<(long Bytes, long Offset)> byBytes = [];

        /// <summary>What was returned last is often what is asked for next: it waits outside the sets.</summary>
        private (long Bytes, long Offset) spare;

        /// <summary>How far the arena reaches.</summary>
        public long End { get; private set; }

        /// <summary>The smallest stretch that is long enough, or a new one at the end.</summary>
        public long Take(long bytes)
        {
            if (spare.Bytes == bytes)
            {
                spare.Bytes = 0;
                return spare.Offset;
            }
            if (byBytes.Count == 0 && spare.Bytes < bytes)
                return (End += bytes) - bytes;
            Shelve();
            using var fitting = byBytes.GetViewBetween((bytes, 0), (long.MaxValue, long.MaxValue)).GetEnumerator();
            if (!fitting.MoveNext())
                return (End += bytes) - bytes;
            var (length, offset) = fitting.Current;
            Remove(offset, length);
            if (length > bytes)
                Insert(offset + bytes, length - bytes);
            return offset;
        }

        /// <summary>Free again.</summary>
        public void Return(long offset, long bytes)
        {
            Shelve();
            spare = (bytes, offset);
        }

        /// <summary>Puts the spare stretch among the others, joined with what is free on either side.</summary>
        private void Shelve()
        {
            var (bytes, offset) = spare;
            if (bytes == 0)
                return;
            spare.Bytes = 0;
            if (byEnd.TryGetValue(offset, out var before))
            {
                Remove(before, offset - before);
                (offset, bytes) = (before, bytes + offset - before);
            }
            if (byOffset.TryGetValue(offset + bytes, out var behind))
            {
                Remove(offset + bytes, behind);
                bytes += behind;
            }
            Insert(offset, bytes);
        }

        private void Insert(long offset, long bytes)
        {
            byOffset[offset] = bytes;
            byEnd[offset + bytes] = offset;
            byBytes.Add((bytes, offset));
        }

        private void Remove(long offset, long bytes)
        {
            byOffset.Remove(offset);
            byEnd.Remove(offset + bytes);
            byBytes.Remove((bytes, offset));
        }
    }
}
