using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// The one walk over expressions: every application before those that use it, each once, told apart by identity.
/// </summary>
internal static class Order
{
    /// <summary>
    /// The applications that these tensors are computed from, operands first. Those whose stamp lies below the floor
    /// are left out, with all that lies behind them. Linear in what is visited, and never recursive.
    /// </summary>
    public static List<Application> Of(IEnumerable<Tensor> roots, long floor = 0)
    {
        var order = new List<Application>();
        var seen = new HashSet<Application>(ReferenceEqualityComparer.Instance);
        var path = new (Application Node, int Next)[64];
        var depth = 0;
        foreach (var root in roots)
        {
            Enter(root.Source);
            while (depth > 0)
            {
                ref var top = ref path[depth - 1];
                if (top.Next < top.Node.Operands.Length)
                {
                    Enter(top.Node.Operands[top.Next++].Source);
                    continue;
                }
                order.Add(top.Node);
                depth--;
            }
        }
        return order;

        void Enter(Application node)
        {
            if (node.Stamp < floor || !seen.Add(node))
                return;
            if (depth == path.Length)
                Array.Resize(ref path, 2 * depth);
            path[depth++] = (node, 0);
        }
    }

    /// <summary>
    /// The applications that depend on one of these variables, on the way to the roots, operands first.
    /// </summary>
    public static List<Application> Dependents(IEnumerable<Tensor> roots, ImmutableArray<Tensor> variables)
    {
        if (variables.IsEmpty)
            return [];
        var dependent = new HashSet<Application>(ReferenceEqualityComparer.Instance);
        foreach (var variable in variables)
            dependent.Add(variable.Source);
        var walk = Of(roots, variables.Min(v => v.Source.Stamp));
        var order = new List<Application>(walk.Count);
        foreach (var node in walk)
        {
            if (dependent.Contains(node))
                continue;
            foreach (var operand in node.Operands)
            {
                if (!dependent.Contains(operand.Source))
                    continue;
                dependent.Add(node);
                order.Add(node);
                break;
            }
        }
        return order;
    }
}
