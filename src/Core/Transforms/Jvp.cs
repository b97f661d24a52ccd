using System.Collections.Immutable;
using System.Diagnostics;

namespace DistGrad.Transforms;

/// <summary>
/// Forward differentiation by dual numbers: each application that depends on a variable with a tangent is asked for the
/// tangents of its results, operands first. An exact zero is nothing, and costs nothing. What is computed several times
/// has one tangent, so that reverse mode, too, goes through it once.
/// </summary>
internal static class Jvp
{
    /// <summary>The tangents of results along tangents of variables.</summary>
    /// <param name="results">What is differentiated.</param>
    /// <param name="variables">With respect to what.</param>
    /// <param name="tangents">One for each variable, or nothing for zero.</param>
    /// <param name="linearize">Whether what depends on the tangents must be made of linear primitives.</param>
    public static ImmutableArray<Tensor?> Run(
        ImmutableArray<Tensor> results, ImmutableArray<Tensor> variables, ImmutableArray<Tensor?> tangents,
        bool linearize = false)
    {
        var known = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < variables.Length; i++)
        {
            if (tangents[i] is { } tangent)
                known[variables[i]] = tangent;
        }
        var twins = new Twins();
        foreach (var node in Order.Dependents(results, variables))
        {
            var dx = Lookup(node.Operands, known);
            if (dx.IsDefault)
                continue;
            if (twins.Of(node) is { } earlier)
            {
                Share(earlier, node, known);
                continue;
            }
            var primitive = (Primitive)node.Operation;
            var dy = linearize
                ? primitive.Linearize(node, dx, OfPrograms.Instance)
                : primitive.Jvp(node, dx, OfPrograms.Instance);
            for (var i = 0; i < dy.Length; i++)
            {
                if (dy[i] is not { } tangent)
                    continue;
                Debug.Assert(tangent.Type == node.Results[i].Type, $"{primitive}: a tangent of another type");
                known[node.Results[i]] = tangent;
            }
        }
        return [.. results.Select(r => known.GetValueOrDefault(r))];
    }

    /// <summary>What computes the same as an earlier application has its tangents.</summary>
    private static void Share(Application earlier, Application node, Dictionary<Tensor, Tensor> known)
    {
        for (var i = 0; i < node.Results.Length; i++)
        {
            if (known.TryGetValue(earlier.Results[i], out var tangent))
                known[node.Results[i]] = tangent;
        }
    }

    /// <summary>The tangents of the operands; nothing at all when all are zero.</summary>
    private static ImmutableArray<Tensor?> Lookup(ImmutableArray<Tensor> operands, Dictionary<Tensor, Tensor> known)
    {
        var found = false;
        var tangents = ImmutableArray.CreateBuilder<Tensor?>(operands.Length);
        foreach (var operand in operands)
        {
            found |= known.TryGetValue(operand, out var tangent);
            tangents.Add(tangent);
        }
        return found ? tangents.MoveToImmutable() : default;
    }
}
