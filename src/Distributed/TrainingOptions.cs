namespace DistGrad.Distributed;

/// <summary>How a model is trained, besides its loss and its optimiser.</summary>
public sealed record TrainingOptions
{
    /// <summary>Examples a step; the last step of an epoch takes what is left.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>How often all examples are gone through.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>For the order of the examples, which is a function of this, the epoch and their number.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Parts in which a step is computed, a power of two, of which each silo takes some. Another number of shards may
    /// give other bits; another number of silos does not.
    /// </summary>
    public int Shards { get; init; } = 16;
}
