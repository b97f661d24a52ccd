using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>The modules, a line each.</summary>
internal static class EvalTable
{
    public static IReadOnlyList<Eval> All { get; } =
    [
        Hello.Eval,
        Llsq.Eval,
        Lse.Eval,
        Gmm.Eval,
        BundleAdjustment.Eval,
        HandTracking.Eval,
        Lstm.Eval,
        KMeans.Eval,
        Determinant.Eval,
        Ode.Eval,
        Particle.Eval,
        Saddle.Eval,
    ];

    /// <summary>The module of this name.</summary>
    /// <exception cref="MessageException">There is none.</exception>
    public static Eval Find(string module) => All.FirstOrDefault(e => e.Name == module) ??
        throw new MessageException(
            $"there is no module \"{module}\"; there are {string.Join(", ", All.Select(e => e.Name))}");
}
