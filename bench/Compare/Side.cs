namespace DistGrad.Compare;

/// <summary>A piece of work of this library: a call of it, and the numbers that the last call found.</summary>
internal sealed record Side(Action Call, Func<float[][]> Numbers, Action Close, Func<Plan.Plan?> Plan)
{
    /// <summary>
    /// A step of gradient descent a call: forward, loss, backward, update. Parameters and the loss are the numbers.
    /// </summary>
    public static Side Training<TModel, TBatch>(
        TModel model, TBatch batch, Func<TModel, TBatch, Tensor> loss, int threads) =>
        Training(model, [batch], loss, threads);

    /// <summary>As the other, on one batch after the other.</summary>
    public static Side Training<TModel, TBatch>(
        TModel model, TBatch[] batches, Func<TModel, TBatch, Tensor> loss, int threads)
    {
        var iteration = Diff.Iterate(
            (Model: model, Loss: Tensor.Of(0f)),
            ((TModel Model, Tensor Loss) state, TBatch batch) =>
            {
                var (value, gradients) = Diff.ValueAndGrad(state.Model, m => loss(m, batch));
                return (Tree.Map(state.Model, gradients, (p, g) => p - (Works.Rate * g)), value);
            },
            threads);
        return Repeated(iteration, batches);
    }

    /// <summary>Values that each call finds anew.</summary>
    public static Side Finding<TIn, TOut>(TIn input, Func<TIn, TOut> find, int threads)
    {
        // A first call tells what the memory for the results must be like.
        var iteration = Diff.Iterate(Diff.Compile(find)(input), (TOut _, TIn x) => find(x), threads);
        return Repeated(iteration, [input]);
    }

    private static Side Repeated<TState, TInput>(Iteration<TState, TInput> iteration, TInput[] inputs)
    {
        var next = 0;
        return new(
            () =>
            {
                iteration.Step(inputs[next]);
                if (++next == inputs.Length)
                    next = 0;
            },
            () => [.. Tree.Leaves(iteration.State).Select(l => l.Tensor.ToArray<float>())],
            iteration.Dispose,
            () => iteration.Machine?.Plan);
    }
}
