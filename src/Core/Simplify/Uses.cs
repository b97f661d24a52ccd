namespace DistGrad.Simplify;

/// <summary>How often a program uses each tensor: as an operand, or as a result of its own.</summary>
internal sealed class Uses
{
    private readonly Dictionary<Tensor, int> counts = new(ReferenceEqualityComparer.Instance);

    public Uses(Lambda program)
    {
        foreach (var node in program.Body)
        {
            foreach (var operand in node.Operands)
                Add(operand);
        }
        foreach (var result in program.Results)
            Add(result);

        void Add(Tensor used) => counts[used] = counts.GetValueOrDefault(used) + 1;
    }

    public int Of(Tensor tensor) => counts.GetValueOrDefault(tensor);
}
