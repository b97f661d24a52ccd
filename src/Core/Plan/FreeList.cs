namespace DistGrad.Plan;

/// <summary>The stretches of the arena that no live buffer holds, by offset and by length.</summary>
internal sealed class FreeList
{
    private readonly Dictionary<long, long> byOffset = [];
    private readonly Dictionary<long, long> byEnd = [];
    private readonly SortedSet<(long Bytes, long Offset)> byBytes = [];

    /// <summary>What was returned last is often what is asked for next: it waits outside the sets.</summary>
    private (long Bytes, long Offset) spare;

    private long taken;

    /// <summary>How far the arena reaches.</summary>
    public long End { get; private set; }

    /// <summary>The most bytes that were taken and not yet returned.</summary>
    public long MostTaken { get; private set; }

    /// <summary>The smallest stretch that is long enough, or a new one at the end.</summary>
    public long Take(long bytes)
    {
        MostTaken = Math.Max(MostTaken, taken += bytes);
        if (spare.Bytes == bytes)
        {
            spare.Bytes = 0;
            return spare.Offset;
        }
        if (byBytes.Count == 0 && spare.Bytes == 0)
            return (End += bytes) - bytes;
        Shelve();
        using var fitting = byBytes.GetViewBetween((bytes, 0), (long.MaxValue, long.MaxValue)).GetEnumerator();
        if (!fitting.MoveNext())
            return Lengthen(bytes);
        var (length, offset) = fitting.Current;
        Remove(offset, length);
        if (length > bytes)
            Insert(offset + bytes, length - bytes);
        return offset;
    }

    /// <summary>At the end, from where the last stretch that is free begins if nothing lies behind it.</summary>
    private long Lengthen(long bytes)
    {
        if (byEnd.TryGetValue(End, out var start))
            Remove(start, End - start);
        else
            start = End;
        End = start + bytes;
        return start;
    }

    /// <summary>Free again.</summary>
    public void Return(long offset, long bytes)
    {
        taken -= bytes;
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
