namespace DistGrad.Transforms;

/// <summary>Applications that compute the same as one that was met before them.</summary>
internal sealed class Twins
{
    private readonly Dictionary<Computation, Application> met = [];
    private readonly Dictionary<Tensor, Tensor> first = new(ReferenceEqualityComparer.Instance);

    /// <summary>The one met before, of the same operation on the same operands; nothing if this is the first.</summary>
    public Application? Of(Application node)
    {
        Computation computation = new(node.Operation, [.. node.Operands.Select(First)]);
        if (met.TryAdd(computation, node))
            return null;
        var earlier = met[computation];
        for (var i = 0; i < node.Results.Length; i++)
            first[node.Results[i]] = earlier.Results[i];
        return earlier;
    }

    // Numbers of a formula are made anew wherever it is applied, alone or repeated.
    private Tensor First(Tensor x)
    {
        if (!first.TryGetValue(x, out var found))
            first[x] = found = IsNumber(x.Source) && Of(x.Source) is { } earlier ? earlier.Results[x.Index] : x;
        return found;
    }

    private static bool IsNumber(Application node) =>
        node.Operation is Literal { IsNumber: true } ||
        (node.Operation is Broadcast && node.Operands[0].Source.Operation is Literal { IsNumber: true });
}
