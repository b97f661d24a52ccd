using DistGrad.Distributed.Compute;
using DistGrad.Distributed.Data;
using DistGrad.Distributed.Plans;
using DistGrad.Distributed.Protocol;
using DistGrad.Execute;
using DistGrad.Learn;

namespace DistGrad.Distributed;

/// <summary>
/// What is to be trained, on what and how: a value that can be carried out here or on any cluster, with the same bits.
/// It says nothing of silos and threads.
/// </summary>
public abstract class TrainingPlan<TModel>
{
    private readonly Lazy<TrainingProgram> program;

    private protected TrainingPlan(Tree<TModel> model, TrainingOptions options)
    {
        Model = model;
        Options = options;
        program = new(Trace);
    }

    /// <summary>How it is trained.</summary>
    public TrainingOptions Options { get; }

    /// <summary>How many steps that takes.</summary>
    public long Steps => Sampling.Steps;

    /// <summary>The first model, and the structure of the last.</summary>
    internal Tree<TModel> Model { get; }

    /// <summary>What is sent to the silos.</summary>
    internal TrainingProgram Program => program.Value;

    internal abstract Sampling Sampling { get; }

    /// <summary>Carries the plan out in this process, without a cluster: the same bits as on any cluster.</summary>
    /// <param name="sources">Data sources that the plan may name.</param>
    /// <param name="threads">How many threads compute; the results have the same bits for any number.</param>
    /// <param name="report">Is told of each step.</param>
    /// <param name="stop">Ends the run between two steps.</param>
    /// <exception cref="TrainingException">The data cannot be opened, or is not what the plan was made for.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public TrainedModel<TModel> TrainHere(
        IEnumerable<IDataSource>? sources = null,
        int threads = 1,
        Action<TrainingProgress>? report = null,
        CancellationToken stop = default)
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

    /// <summary>What a user is told of a step.</summary>
    internal TrainingProgress Progress(long step, IReadOnlyList<double> means)
    {
        var (epoch, from, count) = Sampling.Of(step - 1);
        return new(
            step,
            Steps,
            (int)epoch + 1,
            (epoch * Sampling.Examples) + from + count,
            means[0],
            Program.Metrics.Skip(1).Zip(means.Skip(1)).ToDictionary(m => m.First, m => m.Second));
    }

    /// <summary>The model of these leaves.</summary>
    internal TrainedModel<TModel> Trained(IReadOnlyList<Value> leaves) =>
        new(Model.Unflatten(leaves.Select(Tensor.Of)), ContentHash.Of(leaves));

    private protected abstract TrainingProgram Trace();
}

/// <summary>Makes plans.</summary>
public static class TrainingPlan
{
    /// <summary>A plan to minimise a loss.</summary>
    /// <param name="model">The first parameters: any immutable tree of floating-point tensors.</param>
    /// <param name="data">What to learn from.</param>
    /// <param name="loss">The scalar loss of a model on a batch: the mean over its examples.</param>
    /// <param name="optimiser">What makes updates of the mean gradient.</param>
    /// <param name="options">Batch, epochs, seed, shards.</param>
    public static TrainingPlan<TModel, TBatch> Of<TModel, TBatch>(
        TModel model,
        DataSet<TBatch> data,
        Func<TModel, TBatch, Tensor> loss,
        Optimiser optimiser,
        TrainingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(optimiser);
        return new(Tree.Flatten(model), data, loss, optimiser, options ?? new(), []);
    }
}
