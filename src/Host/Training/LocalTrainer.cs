using DistGrad.Learn;

namespace DistGrad.Host.Training;

/// <summary>Trains in this process: one compiled step, run for each batch in turn.</summary>
internal sealed class LocalTrainer(int threads) : ITrainer
{
    /// <inheritdoc/>
    public Mlp Train(Recipe recipe, Batches batches, Action<Progress> report, CancellationToken stop)
    {
        var optimiser = recipe.Optimiser(batches.Count);
        var next = Diff.Compile((State s, Batch b) => Stepped.Of(recipe.Model, optimiser, s, b), threads);
        var state = State.Start(recipe, optimiser);
        var steps = recipe.Epochs * recipe.StepsPerEpoch(batches.Count);
        var (step, examples) = (0, 0L);
        for (var epoch = 0; epoch < recipe.Epochs; epoch++)
        {
            for (var from = 0; from < batches.Count; from += recipe.Batch)
            {
                stop.ThrowIfCancellationRequested();
                var count = Math.Min(recipe.Batch, batches.Count - from);
                (state, var loss, var accuracy) = next(state, batches.Take(epoch, from, count));
                examples += count;
                report(new(epoch + 1, ++step, steps, loss.Item(), accuracy.Item(), examples));
            }
        }
        return state.Model;
    }
}
