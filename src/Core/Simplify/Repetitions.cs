using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>
/// What is computed from repeated arrays only is computed once and repeated: f(repeat a, repeat b) = repeat f(a, b),
/// bit for bit, as each element is found from the elements at its own place.
/// </summary>
internal static class Repetitions
{
    /// <summary>Fewer elements saved are not worth an instruction of its own.</summary>
    private const int WorthAnInstruction = 1024;

    /// <summary>
    /// The shape in which an elementwise primitive of these operands, all of one shape, need be computed only; nothing
    /// where that is not much smaller.
    /// </summary>
    public static Shape? Least(ImmutableArray<Tensor> operands)
    {
        var shape = operands[0].Shape;
        if (shape.Size < WorthAnInstruction)
            return null;
        var lengths = new int[shape.Rank];
        Array.Fill(lengths, 1);
        foreach (var operand in operands)
        {
            if (operand.Source.Operation is not Broadcast)
                return null;
            var source = operand.Source.Operands[0].Shape;
            for (var axis = 0; axis < source.Rank; axis++)
            {
                var at = shape.Rank - source.Rank + axis;
                lengths[at] = Math.Max(lengths[at], source[axis]);
            }
        }
        Shape least = [.. lengths];
        return shape.Size - least.Size >= WorthAnInstruction ? least : null;
    }
}
