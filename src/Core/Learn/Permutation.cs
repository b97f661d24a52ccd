namespace DistGrad.Learn;

/// <summary>
/// An order of the numbers 0 to count - 1 that looks random and is a function of seed, epoch and count alone: any
/// place of it can be asked for on its own, by anyone, and nothing is stored.
/// </summary>
/// <remarks>
/// A Feistel network over the least even number of bits that holds the count, whose images beyond it are sent
/// through again until they fall within (cycle walking; Black and Rogaway, "Ciphers with arbitrary finite domains",
/// 2002): fewer than four rounds of it are to be expected.
/// </remarks>
public sealed class Permutation
{
    private const int Rounds = 6;

    private readonly ulong key;
    private readonly int half;

    /// <summary>The order of an epoch of a run with this seed.</summary>
    /// <exception cref="OptionException">The count is negative.</exception>
    public Permutation(long seed, long epoch, long count)
    {
        if (count < 0)
            throw new OptionException($"Permutation: {count} numbers have no order; at least 0 are needed");
        Count = count;
        key = Threefry.Bits(Threefry.Bits((ulong)seed, (ulong)epoch), (ulong)count);
        while (half < 32 && (count - 1) >> (2 * half) > 0)
            half++;
    }

    /// <summary>How many numbers are ordered.</summary>
    public long Count { get; }

    /// <summary>The number at a place of the order.</summary>
    /// <exception cref="IndexException">The place is not within it.</exception>
    public long this[long place]
    {
        get
        {
            if (place < 0 || place >= Count)
                throw new IndexException($"Permutation: place {place} is not within the order of {Count} numbers");
            var number = (ulong)place;
            do
            {
                number = Shuffle(number);
            }
            while (number >= (ulong)Count);
            return (long)number;
        }
    }

    /// <summary>A bijection on the numbers of 2 * half bits, whatever the mixing of a round gives.</summary>
    private ulong Shuffle(ulong number)
    {
        var mask = (1UL << half) - 1;
        var (left, right) = (number >> half, number & mask);
        for (var round = 0UL; round < Rounds; round++)
            (left, right) = (right, left ^ (Threefry.Bits(key, (round << 32) | right) & mask));
        return (left << half) | right;
    }
}
