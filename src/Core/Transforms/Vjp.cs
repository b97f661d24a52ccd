using System.Collections.Immutable;

namespace DistGrad.Transforms;

/// <summary>
/// Reverse differentiation: the jvp along symbolic tangents is linear in them; its transpose takes cotangents of the
/// results to those of the variables. Frostig, Johnson, Maclaurin, Paszke, Radul (2021); Radul et al. (POPL 2023).
/// </summary>
internal static class Vjp
{
    /// <summary>
    /// The cotangents of variables from those of the results; nothing stands for an exact zero on both sides.
    /// </summary>
    public static ImmutableArray<Tensor?> Run(
        ImmutableArray<Tensor> results, ImmutableArray<Tensor> variables, ImmutableArray<Tensor?> cotangents)
    {
        var (tangents, linear) = Linearize(results, variables);
        return Transpose.Run(linear, tangents, cotangents);
    }

    /// <summary>
    /// Symbolic tangents, one a variable, and the results' tangents as expressions that are linear in them.
    /// </summary>
    public static (ImmutableArray<Tensor> Tangents, ImmutableArray<Tensor?> Linear) Linearize(
        ImmutableArray<Tensor> results, ImmutableArray<Tensor> variables)
    {
        ImmutableArray<Tensor> tangents =
            [.. variables.Select(v => Tensor.Parameter(v.Type, "tangent", "the derivative"))];
        var linear = Jvp.Run(
            results, variables, [.. tangents.Select(t => t.DType.IsFloat ? t : null)], linearize: true);
        return (tangents, linear);
    }
}
