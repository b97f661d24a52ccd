namespace DistGrad.Plan;

/// <summary>What is computed in one go: a loop, or one application.</summary>
/// <param name="Members">The numbers of its applications, in order.</param>
/// <param name="Stage">The stage in which it is computed.</param>
/// <param name="IsLoop">Whether it is a loop.</param>
internal sealed record FusionUnit(List<int> Members, int Stage, bool IsLoop);

/// <summary>
/// Divides a program into units: within a stage, what is used by one another, or reads the same, is in one loop, as far
/// as a loop may hold it.
/// </summary>
internal sealed class FusionPartition
{
    /// <summary>
    /// A loop is not made longer than so many variables (<see cref="LoopTraits.Variables"/>, and two for each operand,
    /// its value and its address). The runtime's compiler inlines nothing more into a method that has 512, and a loop
    /// of calls is several times slower; what is left of these is for the results' addresses.
    /// </summary>
    private const int LongestLoop = 384;

    private readonly FusionGraph graph;
    private readonly int[] stages;

    /// <summary>Of each application another one that it is joined with, or itself: a forest of disjoint sets.</summary>
    private readonly int[] joined;

    private FusionPartition(FusionGraph graph, int[] stages)
    {
        (this.graph, this.stages) = (graph, stages);
        joined = [.. Enumerable.Range(0, stages.Length)];
    }

    /// <summary>The units of applications that have these stages, in an order in which they may run.</summary>
    public static FusionUnit[] Of(FusionGraph graph, int[] stages)
    {
        var partition = new FusionPartition(graph, stages);
        partition.Join();
        return [.. partition.Units().OrderBy(u => u.Stage).ThenBy(u => u.Members[^1])];
    }

    private void Join()
    {
        var readers = new Dictionary<(int Operand, int Stage, LoopTraits), int>();
        var operands = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < stages.Length; i++)
        {
            if (!graph.Traits[i].IsLoop)
                continue;
            foreach (var operand in graph.Nodes[i].Operands)
            {
                if (graph.Inside(operand, i) is var o and >= 0 && stages[o] == stages[i])
                    Union(o, i);
                else if (operand.Shape.Size > 1 && !IsUniform(operand))
                {
                    if (!operands.TryGetValue(operand, out var id))
                        operands[operand] = id = operands.Count;
                    if (!readers.TryAdd((id, stages[i], graph.Traits[i].Place), i))
                        Union(readers[(id, stages[i], graph.Traits[i].Place)], i);
                }
            }
        }
    }

    private static bool IsUniform(Tensor operand) =>
        operand.Source.Operation is Broadcast && operand.Source.Operands[0].Shape.Size == 1;

    private int Root(int i)
    {
        while (joined[i] != i)
            i = joined[i] = joined[joined[i]];
        return i;
    }

    private void Union(int i, int j) => joined[Root(j)] = Root(i);

    private List<FusionUnit> Units()
    {
        var loops = new Dictionary<int, List<int>>();
        var units = new List<FusionUnit>();
        for (var i = 0; i < stages.Length; i++)
        {
            if (!graph.Traits[i].IsLoop)
                units.Add(new([i], stages[i], IsLoop: false));
            else if (loops.TryGetValue(Root(i), out var members))
                members.Add(i);
            else
                loops[Root(i)] = [i];
        }
        units.AddRange(loops.Values.SelectMany(Split));
        return units;
    }

    /// <summary>A loop holds reductions of one arrangement of axes only, and is not too long.</summary>
    private IEnumerable<FusionUnit> Split(List<int> members)
    {
        var kept = members.Where(m => graph.IsReduced(m, members)).GroupBy(m => graph.Traits[m].Reduced)
            .OrderByDescending(g => g.Count()).Select(g => g.Key).FirstOrDefault();
        var part = new List<int>();
        var held = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        var length = 0;
        foreach (var member in members)
        {
            if (graph.Traits[member].Reduced is { } folded && folded != kept)
            {
                yield return new([member], stages[member] | 1, IsLoop: false);
                continue;
            }
            var node = graph.Nodes[member];
            if (length + Added(node, held) > LongestLoop && part.Count > 0)
            {
                yield return Part(part);
                (part, held, length) = ([], new(ReferenceEqualityComparer.Instance), 0);
            }
            part.Add(member);
            length += Added(node, held);
            held.UnionWith([.. node.Operands, .. node.Results]);
        }
        if (part.Count > 0)
            yield return Part(part);
    }

    /// <summary>The variables that a loop which holds these values already has more for an application.</summary>
    private static int Added(Application node, HashSet<Tensor> held) =>
        LoopTraits.Variables(node) + (2 * node.Operands.Distinct().Count(o => !held.Contains(o)));

    // A reduction alone is no loop: it is read where it lies, by code of its own.
    private FusionUnit Part(List<int> members) =>
        new(members, stages[members[0]], members.Count > 1 || graph.Traits[members[0]].IsElementwise);
}
