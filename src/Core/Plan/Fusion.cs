using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>
/// Gathers elementwise primitives and reductions into loops (<see cref="Fused"/>): what is computed over one shape from
/// one another, or from the same operands, and waits for nothing else in between.
/// </summary>
/// <remarks>
/// Every application gets a stage (<see cref="FusionStages"/>), what is of one stage is divided into units
/// (<see cref="FusionPartition"/>), and the program is built again of these. The order of a reduction does not depend
/// on its loop, so fusing changes no bit.
/// </remarks>
internal sealed class Fusion
{
    private readonly Lambda program;
    private readonly FusionGraph graph;
    private readonly FusionUnit[] units;

    /// <summary>Of each unit, what others use of it, or the program gives.</summary>
    private readonly ImmutableArray<Tensor>[] results;

    private Fusion(Lambda program)
    {
        this.program = program;
        graph = new(program);
        units = FusionPartition.Of(graph, FusionStages.Of(graph));
        results = new ImmutableArray<Tensor>[units.Length];
    }

    /// <summary>The same program, its loops gathered.</summary>
    public static Lambda Fuse(Lambda program)
    {
        var fusion = new Fusion(program);
        var homes = fusion.Homes();
        fusion.Recompute();
        var read = fusion.DropUnused(homes);
        fusion.MoveReductions(read);
        return fusion.Rebuilt();
    }

    /// <summary>By an application's number, the unit that computes it for others.</summary>
    private int[] Homes()
    {
        var homes = new int[graph.Nodes.Length];
        for (var i = 0; i < units.Length; i++)
        {
            foreach (var member in units[i].Members)
                homes[member] = i;
        }
        return homes;
    }

    private void Recompute()
    {
        var again = new Recomputation(graph);
        for (var i = 0; i < units.Length; i++)
        {
            if (units[i].IsLoop)
                units[i] = units[i] with { Members = again.Extended(units[i].Members) };
        }
    }

    /// <summary>
    /// Leaves of each loop what somebody uses, which may be computed elsewhere again; what units read of each other.
    /// </summary>
    private HashSet<Tensor> DropUnused(int[] homes)
    {
        var read = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        var returned = new HashSet<Tensor>(program.Results, ReferenceEqualityComparer.Instance);
        for (var i = units.Length - 1; i >= 0; i--)
        {
            var members = units[i].Members;
            HashSet<int> inside = [.. members];
            results[i] = [.. members.Where(m => homes[m] == i).Select(m => graph.Nodes[m].Results[0])
                .Where(r => read.Contains(r) || returned.Contains(r))];
            HashSet<int> needed = units[i].IsLoop ? [.. results[i].Select(graph.Number)] : [.. members];
            for (var j = members.Count - 1; j >= 0; j--)
            {
                if (!needed.Contains(members[j]))
                    continue;
                foreach (var operand in graph.Nodes[members[j]].Operands)
                {
                    if (graph.Number(operand) is var o && inside.Contains(o))
                        needed.Add(o);
                    else
                        read.Add(operand);
                }
            }
            units[i] = units[i] with { Members = members.FindAll(needed.Contains) };
        }
        return read;
    }

    /// <summary>
    /// A loop that is left with a reduction which no other waits for joins a loop that reads the same; else it is code
    /// of its own.
    /// </summary>
    private void MoveReductions(HashSet<Tensor> read)
    {
        for (var i = 0; i < units.Length; i++)
        {
            if (units[i] is not { IsLoop: true, Members: [var reduction] } || graph.Traits[reduction].IsElementwise)
                continue;
            var host = read.Contains(results[i][0]) ? -1 : Array.FindIndex(units, u => Hosts(u, reduction));
            if (host < 0)
            {
                units[i] = units[i] with { IsLoop = false };
                continue;
            }
            units[host] = units[host] with { Members = [.. units[host].Members.Append(reduction).Order()] };
            results[host] = results[host].Add(results[i][0]);
            units[i] = units[i] with { Members = [] };
        }
    }

    private bool Hosts(FusionUnit unit, int reduction)
    {
        var own = graph.Traits[reduction];
        return unit.IsLoop && unit.Members.Exists(m => graph.Traits[m].IsElementwise) &&
            graph.IsReduced(reduction, unit.Members) && graph.Traits[unit.Members[0]].Place == own.Place &&
            unit.Members.TrueForAll(m => graph.Traits[m].Reduced is not { } folded || folded == own.Reduced) &&
            unit.Members.Exists(m => graph.Nodes[m].Operands.Contains(graph.Nodes[reduction].Operands[0]));
    }

    private Lambda Rebuilt()
    {
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < units.Length; i++)
        {
            if (!units[i].IsLoop)
                Substitute.Rebuild([graph.Nodes[units[i].Members[0]]], stand, []);
            else if (units[i].Members.Count > 0)
                Fuse(units[i], results[i], stand);
        }
        return new(program.Name, program.Parameters, [.. program.Results.Select(r => stand.GetValueOrDefault(r, r))]);
    }

    private void Fuse(FusionUnit unit, ImmutableArray<Tensor> results, Dictionary<Tensor, Tensor> stand)
    {
        var inside = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        var (operands, parameters) = (ImmutableArray.CreateBuilder<Tensor>(), ImmutableArray.CreateBuilder<Tensor>());
        foreach (var node in unit.Members.Select(m => graph.Nodes[m]))
        {
            foreach (var operand in node.Operands)
            {
                if (inside.ContainsKey(operand))
                    continue;
                operands.Add(stand.GetValueOrDefault(operand, operand));
                parameters.Add(inside[operand] = Tensor.Parameter(operand.Type, "x", "loop"));
            }
            inside[node.Results[0]] =
                Application.Of(node.Operation, [.. node.Operands.Select(o => inside[o])]).Results[0];
        }
        var body = new Lambda("loop", parameters.ToImmutable(), [.. results.Select(r => inside[r])]);
        var fused = Application.Of(new Fused(body), operands.ToImmutable());
        for (var i = 0; i < results.Length; i++)
            stand[results[i]] = fused.Results[i];
    }
}
