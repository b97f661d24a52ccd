namespace DistGrad.GradBench.Evals;

/// <summary>Problems with a derivative within a derivative.</summary>
internal static class Pairs
{
    /// <summary>A function for each pair of modes, named by their letters, the outer one first.</summary>
    public static IEnumerable<(string Name, Func<Tensor, int, Work> Prepare)> Of(
        Func<Gradient, Gradient, Func<Tensor, Tensor>> f) =>
        from outer in Descent.Modes
        from inner in Descent.Modes
        select (
            $"{outer.Key}{inner.Key}",
            (Func<Tensor, int, Work>)((x, threads) => Work.Of(x, f(outer.Value, inner.Value), threads)));
}
