using System.Runtime.CompilerServices;

namespace DistGrad.Plan;

/// <summary>
/// What decides with what an application may be computed in one loop; nothing of what cannot be in any.
/// </summary>
/// <param name="Space">The shape that is looped over.</param>
/// <param name="LaneBytes">
/// The width of the vectors' lanes, 4 or 8; a truth value has that of what it is found from.
/// </param>
/// <param name="Reduced">Of a reduction, how its axes lie.</param>
internal readonly record struct LoopTraits(Shape Space, int LaneBytes, Folded? Reduced)
{
    /// <summary>Of a row shorter than that, its lanes are folded as often as its vectors are taken.</summary>
    private const int ShortestRow = 128;

    /// <summary>So few rows are one row as far as speed is concerned.</summary>
    private const int FewRows = 4;

    public bool IsLoop => LaneBytes > 0;

    public bool IsElementwise => IsLoop && Reduced is null;

    /// <summary>
    /// Whether it reduces rows that are short: together with what gives them this is faster if that is simple, slower
    /// if it is functions, which would be found of vectors that are not full.
    /// </summary>
    public bool IsOfShortRows => Reduced is { } folded && IsShort(folded);

    /// <summary>The same without what tells a reduction from what it reduces.</summary>
    public LoopTraits Place => this with { Reduced = null };

    /// <summary>Whether an operand of these traits may be computed in the same loop.</summary>
    public bool Takes(LoopTraits operand) =>
        IsLoop && operand.IsElementwise && LaneBytes == operand.LaneBytes && Space == operand.Space;

    public static LoopTraits Of(Application node, Func<Application, LoopTraits> known) => node.Operation switch
    {
        Elementwise { IsOfLanes: true } => new(node.Results[0].Shape, Lanes(node, known), null),
        Cast when Lanes(node, known) is var lanes && FitsLanes(node.Operands[0].DType, lanes) =>
            new(node.Results[0].Shape, lanes, null),
        Sum or Max or Min => OfReduction((Reduction)node.Operation, node.Operands[0]),
        _ => default,
    };

    /// <summary>How much code an application is, in simple operations.</summary>
    public static int Weight(Application node) =>
        ((Primitive)node.Operation).IsExact || node.Operation is Reduction or Cast ? 1 : 12;

    /// <summary>
    /// How many variables the compiled form of an application has. A strong product's are the product, the mask of its
    /// zeros and what either way gives.
    /// </summary>
    public static int Variables(Application node) => node.Operation is StrongMul ? 4 : Weight(node);

    private static LoopTraits OfReduction(Reduction reduction, Tensor x)
    {
        if (!x.DType.IsFloat || x.Shape.Size == 0 || !Folded.AreNeighbours(reduction.Axes))
            return default;
        var folded = Folded.Over(x.Shape, reduction.Axes);
        // Where loops stay interpreted, short rows are many short runs.
        var isLoop = folded.IsRow
            ? RuntimeFeature.IsDynamicCodeSupported || !IsShort(folded)
            : folded.Inner >= Folded.LaneBytes / x.DType.ByteSize;
        return isLoop ? new(x.Shape, x.DType.ByteSize, folded) : default;
    }

    private static bool IsShort(Folded folded) =>
        folded is { IsRow: true, Length: < ShortestRow, Outer: > FewRows };

    private static int Lanes(Application node, Func<Application, LoopTraits> known)
    {
        if (node.Results[0].DType != DType.Bool)
            return node.Results[0].DType.ByteSize;
        foreach (var operand in node.Operands)
        {
            if (operand.DType != DType.Bool)
                return operand.DType.ByteSize;
            if (known(operand.Source) is { IsElementwise: true } traits && traits.Space == node.Results[0].Shape)
                return traits.LaneBytes;
        }
        return sizeof(int);
    }

    private static bool FitsLanes(DType dtype, int lanes) => dtype == DType.Bool || dtype.ByteSize == lanes;
}
