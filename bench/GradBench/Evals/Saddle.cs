using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>
/// The saddle point of a function of two vectors: where what it is at most, over the second, is least. The search for
/// the greatest is differentiated by the first.
/// </summary>
internal static class Saddle
{
    public static Eval<Tensor> Eval { get; } = new(
        "saddle", Tensor.Of([0.01, 0.01]), json => json.Field("start").Vector(),
        [.. Pairs.Of((outer, inner) => (Tensor start) => Point(start, outer, inner))]);

    /// <summary>Both vectors, [4].</summary>
    public static Tensor Point(Tensor start, Gradient outer, Gradient inner)
    {
        var first = Descent.ArgMin(
            start, outer, p => Height(p, Descent.ArgMax(start, inner, q => Height(p, q))));
        var second = Descent.ArgMax(start, inner, q => Height(first, q));
        return Tensor.Concat([first, second]);
    }

    private static Tensor Height(Tensor p, Tensor q) => p.Dot(p) - q.Dot(q);
}
