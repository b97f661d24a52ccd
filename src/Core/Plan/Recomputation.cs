namespace DistGrad.Plan;

/// <summary>
/// What a loop computes again rather than reads from another loop: a simple operation of one array and of repeated
/// ones. To read that array costs as much as to read the result, and the result need not be written.
/// </summary>
internal sealed class Recomputation(FusionGraph graph)
{
    /// <summary>Smaller arrays stay in the first cache.</summary>
    private const int FewElements = 1024;

    /// <summary>Repetitions that fill an array so many times over are read from the first cache.</summary>
    private const int ManyTimes = 16;

    /// <summary>How many operations are computed again to spare one array.</summary>
    private const int Most = 3;

    /// <summary>The members of a loop, with what is computed again for them, in order.</summary>
    public List<int> Extended(List<int> members)
    {
        if (graph.Traits[members[0]].Space.Size < FewElements)
            return members;
        var all = new SortedSet<int>(members);
        foreach (var member in members)
        {
            foreach (var operand in graph.Nodes[member].Operands)
                Add(operand, member, all);
        }
        return [.. all];
    }

    private void Add(Tensor operand, int user, SortedSet<int> all)
    {
        var chain = new List<int>();
        for (var x = operand; chain.Count < Most; x = Whole(x.Source)!)
        {
            var number = graph.Inside(x, user);
            if (number < 0 || all.Contains(number) || !IsSimple(graph.Nodes[number]))
                break;
            chain.Add(number);
        }
        all.UnionWith(chain);
    }

    private static bool IsSimple(Application node) =>
        LoopTraits.Weight(node) == 1 && node.Operation is not (Div or Sqrt) && Whole(node) is not null;

    /// <summary>The one operand that is not repeated, if there is only one.</summary>
    private static Tensor? Whole(Application node)
    {
        var whole = node.Operands.Where(o => !IsRepeated(o)).Distinct().ToArray();
        return whole.Length == 1 ? whole[0] : null;
    }

    private static bool IsRepeated(Tensor operand) => operand.Source.Operation is Broadcast &&
        operand.Source.Operands[0].Shape.Size <= operand.Shape.Size / ManyTimes;
}
