using System.Collections.Immutable;

namespace DistGrad.Transforms;

/// <summary>Applications that compute the same as one that was met before them.</summary>
internal sealed class Twins
{
    private readonly Dictionary<Computation, Application> met = [];
    private readonly Dictionary<Tensor, Tensor> first = new(ReferenceEqualityComparer.Instance);

    /// <summary>The one met before, of the same operation on the same operands; nothing if this is the first.</summary>
    public Application? Of(Application node)
    {
        Computation computation = new(node.Operation, Firsts(node.Operands));
        if (met.TryAdd(computation, node))
            return null;
        var earlier = met[computation];
        for (var i = 0; i < node.Results.Length; i++)
            first[node.Results[i]] = earlier.Results[i];
        return earlier;
    }

    private ImmutableArray<Tensor> Firsts(ImmutableArray<Tensor> operands)
    {
        var firsts = operands;
        for (var i = 0; i < operands.Length; i++)
        {
            if (First(operands[i]) is var found && found != operands[i])
                firsts = firsts.SetItem(i, found);
        }
        return firsts;
    }

    // Numbers of a formula are made anew wherever it is applied, alone or repeated.
    private Tensor First(Tensor x)
    {
        if (!first.TryGetValue(x, out var found))
        {
            if (!IsNumber(x.Source))
                return x;
            first[x] = found = Of(x.Source) is { } earlier ? earlier.Results[x.Index] : x;
        }
        return found;
    }

    private static bool IsNumber(Application node) =>
        node.Operation is Literal { IsNumber: true } ||
        (node.Operation is Broadcast && node.Operands[0].Source.Operation is Literal { IsNumber: true });
}
