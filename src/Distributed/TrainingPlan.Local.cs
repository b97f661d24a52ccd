using DistGrad.Distributed.Compute;
using DistGrad.Distributed.Data;
using DistGrad.Distributed.Protocol;
using DistGrad.Execute;

namespace DistGrad.Distributed;

public sealed partial class TrainingPlan<TModel, TBatch>
{
    /// <summary>Carries the plan out in this process, without a cluster: the same bits as on any cluster.</summary>
    /// <param name="sources">Data sources that the plan may name.</param>
    /// <param name="threads">How many threads compute; the results have the same bits for any number.</param>
    /// <param name="report">Is told of each step.</param>
    /// <param name="stop">Ends the run between two steps.</param>
    /// <exception cref="TrainingException">The data cannot be opened, or is not what the plan was made for.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public TrainedModel<TModel> TrainHere(
        IEnumerable<IDataSource>? sources = null, int threads = 1, Action<TrainingProgress>? report = null, CancellationToken stop = default)
    {
        if (threads < 1)
            throw new OptionException($"TrainHere: {threads} threads; at least one is needed");
        using var workers = new Workers(threads);
        var engine = new Engine(Program, new DataSources(sources ?? []).Open(Program.Data), workers);
        var chunking = Chunking.Of(engine.Vector, workers: 1);
        for (var step = 0L; step < Steps; step++)
        {
            stop.ThrowIfCancellationRequested();
            var parts = engine.Compute(step, [ReductionTree.Root], chunking);
            var means = chunking.Chunks.Zip(parts, (chunk, part) => engine.Combine(step, chunk, part));
            var (_, measured) = engine.Update(step, chunking, [.. means]);
            report?.Invoke(Progress(step + 1, measured));
        }
        return Trained(engine.Model(Steps));
    }

    internal TrainingProgress Progress(long step, IReadOnlyList<double> means) => new(
        step,
        Steps,
        (int)((step - 1) / Sampling.StepsPerEpoch) + 1,
        ((step - 1) / Sampling.StepsPerEpoch * Program.Data.Count) + Sampling.Of(step - 1).From + Sampling.Of(step - 1).Count,
        means[0],
        Program.Metrics.Skip(1).Zip(means.Skip(1)).ToDictionary(m => m.First, m => m.Second));

    internal TrainedModel<TModel> Trained(IReadOnlyList<Value> leaves) =>
        new(Model.Unflatten(leaves.Select(Tensor.Of)), ContentHash.Of(leaves));
}
