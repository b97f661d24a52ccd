using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>
/// A charge of which the place is chosen so that a particle, which is pushed by its field, reaches the ground as near
/// to the origin as can be. The force is a gradient, within the loop that is differentiated by the place.
/// </summary>
internal static class Particle
{
    private const double TimeStep = 0.1;

    public static Eval<Tensor> Eval { get; } = new(
        "particle", Tensor.Of(0.0), json => json.Field("w").Scalar(),
        [.. Pairs.Of((outer, inner) => (Tensor w) => Descent.ArgMin(w, outer, x => Miss(x, inner)))]);

    /// <summary>The square of how far from the origin it comes down.</summary>
    public static Tensor Miss(Tensor w, Gradient gradient)
    {
        var start = new State(Tensor.Of([0.0, 8]), Tensor.Of([0.75, 0]));
        var (x, v) = Flow.While(
            start, s => Moved(s)[1] > 0,
            s => new(Moved(s), s.V - (TimeStep * gradient(s.X, x => Potential(x, w)).Grad)));
        var below = Moved(new(x, v));
        var ground = below - (below[1] / v[1] * v);
        return ground[0] * ground[0];
    }

    private static Tensor Moved(State s) => s.X + (TimeStep * s.V);

    private static Tensor Potential(Tensor x, Tensor w) =>
        (1 / Distance(x[0] - 10, x[1] - (10 - w))) + (1 / Distance(x[0] - 10, x[1]));

    private static Tensor Distance(Tensor x, Tensor y) => Tensor.Sqrt((x * x) + (y * y));

    /// <summary>Place and velocity.</summary>
    private sealed record State(Tensor X, Tensor V);
}
