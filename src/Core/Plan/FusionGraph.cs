using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>The applications of a program, by number, and what decides with what each may be in one loop.</summary>
internal sealed class FusionGraph
{
    private readonly Dictionary<Application, int> numbers = new(ReferenceEqualityComparer.Instance);
    private readonly LoopTraits[] traits;

    public FusionGraph(Lambda program)
    {
        Nodes = program.Body;
        traits = new LoopTraits[Nodes.Length];
        for (var i = 0; i < Nodes.Length; i++)
        {
            numbers[Nodes[i]] = i;
            traits[i] = LoopTraits.Of(Nodes[i], o => numbers.TryGetValue(o, out var n) ? traits[n] : default);
        }
    }

    /// <summary>In the order of the program.</summary>
    public ImmutableArray<Application> Nodes { get; }

    /// <summary>By their numbers.</summary>
    public ReadOnlySpan<LoopTraits> Traits => traits;

    /// <summary>The number of what computes a tensor; -1 where nothing does.</summary>
    public int Number(Tensor tensor) => numbers.GetValueOrDefault(tensor.Source, -1);

    /// <summary>As <see cref="Number"/>, where that may be computed in one loop with its user; else -1.</summary>
    public int Inside(Tensor operand, int user) =>
        Number(operand) is var o and >= 0 && traits[user].Takes(traits[o]) ? o : -1;

    /// <summary>Whether it is a reduction that may be among these: short rows are not among functions.</summary>
    public bool IsReduced(int node, List<int> members) => traits[node].Reduced is not null &&
        (!traits[node].IsOfShortRows || members.TrueForAll(m => LoopTraits.Weight(Nodes[m]) == 1));
}
