using System.Collections.Immutable;
using DistGrad.Execute.Loops;
using DistGrad.Plan;

namespace DistGrad.Execute.Straight;

/// <summary>
/// Which programs become straight ones: those of scalars and tiny arrays, of operations that are straight themselves.
/// Larger arrays may be read, and loops may run along them, but none is computed.
/// </summary>
internal static class StraightSize
{
    /// <summary>How many elements a value has at most, each of which is a number of its own.</summary>
    public const int LargestValue = 16;

    /// <summary>How long a program is at most, in simple operations.</summary>
    public const int LongestProgram = 1 << 13;

    /// <summary>What a function costs that is called.</summary>
    private const int CallCost = 4;

    /// <summary>How long a program would be in simple operations, if it can be a straight one.</summary>
    public static int? Of(Lambda program) => Of(program, isWhole: true) is { } size and <= LongestProgram
        ? (int)size
        : null;

    private static long? Of(Lambda program, bool isWhole)
    {
        // Whether what lies in memory lies there in row-major order.
        var stored = new Dictionary<Tensor, bool>(ReferenceEqualityComparer.Instance);
        foreach (var parameter in program.Parameters)
        {
            if (!IsSmall(parameter))
                stored[parameter] = true;
        }
        var size = 0L;
        foreach (var node in program.Body)
        {
            if (Of(node, stored) is not { } more || (size += more) > LongestProgram)
                return null;
        }
        var direct = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var result in program.Results)
        {
            if (!IsSmall(result) && !(isWhole && result.Source.Operation is Scan && direct.Add(result)))
                return null;
        }
        return size;
    }

    private static long? Of(Application node, Dictionary<Tensor, bool> stored)
    {
        switch (node.Operation)
        {
            case Reading when stored.ContainsKey(node.Operands[0]):
                stored[node.Results[0]] = false;
                return 0;
            case Reshape when stored.TryGetValue(node.Operands[0], out var isRowMajor) && isRowMajor:
                stored[node.Results[0]] = true;
                return 0;
            case Gather when stored.ContainsKey(node.Operands[0]) && IsSmall(node.Operands[1]):
                return OfSmall(node);
            case HigherOrder holder:
                return OfHolder(node, holder, stored);
            case Fused fused when node.Results.All(IsSmall):
                return Of(fused.Body, isWhole: false);
        }
        return node.Operands.Concat(node.Results).All(IsSmall) ? OfSmall(node) : null;
    }

    private static long? OfSmall(Application node)
    {
        var elements = node.Results[0].Shape.Size;
        return node.Operation switch
        {
            Literal or Iota or Reading or Primitive { IsFree: true } or Identity or Concat or Pad => 0,
            Elementwise { IsOfLanes: true, IsExact: true } or Cast => elements,
            Elementwise { IsOfLanes: true } => CallCost * elements,
            Sum or Max or Min => node.Operands[0].Shape.Size,
            // What cannot be indexed is for the machine to refuse.
            Gather or ScatterAdd when node.Operands[0].Shape.Size == 0 => null,
            Gather or ScatterAdd => 4 * node.Operands[1].Shape.Size,
            CumSum => 2 * elements,
            MatMul => (long)elements * node.Operands[0].Shape[^1],
            _ => null,
        };
    }

    private static long? OfHolder(Application node, HigherOrder holder, Dictionary<Tensor, bool> stored)
    {
        ImmutableArray<Tensor> states = node.Results;
        if (holder is Scan scan)
        {
            states = node.Results[..scan.Carries];
            foreach (var ys in node.Results[scan.Carries..].Where(y => !IsSmall(y)))
                stored[ys] = true;
        }
        else if (holder is not (While or Sweeps or Cond))
            return null;
        if (!states.All(IsSmall))
            return null;
        var size = 2L * states.Sum(s => s.Shape.Size);
        foreach (var held in holder.Held)
        {
            if (Of(held, isWhole: false) is not { } more)
                return null;
            size += more;
        }
        return size;
    }

    private static bool IsSmall(Tensor x) => x.Shape.Size <= LargestValue;
}
