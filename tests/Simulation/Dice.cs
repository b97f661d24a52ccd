namespace DistGrad.Simulation;

/// <summary>Numbers that follow from a seed, for ever the same: SplitMix64 of Steele, Lea and Flood (2014).</summary>
internal sealed class Dice
{
    private ulong state;

    /// <summary>Dice of their own for each sequence of keys, so that one thing drawn less changes no other.</summary>
    public Dice(params ReadOnlySpan<long> keys)
    {
        foreach (var key in keys)
            state = Mix(state ^ Mix((ulong)key + 0x9E3779B97F4A7C15));
    }

    public ulong Next() => Mix(state += 0x9E3779B97F4A7C15);

    /// <summary>A number from the least to the most, both of them possible.</summary>
    public int Between(int least, int most) => least + (int)(Next() % (ulong)(most - least + 1));

    public bool Chance(int percent) => Between(1, 100) <= percent;

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[Between(0, choices.Length - 1)];

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
