using DistGrad.Learn;

namespace DistGrad.Host.Training;

/// <summary>
/// All that the parameters of a run depend on besides the data. Who computes it, on how many threads, is not among
/// it.
/// </summary>
/// <param name="Model">What is trained.</param>
/// <param name="Method">By which optimiser.</param>
/// <param name="Rate">The first learning rate; it falls to 0 along half a cosine.</param>
/// <param name="Batch">Examples a step; the last step of an epoch takes what is left.</param>
/// <param name="Epochs">How often all examples are gone through.</param>
/// <param name="Seed">For the first parameters and for the order of the examples.</param>
internal sealed record Recipe(Model Model, Method Method, double Rate, int Batch, int Epochs, long Seed)
{
    /// <summary>Steps an epoch of so many examples takes.</summary>
    public int StepsPerEpoch(int examples) => (examples + Batch - 1) / Batch;

    public Optimiser Optimiser(int examples) => Method.Create(Schedule.Cosine(Rate, Epochs * StepsPerEpoch(examples)));
}
