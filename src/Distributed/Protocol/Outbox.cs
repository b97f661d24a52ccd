using System.Collections.Immutable;
using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Protocol;

/// <summary>A message on its way: to a worker, or to the run where no worker is named.</summary>
internal sealed record Letter(long Number, WorkerId? To, Message Message);

/// <summary>Messages that were sent and may have to be sent again, until they are known to have arrived.</summary>
internal sealed record Outbox
{
    /// <summary>Those under way, and those that are known to be lost.</summary>
    private ImmutableSortedDictionary<long, (Letter Letter, bool IsLost)> Letters { get; init; } =
        ImmutableSortedDictionary<long, (Letter, bool)>.Empty;

    private long Next { get; init; }

    public int Count => Letters.Count;

    public (Outbox Outbox, Letter Letter) Post(WorkerId? to, Message message)
    {
        var letter = new Letter(Next, to, message);
        return (this with { Letters = Letters.Add(Next, (letter, false)), Next = Next + 1 }, letter);
    }

    public bool Holds(Func<Letter, bool> sought) => Letters.Values.Any(e => sought(e.Letter));

    public Outbox Delivered(long number) => this with { Letters = Letters.Remove(number) };

    public Outbox Undelivered(long number) => Letters.TryGetValue(number, out var entry)
        ? this with { Letters = Letters.SetItem(number, (entry.Letter, true)) }
        : this;

    /// <summary>What is to be sent again, from now on under way once more.</summary>
    public (Outbox Outbox, ImmutableArray<Letter> Letters) Again()
    {
        ImmutableArray<Letter> lost = [.. Letters.Values.Where(e => e.IsLost).Select(e => e.Letter)];
        var letters = Letters.SetItems(lost.Select(l => KeyValuePair.Create(l.Number, (l, false))));
        return (this with { Letters = letters }, lost);
    }

    /// <summary>Without the letters that are of no use any more.</summary>
    public Outbox Without(Func<Letter, bool> useless) => this with
    {
        Letters = Letters.RemoveRange(Letters.Values.Where(e => useless(e.Letter)).Select(e => e.Letter.Number)),
    };
}
