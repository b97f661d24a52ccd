using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>
/// Gathers elementwise primitives and reductions into loops (<see cref="Fused"/>): what is computed over one shape from
/// one another, or from the same operands, and waits for nothing else in between.
/// </summary>
/// <remarks>
/// Every application gets a stage, an even number for what is computed and the odd one behind it for readings, such
/// that operands have a lower stage than what uses them, or the same stage within one loop. So all of one stage that is
/// compatible may be computed together, and no loop waits for itself. An application that only one later loop uses
/// moves to that loop's stage, where that does not keep more alive. The order of a reduction does not depend on its
/// loop, so fusing changes no bit.
/// </remarks>
internal sealed class Fusion
{
    /// <summary>
    /// A loop is not made longer than so many variables (<see cref="LoopTraits.Variables"/>, and two for each operand,
    /// its value and its address). The runtime's compiler inlines nothing more into a method that has 512, and a loop
    /// of calls is several times slower; what is left of these is for the results' addresses.
    /// </summary>
    internal const int LongestLoop = 384;

    private readonly Lambda program;
    private readonly ImmutableArray<Application> nodes;
    private readonly Dictionary<Application, int> numbers = new(ReferenceEqualityComparer.Instance);
    private readonly LoopTraits[] traits;
    private readonly int[] stages;
    private readonly int[] joined;

    private Fusion(Lambda program)
    {
        (this.program, nodes) = (program, program.Body);
        traits = new LoopTraits[nodes.Length];
        stages = new int[nodes.Length];
        joined = [.. Enumerable.Range(0, nodes.Length)];
    }

    /// <summary>The same program, its loops gathered.</summary>
    public static Lambda Fuse(Lambda program)
    {
        var fusion = new Fusion(program);
        fusion.FindStages();
        fusion.Sink();
        fusion.Join();
        return fusion.Rebuilt();
    }

    private void FindStages()
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            numbers[nodes[i]] = i;
            traits[i] = LoopTraits.Of(nodes[i], o => numbers.TryGetValue(o, out var n) ? traits[n] : default);
            var stage = nodes[i].Operation.IsFree || nodes[i].Operation is Literal ? -1 : 0;
            foreach (var operand in nodes[i].Operands)
            {
                var before = StageOf(operand);
                if (nodes[i].Operation.IsFree)
                    before |= 1;
                else if (!(Number(operand) is var o and >= 0 && traits[i].Takes(traits[o])))
                    before = (before + 2) & ~1;
                stage = Math.Max(stage, before);
            }
            stages[i] = stage;
        }
    }

    /// <summary>
    /// Moves what only one later loop uses into that loop, if at most one operand then has to be stored for it. Results
    /// of the program are stored there as well as anywhere.
    /// </summary>
    private void Sink()
    {
        const int Unused = -2, Several = -3;
        var users = new int[nodes.Length];
        Array.Fill(users, Unused);
        for (var i = nodes.Length - 1; i >= 0; i--)
        {
            if (traits[i].IsElementwise && users[i] > stages[i] && Stored(i) <= 1)
                stages[i] = users[i];
            foreach (var operand in nodes[i].Operands)
                Use(operand, stages[i], traits[i]);
        }

        void Use(Tensor operand, int stage, LoopTraits user)
        {
            if (Number(operand) is var o and >= 0)
            {
                users[o] = !user.Takes(traits[o]) || (users[o] != Unused && users[o] != stage) ? Several : stage;
            }
        }

        int Stored(int i) => nodes[i].Operands.Distinct().Count(
            x => Number(x) is var o and >= 0 && traits[i].Takes(traits[o]) && stages[o] == stages[i]);
    }

    /// <summary>Joins what is used by one another, or reads the same, within a stage.</summary>
    private void Join()
    {
        var readers = new Dictionary<(int Operand, int Stage, LoopTraits), int>();
        var operands = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < nodes.Length; i++)
        {
            if (!traits[i].IsLoop)
                continue;
            foreach (var operand in nodes[i].Operands)
            {
                var o = Number(operand);
                if (o >= 0 && traits[i].Takes(traits[o]) && stages[o] == stages[i])
                    Union(o, i);
                else if (operand.Shape.Size > 1 && !IsUniform(operand))
                {
                    if (!operands.TryGetValue(operand, out var id))
                        operands[operand] = id = operands.Count;
                    if (!readers.TryAdd((id, stages[i], traits[i].Place), i))
                        Union(readers[(id, stages[i], traits[i].Place)], i);
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

    private int Number(Tensor tensor) => numbers.GetValueOrDefault(tensor.Source, -1);

    private int StageOf(Tensor tensor) => Number(tensor) is var n and >= 0 ? stages[n] : -1;

    private Lambda Rebuilt()
    {
        Unit[] units = [.. Units().OrderBy(u => u.Stage).ThenBy(u => u.Members[^1])];
        var homes = new Unit[nodes.Length];
        foreach (var unit in units)
        {
            foreach (var member in unit.Members)
                homes[member] = unit;
        }
        var again = new Recomputation(nodes, traits, Number);
        units = [.. units.Select(u => u.IsLoop ? u with { Members = again.Extended(u.Members) } : u)];
        var (results, read) = DropUnused(units, homes);
        MoveReductions(units, results, read);
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < units.Length; i++)
        {
            if (!units[i].IsLoop)
                Substitute.Rebuild([nodes[units[i].Members[0]]], stand, []);
            else if (units[i].Members.Count > 0)
                Fuse(units[i], results[i], stand);
        }
        return new(program.Name, program.Parameters, [.. program.Results.Select(r => stand.GetValueOrDefault(r, r))]);
    }

    /// <summary>What is computed in one go.</summary>
    private List<Unit> Units()
    {
        var loops = new Dictionary<int, List<int>>();
        var units = new List<Unit>();
        for (var i = 0; i < nodes.Length; i++)
        {
            if (!traits[i].IsLoop)
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
    private IEnumerable<Unit> Split(List<int> members)
    {
        var kept = members.Where(m => IsReduced(m, members)).GroupBy(m => traits[m].Reduced)
            .OrderByDescending(g => g.Count()).Select(g => g.Key).FirstOrDefault();
        var part = new List<int>();
        var held = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        var length = 0;
        foreach (var member in members)
        {
            if (traits[member].Reduced is { } folded && folded != kept)
            {
                yield return new([member], stages[member] | 1, IsLoop: false);
                continue;
            }
            if (length + Added(nodes[member], held) > LongestLoop && part.Count > 0)
            {
                yield return Part(part);
                (part, held, length) = ([], new(ReferenceEqualityComparer.Instance), 0);
            }
            part.Add(member);
            length += Added(nodes[member], held);
            held.UnionWith([.. nodes[member].Operands, .. nodes[member].Results]);
        }
        if (part.Count > 0)
            yield return Part(part);
    }

    /// <summary>Whether it is a reduction that may be among these: short rows are not among functions.</summary>
    private bool IsReduced(int member, List<int> members) => traits[member].Reduced is not null &&
        (!traits[member].IsOfShortRows || members.TrueForAll(m => LoopTraits.Weight(nodes[m]) == 1));

    /// <summary>The variables that a loop which holds these values already has more for an application.</summary>
    private static int Added(Application node, HashSet<Tensor> held) =>
        LoopTraits.Variables(node) + (2 * node.Operands.Distinct().Count(o => !held.Contains(o)));

    // A reduction alone is no loop: it is read where it lies, by code of its own.
    private Unit Part(List<int> members) =>
        new(members, stages[members[0]], members.Count > 1 || traits[members[0]].IsElementwise);

    /// <summary>
    /// Leaves of each loop what somebody uses, which may be computed elsewhere again; what of it others use, in order.
    /// </summary>
    private (ImmutableArray<Tensor>[] Results, HashSet<Tensor> Read) DropUnused(Unit[] units, Unit[] homes)
    {
        var read = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        var returned = new HashSet<Tensor>(program.Results, ReferenceEqualityComparer.Instance);
        var results = new ImmutableArray<Tensor>[units.Length];
        for (var i = units.Length - 1; i >= 0; i--)
        {
            var (members, own) = (units[i].Members, homes[units[i].Members[^1]]);
            HashSet<int> inside = [.. members];
            results[i] = [.. members.Where(m => homes[m] == own).Select(m => nodes[m].Results[0])
                .Where(r => read.Contains(r) || returned.Contains(r))];
            HashSet<int> needed = units[i].IsLoop ? [.. results[i].Select(Number)] : [.. members];
            for (var j = members.Count - 1; j >= 0; j--)
            {
                if (!needed.Contains(members[j]))
                    continue;
                foreach (var operand in nodes[members[j]].Operands)
                {
                    if (Number(operand) is var o && inside.Contains(o))
                        needed.Add(o);
                    else
                        read.Add(operand);
                }
            }
            units[i] = units[i] with { Members = members.FindAll(needed.Contains) };
        }
        return (results, read);
    }

    /// <summary>
    /// A loop that is left with a reduction which no other waits for joins a loop that reads the same; else it is code
    /// of its own.
    /// </summary>
    private void MoveReductions(Unit[] units, ImmutableArray<Tensor>[] results, HashSet<Tensor> read)
    {
        for (var i = 0; i < units.Length; i++)
        {
            if (units[i] is not { IsLoop: true, Members: [var reduction] } || traits[reduction].IsElementwise)
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

    private bool Hosts(Unit unit, int reduction) =>
        unit.IsLoop && unit.Members.Exists(m => traits[m].IsElementwise) && IsReduced(reduction, unit.Members) &&
        traits[unit.Members[0]].Place == traits[reduction].Place &&
        unit.Members.TrueForAll(m => traits[m].Reduced is not { } folded || folded == traits[reduction].Reduced) &&
        unit.Members.Exists(m => nodes[m].Operands.Contains(nodes[reduction].Operands[0]));

    private void Fuse(Unit unit, ImmutableArray<Tensor> results, Dictionary<Tensor, Tensor> stand)
    {
        var inside = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        var (operands, parameters) = (ImmutableArray.CreateBuilder<Tensor>(), ImmutableArray.CreateBuilder<Tensor>());
        foreach (var node in unit.Members.Select(m => nodes[m]))
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

    /// <summary>What is computed in one go: a loop, or one application.</summary>
    private sealed record Unit(List<int> Members, int Stage, bool IsLoop);
}
