using DistGrad.Learn;

namespace DistGrad.Distributed.Protocol;

/// <summary>Consecutive places in the order of an epoch's examples.</summary>
internal readonly record struct Places(long Epoch, long From, int Count);

/// <summary>
/// Which examples each shard sees in each step: a function of these numbers alone. An epoch's examples are put in an
/// order by a keyed permutation, a batch is a stretch of it, and a shard a stretch of the batch.
/// </summary>
internal sealed record Sampling(long Examples, int Batch, int Epochs, long Seed, int Shards)
{
    /// <summary>The last step of an epoch takes what is left.</summary>
    public long StepsPerEpoch => ((Examples - 1) / Batch) + 1;

    public long Steps => Epochs * StepsPerEpoch;

    /// <summary>The examples of a step.</summary>
    public Places Of(long step)
    {
        var (epoch, within) = Math.DivRem(step, StepsPerEpoch);
        var from = within * Batch;
        return new(epoch, from, (int)Math.Min(Batch, Examples - from));
    }

    /// <summary>Those of them that a shard takes; shards differ by at most one, and may have none.</summary>
    public Places Of(long step, int shard)
    {
        var (epoch, from, count) = Of(step);
        var (first, next) = ((long)count * shard / Shards, (long)count * (shard + 1) / Shards);
        return new(epoch, from + first, (int)(next - first));
    }

    /// <summary>The numbers of examples, other than none, that a shard may have: at most four.</summary>
    public IEnumerable<int> Counts() => new[] { 0, StepsPerEpoch - 1 }
        .SelectMany(step => Enumerable.Range(0, Shards).Select(shard => Of(step, shard).Count))
        .Where(count => count > 0).Distinct().Order();

    /// <summary>The examples at these places.</summary>
    public long[] Numbers(Places places)
    {
        var order = new Permutation(Seed, places.Epoch, Examples);
        var numbers = new long[places.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = order[places.From + i];
        return numbers;
    }
}
