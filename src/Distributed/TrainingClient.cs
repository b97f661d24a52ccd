using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Protocol;

namespace DistGrad.Distributed;

/// <summary>Trains on a cluster.</summary>
public static class TrainingClient
{
    /// <summary>Begins to carry a plan out on the silos of a cluster.</summary>
    /// <param name="client">A client of the cluster, or the grain factory of one of its silos.</param>
    /// <param name="plan">What is to be trained.</param>
    /// <param name="silos">How many silos there have to be before it begins; all that are there take part.</param>
    /// <param name="cancellation">Ends the run, whenever it is asked.</param>
    /// <exception cref="TrainingException">The cluster does not have so many silos.</exception>
    public static async Task<TrainingRun<TModel>> TrainAsync<TModel>(
        this IGrainFactory client, TrainingPlan<TModel> plan, int silos = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(plan);
        var (name, program) = ($"{Guid.NewGuid():n}", plan.Program.ToWire());
        var run = client.GetGrain<IRunGrain>(name);
        for (var from = 0; from < program.Length; from += Chunking.Most)
        {
            cancellation.ThrowIfCancellationRequested();
            var piece = program.AsMemory(from, Math.Min(Chunking.Most, program.Length - from));
            await run.Upload(from, new(piece)).ConfigureAwait(false);
        }
        await run.Start(plan.Program.Hash().ToString(), silos).ConfigureAwait(false);
        return new(client, name, plan, cancellation);
    }
}
