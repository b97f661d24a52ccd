namespace DistGrad.GradBench.Evals;

/// <summary>A large sum or a large batch, taken in parts that stay in the caches.</summary>
internal static class Batches
{
    /// <summary>
    /// The sum of f over consecutive parts of the rows, in their order. Its derivative computes a part again instead of
    /// keeping what was computed in between.
    /// </summary>
    /// <param name="parameters">What f takes besides, the same for every part.</param>
    /// <param name="rows">The rows, along axis 0.</param>
    /// <param name="size">Rows a part; the last may have fewer.</param>
    /// <param name="f">A function of the parameters and some of the rows to a scalar, and of nothing else.</param>
    public static Tensor Sum<T>(T parameters, Tensor rows, int size, Func<T, Tensor, Tensor> f)
    {
        var (parts, rest) = Math.DivRem(rows.Shape[0], size);
        if (parts == 0)
            return f(parameters, rows);
        var once = Recomputed((Tuple<T, Tensor> x) => f(x.Item1, x.Item2));
        var sum = Flow.Scan(
            Tensor.Of(0.0),
            rows.Narrow(0, 0, parts * size).Reshape([parts, size, .. rows.Shape.Skip(1)]),
            (sum, part) =>
            {
                sum += once(Tuple.Create(parameters, part));
                return (sum, sum);
            }).Carry;
        return rest == 0 ? sum : sum + f(parameters, rows.Narrow(0, parts * size, rest));
    }

    /// <summary>
    /// f of consecutive parts of the rows of a tree, its results put together again along axis 0.
    /// </summary>
    /// <param name="rows">A tree whose leaves have equally many rows, along axis 0.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="size">Rows a part; the last may have fewer.</param>
    /// <param name="f">A function of some of the rows to a tree with as many.</param>
    public static TOut Map<TIn, TOut>(TIn rows, int count, int size, Func<TIn, TOut> f)
    {
        var (parts, rest) = Math.DivRem(count, size);
        if (parts == 0)
            return f(rows);
        var whole = Tree.Map(rows, x => x.Narrow(0, 0, parts * size).Reshape([parts, size, .. x.Shape.Skip(1)]));
        var joined = Tree.Map(Flow.Map(whole, f), y => y.Reshape([parts * size, .. y.Shape.Skip(2)]));
        return rest == 0
            ? joined
            : Tree.Map(
                joined, f(Tree.Map(rows, x => x.Narrow(0, parts * size, rest))), (x, y) => Tensor.Concat([x, y]));
    }

    /// <summary>
    /// The same function, whose reverse derivative runs it again instead of keeping what was computed on the way.
    /// </summary>
    /// <param name="f">A function of its argument alone.</param>
    public static Func<T, Tensor> Recomputed<T>(Func<T, Tensor> f) =>
        Diff.CustomVjp(f, x => (f(x), x), (x, ct) => Diff.Vjp(x, f).Pullback(ct));
}
