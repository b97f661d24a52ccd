namespace DistGrad.Distributed;

/// <summary>How far a run has come.</summary>
/// <param name="Step">Steps taken, this one among them.</param>
/// <param name="Steps">Steps to take in all.</param>
/// <param name="Epoch">Which time through the examples this step belongs to, from 1.</param>
/// <param name="Examples">Examples gone through, repeated ones counted again.</param>
/// <param name="Loss">The mean loss over the step's batch, before the step.</param>
/// <param name="Metrics">The means of the plan's metrics over that batch, by name.</param>
public sealed record TrainingProgress(
    long Step, long Steps, int Epoch, long Examples, double Loss, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>What each silo has done lately; nothing where there is no cluster.</summary>
    public IReadOnlyList<SiloProgress> Silos { get; init; } = [];
}

/// <summary>What a silo of a run does.</summary>
/// <param name="Silo">Its address.</param>
/// <param name="Shards">How many of the shards it computes.</param>
/// <param name="Step">How many steps it is known to have taken.</param>
/// <param name="Busy">
/// Which share of the time it computed, from 0 to 1; the rest it waited for the others and the wire.
/// </param>
public sealed record SiloProgress(string Silo, int Shards, long Step, double Busy);

/// <summary>The model after all steps of a plan.</summary>
/// <param name="Model">The parameters, in the type of the plan's model.</param>
/// <param name="Digest">The SHA-256 of the parameters' canonical bytes.</param>
public sealed record TrainedModel<TModel>(TModel Model, ContentHash Digest);
