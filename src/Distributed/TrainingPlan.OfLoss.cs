using System.Collections.Immutable;
using System.Numerics;
using DistGrad.Distributed.Plans;
using DistGrad.Distributed.Protocol;
using DistGrad.Learn;

namespace DistGrad.Distributed;

/// <summary>A plan whose model is trained by a loss on batches.</summary>
/// <remarks>
/// The functions are traced into closed programs, once for each number of examples that a shard may have. The silos are
/// sent these and never see the model's type.
/// </remarks>
public sealed class TrainingPlan<TModel, TBatch> : TrainingPlan<TModel>
{
    private readonly DataSet<TBatch> data;
    private readonly Func<TModel, TBatch, Tensor> loss;
    private readonly Optimiser optimiser;
    private readonly ImmutableArray<(string Name, Func<TModel, TBatch, Tensor> Of)> metrics;

    internal TrainingPlan(
        Tree<TModel> model,
        DataSet<TBatch> data,
        Func<TModel, TBatch, Tensor> loss,
        Optimiser optimiser,
        TrainingOptions options,
        ImmutableArray<(string Name, Func<TModel, TBatch, Tensor> Of)> metrics) : base(model, options)
    {
        (this.data, this.loss, this.optimiser, this.metrics) = (data, loss, optimiser, metrics);
        Check(options);
    }

    internal override Sampling Sampling =>
        new(data.Descriptor.Count, Options.Batch, Options.Epochs, Options.Seed, Options.Shards);

    /// <summary>
    /// The same plan that also measures this in every step: a scalar that is a mean over the batch, such as an
    /// accuracy.
    /// </summary>
    public TrainingPlan<TModel, TBatch> WithMetric(string name, Func<TModel, TBatch, Tensor> metric)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(metric);
        return name == "loss" || metrics.Any(m => m.Name == name)
            ? throw new OptionException($"WithMetric: there is a metric '{name}' already")
            : new(Model, data, loss, optimiser, Options, metrics.Add((name, metric)));
    }

    private static void Check(TrainingOptions options)
    {
        if (options.Batch < 1 || options.Epochs < 1)
        {
            throw new OptionException(
                $"TrainingOptions: a batch of {options.Batch} and {options.Epochs} epochs; " +
                "at least 1 of each is needed");
        }
        if (options.Shards > TrainingProgram.MostShards || !BitOperations.IsPow2(options.Shards))
        {
            throw new OptionException(
                $"TrainingOptions: {options.Shards} shards; " +
                $"a power of two up to {TrainingProgram.MostShards} is needed");
        }
    }

    private protected override TrainingProgram Trace()
    {
        var state = Tree.Flatten((Model.Unflatten(Model.Leaves), optimiser.Init(Model.Unflatten(Model.Leaves))));
        return new TrainingProgram(
            data.Descriptor,
            Options.Batch,
            Options.Epochs,
            Options.Seed,
            Options.Shards,
            Model.Leaves.Length,
            ["loss", .. metrics.Select(m => m.Name)],
            new("start", [], state.Leaves),
            Sampling.Counts().ToImmutableSortedDictionary(count => count, Gradient),
            Update(state)).Checked();
    }

    /// <summary>
    /// Sums over the examples, not means, so that shards of any sizes can just be added. The factor stands before the
    /// derivative is taken, where it costs one product.
    /// </summary>
    private Lambda Gradient(int count) => Diff.Trace(
        (Model.Unflatten(Model.Leaves), data.Sample(count)),
        ((TModel Model, TBatch Batch) t) =>
        {
            var (value, gradient, measured) = Diff.ValueAndGrad(
                t.Model, m => (loss(m, t.Batch) * count, Measured(m, t.Batch, count)));
            return (gradient, ImmutableArray.Create([value, .. measured]));
        },
        "gradient");

    private Lambda Update(Tree<(TModel Model, OptimiserState State)> state) => Diff.Trace(
        (state.Unflatten(state.Leaves), Model.Unflatten(Model.Leaves)),
        (((TModel Model, OptimiserState State) State, TModel Gradient) t) =>
        {
            var (updates, next) = optimiser.Update(t.Gradient, t.State.State, t.State.Model);
            return (Optimiser.Apply(t.State.Model, updates), next);
        },
        "update");

    private ImmutableArray<Tensor> Measured(TModel model, TBatch batch, int count) =>
        [.. metrics.Select(metric => Scalar(metric.Name, metric.Of(model, batch)) * count)];

    private static Tensor Scalar(string name, Tensor metric) => metric.Rank == 0 && metric.DType.IsFloat
        ? metric
        : throw new ShapeException(
            $"The metric '{name}' is {metric.Type}; a floating-point scalar is needed, the mean over the batch");
}
