namespace DistGrad;

public static partial class Diff
{
    /// <summary>
    /// The same function, of which reverse mode keeps the argument and what it takes from outside alone: what else its
    /// derivative needs is computed a second time on the way back, which takes the time of one more run of it and
    /// spares the memory.
    /// </summary>
    /// <remarks>
    /// Of a chain of n layers, each checkpointed in groups of about the square root of n, reverse mode keeps as many
    /// groups and layers at a time. Forward mode is the same as without.
    /// </remarks>
    public static Func<TIn, TOut> Checkpoint<TIn, TOut>(Func<TIn, TOut> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        return x =>
        {
            var tree = Tree.Flatten(x);
            var parameters = Traced.Parameters(tree, "checkpoint");
            var result = Tree.Flatten(f(tree.Unflatten(parameters)));
            var (function, captured) = Substitute.Close("checkpoint", parameters, result.Leaves);
            return result.Unflatten(
                Application.Of(new Checkpointed(function), [.. captured, .. tree.Leaves]).Results);
        };
    }
}
