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
            (TModel model, OptimiserState state, TBatch batch) => Next(optimiser, loss, model, state, batch),
            threads);
    }

    /// <summary>
    /// As <see cref="Step"/>, with model and state kept in memory that steps are computed in: once warm, a step
    /// allocates nothing. The same bits as the steps one by one.
    /// </summary>
    /// <param name="model">The model before the first step.</param>
    /// <param name="optimiser">What makes updates of the gradients.</param>
    /// <param name="loss">The scalar loss of a model on a batch, of the dtype of the model's first parameter.</param>
    /// <param name="threads">How many threads compute; the results have the same bits for any number.</param>
    /// <returns>The model, the optimiser's state and the last loss, which is NaN before the first step.</returns>
    /// <example>
    /// <code>
    /// using var training = Training.Iterate(
    ///     model, optimiser, (Mlp m, Batch b) => Loss.SoftmaxCrossEntropy(m.Apply(b.Images), b.Labels));
    /// foreach (var batch in batches)
    ///     training.Step(batch);
    /// var (trained, state, last) = training.State;
    /// </code>
    /// </example>
    public static Iteration<Trained<TModel>, TBatch> Iterate<TModel, TBatch>(
        TModel model, Optimiser optimiser, Func<TModel, TBatch, Tensor> loss, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(optimiser);
        ArgumentNullException.ThrowIfNull(loss);
        var none = Tensor.Full(Tree.Flatten(model).Leaves[0].DType, [], double.NaN);
        return Diff.Iterate(
            new Trained<TModel>(model, optimiser.Init(model), none),
            (Trained<TModel> trained, TBatch batch) => Next(optimiser, loss, trained.Model, trained.State, batch),
            threads);
    }

    private static Trained<TModel> Next<TModel, TBatch>(
        Optimiser optimiser, Func<TModel, TBatch, Tensor> loss, TModel model, OptimiserState state, TBatch batch)
    {
        var (value, gradients) = Diff.ValueAndGrad(model, m => loss(m, batch));
        var (updates, next) = optimiser.Update(gradients, state, model);
        return new(Optimiser.Apply(model, updates), next, value);
    }
}
