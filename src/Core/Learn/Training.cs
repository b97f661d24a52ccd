namespace DistGrad.Learn;

/// <summary>What every training loop would otherwise write for itself.</summary>
public static class Training
{
    /// <summary>
    /// A compiled step of training: (model, state, batch) to the next model, the next state and the loss before the
    /// step. It is traced once for each structure and shapes of the three, and from then on only run.
    /// </summary>
    /// <param name="optimiser">What makes updates of the gradients.</param>
    /// <param name="loss">The scalar loss of a model on a batch.</param>
    /// <param name="threads">How many threads compute; the results have the same bits for any number.</param>
    /// <example>
    /// <code>
    /// var step = Training.Step(optimiser, (Mlp m, Batch b) => Loss.SoftmaxCrossEntropy(m.Apply(b.Images), b.Labels));
    /// var state = optimiser.Init(model);
    /// foreach (var batch in batches)
    ///     (model, state, var loss) = step(model, state, batch);
    /// </code>
    /// </example>
    public static Func<TModel, OptimiserState, TBatch, Trained<TModel>> Step<TModel, TBatch>(
        Optimiser optimiser, Func<TModel, TBatch, Tensor> loss, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(optimiser);
        ArgumentNullException.ThrowIfNull(loss);
        return Diff.Compile(
            (TModel model, OptimiserState state, TBatch batch) =>
            {
                var (value, gradients) = Diff.ValueAndGrad(model, m => loss(m, batch));
                var (updates, next) = optimiser.Update(gradients, state, model);
                return new Trained<TModel>(Optimiser.Apply(model, updates), next, value);
            },
            threads);
    }
}
