using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace DistGrad.Transforms;

/// <summary>
/// The transpose of a linear function: cotangents are handed from the results back to the variables, each application
/// after all that use it, and where several arrive they add up.
/// </summary>
internal static class Transpose
{
    /// <summary>The cotangents of variables in which the results are linear, from those of the results.</summary>
    public static ImmutableArray<Tensor?> Run(
        ImmutableArray<Tensor?> results, ImmutableArray<Tensor> variables, ImmutableArray<Tensor?> cotangents)
    {
        var order = Order.Dependents(results.OfType<Tensor>(), variables);
        var linear = new HashSet<Application>(order, ReferenceEqualityComparer.Instance);
        linear.UnionWith(variables.Select(v => v.Source));
        var known = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < results.Length; i++)
            Arrive(results[i], cotangents[i]);
        for (var i = order.Count - 1; i >= 0; i--)
        {
            var node = order[i];
            var (ct, arrived) = (new Tensor?[node.Results.Length], false);
            for (var k = 0; k < ct.Length; k++)
                arrived |= known.TryGetValue(node.Results[k], out ct[k]);
            if (!arrived)
                continue;
            var marks = new bool[node.Operands.Length];
            for (var k = 0; k < marks.Length; k++)
                marks[k] = linear.Contains(node.Operands[k].Source);
            var cts = ((Primitive)node.Operation).Transpose(
                node,
                ImmutableCollectionsMarshal.AsImmutableArray(ct),
                ImmutableCollectionsMarshal.AsImmutableArray(marks),
                OfPrograms.Instance);
            for (var k = 0; k < cts.Length; k++)
                Arrive(node.Operands[k], cts[k]);
        }
        return [.. variables.Select(v => known.GetValueOrDefault(v))];

        void Arrive(Tensor? tensor, Tensor? ct)
        {
            if (tensor is not null && ct is not null && linear.Contains(tensor.Source))
                known[tensor] = known.TryGetValue(tensor, out var sum) ? sum + ct : ct;
        }
    }
}
