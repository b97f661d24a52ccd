using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace DistGrad.Plan;

/// <summary>A part of the arena: so many bytes, held from one instruction to another, both included.</summary>
internal readonly record struct Stretch(long Bytes, int First, int Last);

/// <summary>
/// Where stretches lie, so that those held at one time lie apart. To find the shortest arena is hard (dynamic storage
/// allocation: Garey and Johnson 1979, SR2); the largest first, each as low as it can lie, comes near as a rule.
/// </summary>
/// <param name="Offsets">Where each begins.</param>
/// <param name="Bytes">How far the last reaches.</param>
/// <param name="LiveBytes">The most bytes that are held at one instruction: no placement is shorter.</param>
internal sealed record Placement(ImmutableArray<long> Offsets, long Bytes, long LiveBytes)
{
    /// <summary>
    /// To place by worth looks at each pair, some microseconds for each of so many; more are placed in order.
    /// </summary>
    private const int Many = 1 << 10;

    /// <summary>
    /// What is placed first: the largest, and of equals the first or the last; what holds most for long; what is held
    /// longest; what is held last.
    /// </summary>
    private static readonly ImmutableArray<Func<Stretch, (long, int)>> Worths =
    [
        s => (s.Bytes, -s.First), s => (s.Bytes, s.Last), s => (s.Bytes * (s.Last - s.First + 1), 0),
        s => (s.Last - s.First, 0), s => (s.Last, 0),
    ];

    /// <summary>The places of stretches that are sorted by their first instructions.</summary>
    public static Placement Of(ImmutableArray<Stretch> stretches)
    {
        var best = InOrder(stretches);
        for (var i = 0; i < Worths.Length && best.Bytes > best.LiveBytes && stretches.Length <= Many; i++)
        {
            var (offsets, bytes) = ByWorth(stretches, Worths[i]);
            if (bytes < best.Bytes)
                best = best with { Offsets = offsets, Bytes = bytes };
        }
        return best;
    }

    /// <summary>Each takes the tightest gap that there is when it is written.</summary>
    private static Placement InOrder(ImmutableArray<Stretch> stretches)
    {
        var free = new FreeList();
        var offsets = new long[stretches.Length];
        int[] last = [.. stretches.Select(s => s.Last)], ended = [.. Enumerable.Range(0, last.Length)];
        Array.Sort(last, ended);
        var next = 0;
        for (var i = 0; i < offsets.Length; i++)
        {
            for (; last[next] < stretches[i].First; next++)
                free.Return(offsets[ended[next]], stretches[ended[next]].Bytes);
            offsets[i] = free.Take(stretches[i].Bytes);
        }
        return new(ImmutableCollectionsMarshal.AsImmutableArray(offsets), free.End, free.MostTaken);
    }

    /// <summary>Each is placed as low as it can lie, what is worth most first.</summary>
    private static (ImmutableArray<long> Offsets, long Bytes) ByWorth(
        ImmutableArray<Stretch> stretches, Func<Stretch, (long, int)> worth)
    {
        var offsets = new long[stretches.Length];
        var placed = new List<Placed>(stretches.Length);
        foreach (var i in Enumerable.Range(0, stretches.Length).OrderByDescending(i => worth(stretches[i])))
        {
            offsets[i] = Lowest(stretches[i], CollectionsMarshal.AsSpan(placed), out var index);
            placed.Insert(index, new(offsets[i], offsets[i] + stretches[i].Bytes, stretches[i]));
        }
        return (ImmutableCollectionsMarshal.AsImmutableArray(offsets), placed.Max(p => p.End));
    }

    /// <summary>
    /// The lowest place apart from those held at the same time, and where it belongs among all, in order of place.
    /// </summary>
    private static long Lowest(Stretch stretch, ReadOnlySpan<Placed> placed, out int index)
    {
        long start = 0;
        for (index = 0; index < placed.Length; index++)
        {
            ref readonly var other = ref placed[index];
            if (other.Stretch.First > stretch.Last || other.Stretch.Last < stretch.First)
                continue;
            if (other.Start >= start + stretch.Bytes)
                break;
            start = Math.Max(start, other.End);
        }
        while (index > 0 && placed[index - 1].Start > start)
            index--;
        return start;
    }

    private readonly record struct Placed(long Start, long End, Stretch Stretch);
}
