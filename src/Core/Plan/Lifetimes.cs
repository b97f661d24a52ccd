using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>Gives the arena's stretches to buffers, first fit, each from the instruction that writes it to the last that reads it.</summary>
internal static class Lifetimes
{
    /// <summary>Stretches start on cache lines, which are also as wide as the widest vector.</summary>
    private const long Alignment = 64;

    public static (ImmutableArray<Storage> Buffers, long Bytes) Assign(List<Storage> buffers, List<Instruction> instructions)
    {
        var last = LastReaders(buffers.Count, instructions);
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
            foreach (var ended in last[i])
            {
                if (assigned[ended] is Storage.Scratch scratch)
                    free.Return(scratch.Offset, Bytes(scratch));
            }
        }
        return (assigned.MoveToImmutable(), free.End);
    }

    /// <summary>For each instruction, the buffers that nothing reads after it.</summary>
    private static List<int>[] LastReaders(int count, List<Instruction> instructions)
    {
        var last = new int[count];
        for (var i = 0; i < instructions.Count; i++)
        {
            foreach (var view in instructions[i].Results.Concat(instructions[i].Operands))
                last[view.Buffer] = i;
        }
        var ended = new List<int>[instructions.Count];
        for (var i = 0; i < ended.Length; i++)
        {
            ended[i] = [];
            foreach (var buffer in instructions[i].Results.Concat(instructions[i].Operands).Select(v => v.Buffer).Distinct())
            {
                if (last[buffer] == i)
                    ended[i].Add(buffer);
            }
        }
        return ended;
    }

    private static long Bytes(Storage buffer) =>
        ((Math.Max(buffer.Size, 1L) * buffer.DType.ByteSize) + Alignment - 1) / Alignment * Alignment;

    /// <summary>The stretches of the arena that no live buffer holds, by offset and by length.</summary>
    private sealed class FreeList
    {
        private readonly Dictionary<long, long> byOffset = [];
        private readonly Dictionary<long, long> byEnd = [];
        private readonly SortedSet<(long Bytes, long Offset)> byBytes = [];

        /// <summary>How far the arena reaches.</summary>
        public long End { get; private set; }

        /// <summary>The smallest stretch that is long enough, or a new one at the end.</summary>
        public long Take(long bytes)
        {
            using var fitting = byBytes.GetViewBetween((bytes, 0), (long.MaxValue, long.MaxValue)).GetEnumerator();
            if (!fitting.MoveNext())
                return (End += bytes) - bytes;
            var (length, offset) = fitting.Current;
            Remove(offset, length);
            if (length > bytes)
                Insert(offset + bytes, length - bytes);
            return offset;
        }

        /// <summary>Free again, and joined with what is free on either side.</summary>
        public void Return(long offset, long bytes)
        {
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
