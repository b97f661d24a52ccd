namespace DistGrad.Distributed;

/// <summary>How a silo trains.</summary>
public sealed class DistGradOptions
{
    /// <summary>
    /// How many threads compute. Silos that share a machine share its processors: give each its part. The results have
    /// the same bits for any number.
    /// </summary>
    public int Threads { get; set; } = Environment.ProcessorCount;
}
