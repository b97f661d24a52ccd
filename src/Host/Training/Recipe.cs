using DistGrad.Distributed;
using DistGrad.Host.Data;
using DistGrad.Learn;

namespace DistGrad.Host.Training;

/// <summary>
/// All that the parameters of a run depend on besides the data. Who computes it, on how many silos and threads, is not
/// among it.
/// </summary>
/// <param name="Model">What is trained.</param>
/// <param name="Method">By which optimiser.</param>
/// <param name="Rate">The first learning rate; it falls to 0 along half a cosine.</param>
/// <param name="Batch">Examples a step; the last step of an epoch takes what is left.</param>
/// <param name="Epochs">How often all examples are gone through.</param>
/// <param name="Seed">For the first parameters and for the order of the examples.</param>
/// <param name="Shards">Parts in which a step is computed.</param>
internal sealed record Recipe(Model Model, Method Method, double Rate, int Batch, int Epochs, long Seed, int Shards)
{
    /// <summary>What the recipe's measure of success is called.</summary>
    public const string Accuracy = "accuracy";

    public TrainingPlan<Mlp> Plan(DataSet<Batch> data)
    {
        var steps = Epochs * ((data.Descriptor.Count + Batch - 1) / Batch);
        return TrainingPlan
            .Of(
                Model.Create(Seed),
                data,
                (Mlp model, Batch batch) => Model.Loss(model.Apply(batch.Images), batch.Labels),
                Method.Create(Schedule.Cosine(Rate, (int)steps)),
                new() { Batch = Batch, Epochs = Epochs, Seed = Seed, Shards = Shards })
            .WithMetric(Accuracy, (model, batch) => Metric.Accuracy(model.Apply(batch.Images), batch.Labels));
    }
}
