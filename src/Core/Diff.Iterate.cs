using DistGrad.Execute;

namespace DistGrad;

public static partial class Diff
{
    /// <summary>
    /// A function from a state to the next one, compiled and applied again and again. After so many steps the state has
    /// the bits that as many calls of the function compiled give, but it stays in memory of its own, in which each
    /// step is computed: once warm, steps allocate nothing on the managed heap.
    /// </summary>
    /// <param name="start">The state before the first step: a tensor, or any tree of them, metrics included.</param>
    /// <param name="f">A pure function to a state of the same structure, shapes and dtypes. It is run once.</param>
    /// <param name="threads">How many threads compute; the results have the same bits for any number.</param>
    public static Iteration<TState> Iterate<TState>(TState start, Func<TState, TState> f, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(f);
        return new(new(start, "iterate", threads), f);
    }

    /// <summary>
    /// As the other, for a function from a state and an input, such as a batch, to the next state.
    /// </summary>
    /// <param name="start">The state before the first step: a tensor, or any tree of them, metrics included.</param>
    /// <param name="f">
    /// A pure function to a state of the same structure, shapes and dtypes. It is run once for each structure, shapes
    /// and dtypes of inputs.
    /// </param>
    /// <param name="threads">How many threads compute; the results have the same bits for any number.</param>
    /// <example>
    /// <code>
    /// var start = (Model: model, Loss: Tensor.Of(0f));
    /// using var training = Diff.Iterate(start, ((Mlp Model, Tensor Loss) state, Batch batch) =>
    /// {
    ///     var (loss, grad) = Diff.ValueAndGrad(state.Model, m => Loss(m, batch));
    ///     return (Tree.Map(state.Model, grad, (p, g) => p - 0.1 * g), loss);
    /// });
    /// foreach (var batch in batches)
    ///     training.Step(batch);
    /// var (trained, last) = training.State;
    /// </code>
    /// </example>
    public static Iteration<TState, TInput> Iterate<TState, TInput>(
        TState start, Func<TState, TInput, TState> f, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(f);
        return new(new(start, "iterate", threads), f);
    }

    internal static Workers WorkersOf(string verb, int threads) => threads >= 1
        ? WorkersByCount.GetOrAdd(threads, n => n == 1 ? Workers.Single : new(n))
        : throw new OptionException($"{verb}: {threads} threads; at least one is needed");
}
