using System.Collections.Immutable;
using DistGrad.Plan;

namespace DistGrad.Execute.Straight;

/// <summary>
/// How long a program is as a straight one. Programs of scalars and tiny arrays can be that, of operations that are
/// straight themselves. Larger arrays may be read, and loops may run along them, but none is computed.
/// </summary>
/// <param name="Steps">Simple operations on numbers and vectors.</param>
/// <param name="Wide">
/// Those of them on numbers that are for more than the first few elements of a value: a vector does them with the
/// first. Without those of programs that it holds.
/// </param>
internal readonly record struct StraightSize(long Steps, long Wide)
{
    /// <summary>How many elements a value has at most, each of which is a number of its own.</summary>
    public const int LargestValue = 32;

    /// <summary>How long a program is at most, in simple operations.</summary>
    public const int LongestProgram = 1 << 13;

    /// <summary>How many elements an array in memory has at most, so that no place in it overflows.</summary>
    private const int LargestStored = 1 << 27;

    /// <summary>What a function costs that is called, and for each of several numbers.</summary>
    private const int CallCost = 4, SomeCost = 2;

    /// <summary>How long a program would be, if it can be a straight one.</summary>
    public static StraightSize? Of(Lambda program)
    {
        var size = Of(program, [.. program.Parameters.Select(p => Form.InMemory(p.Shape))], isWhole: true);
        return size is { Steps: <= LongestProgram } ? size : null;
    }

    public static StraightSize operator +(StraightSize x, StraightSize y) => new(x.Steps + y.Steps, x.Wide + y.Wide);

    private static StraightSize? Of(Lambda program, ReadOnlySpan<Form> given, bool isWhole)
    {
        var forms = new Dictionary<Tensor, Form>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < given.Length; i++)
            forms[program.Parameters[i]] = given[i];
        var size = default(StraightSize);
        foreach (var node in program.Body)
        {
            if (Of(node, [.. node.Operands.Select(o => forms[o])]) is not { } more ||
                (size += more).Steps > LongestProgram)
                return null;
            Forms.Add(forms, node);
        }
        if (forms.Keys.Any(x => x.Shape.Size > LargestStored))
            return null;
        var direct = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var result in program.Results)
        {
            if (!IsSmall(result) && !(isWhole && result.Source.Operation is Scan && direct.Add(result)))
                return null;
        }
        return size;
    }

    private static StraightSize? Of(Application node, Form[] x)
    {
        switch (node.Operation)
        {
            case Reading when x[0].Stored is not null:
            case Reshape when x[0].IsRowMajor(node.Operands[0].Type):
                return default(StraightSize);
            case Gather when !IsSmall(node.Operands[0]) && IsSmall(node.Operands[1]):
                return OfSmall(node);
            case HigherOrder holder:
                return OfHolder(node, holder, x);
            case Fused fused when node.Results.All(IsSmall):
                return Of(fused.Body, x, isWhole: false);
        }
        if (!node.Operands.Concat(node.Results).All(IsSmall))
            return null;
        return Form.LaneBytesOf(node, x) is var lane and > 0
            ? OfVectors(node, Form.Vectors(node.Results[0].Shape, lane))
            : OfSmall(node);
    }

    private static StraightSize OfVectors(Application node, int vectors) =>
        new(((Primitive)node.Operation).IsExact ? vectors : CallCost + (SomeCost * vectors), 0);

    private static StraightSize? OfSmall(Application node)
    {
        var elements = node.Results[0].Shape.Size;
        return node.Operation switch
        {
            Literal or Iota or Reading or Primitive { IsFree: true } or Identity or Concat or Pad => Each(0, 0),
            Elementwise { IsOfLanes: true, IsExact: true } or Cast => Each(1, elements),
            Elementwise { IsOfLanes: true } => Each(CallCost, elements) with { Wide = Each(SomeCost, elements).Wide },
            Sum or Max or Min => Each(1, node.Operands[0].Shape.Size),
            // What cannot be indexed is for the machine to refuse.
            Gather or ScatterAdd when node.Operands[0].Shape.Size == 0 => null,
            Gather or ScatterAdd => Each(4, node.Operands[1].Shape.Size),
            CumSum => Each(2, elements),
            MatMul => Each(node.Operands[0].Shape[^1], elements),
            _ => null,
        };
    }

    private static StraightSize Each(long steps, int elements) =>
        new(steps * elements, steps * Math.Max(elements - Form.Few, 0));

    private static StraightSize? OfHolder(Application node, HigherOrder holder, Form[] x)
    {
        if (holder is not (Scan or While or Sweeps or Cond))
            return null;
        ImmutableArray<Tensor> states = holder is Scan scan ? node.Results[..scan.Carries] : node.Results;
        if (!states.All(IsSmall))
            return null;
        StraightSize size = new(node.Operands.Length + (2L * states.Sum(s => s.Shape.Size)), 0);
        foreach (var (held, given) in holder.Held.Zip(Forms.OfHolder(node, x).Given))
        {
            if (Of(held, given, isWhole: false) is not { } more)
                return null;
            size += more with { Wide = 0 };
        }
        return size;
    }

    private static bool IsSmall(Tensor x) => x.Shape.Size <= LargestValue;
}
