using DistGrad.Execute.Loops;
using DistGrad.Plan;

namespace DistGrad.Execute.Straight;

/// <summary>
/// How a straight program holds a tensor: as numbers, as vectors whose lanes have so many bytes, or in memory, where it
/// lies in some layout.
/// </summary>
/// <param name="LaneBytes">Of vectors, the width of their lanes; else 0.</param>
/// <param name="Stored">Of what lies in memory, how.</param>
internal readonly record struct Form(int LaneBytes, Layout? Stored)
{
    /// <summary>So many elements are done one by one as fast as by a vector.</summary>
    public const int Few = 4;

    public static Form Numbers => default;

    /// <summary>In memory, in row-major order.</summary>
    public static Form InMemory(Shape shape) => new(0, Layout.RowMajor(shape));

    /// <summary>Of what lies in memory, a row of it.</summary>
    public Form Row => new(0, new([.. Stored!.Value.Strides.Skip(1)], Stored.Value.Offset));

    public static Form Of(Held x) => x switch
    {
        Held.Vectors vectors => new(vectors.LaneBytes, null),
        Held.Stored stored => new(0, stored.Layout),
        _ => Numbers,
    };

    /// <summary>How many vectors a tensor is whose lanes have so many bytes.</summary>
    public static int Vectors(Shape shape, int laneBytes) =>
        ((shape.Size * laneBytes) + LaneFunction.VectorBytes - 1) / LaneFunction.VectorBytes;

    /// <summary>Whether a tensor may be vectors: floats, and more than a few.</summary>
    public static bool MayBeVectors(TensorType type) =>
        type.DType.IsFloat && type.Shape.Size is > Few and <= StraightSize.LargestValue;

    /// <summary>
    /// The width of the lanes of what an application does by vectors, or 0 where it does not: functions of lanes as
    /// wide as each other, of which at least one operand is vectors already or lies in memory as vectors do.
    /// </summary>
    public static int LaneBytesOf(Application node, ReadOnlySpan<Form> operands)
    {
        if (node.Operation is not Elementwise { IsOfLanes: true } ||
            node.Results[0].Shape.Size is <= Few or > StraightSize.LargestValue)
            return 0;
        var (width, isReady) = (node.Results[0].DType is { IsFloat: true } made ? made.ByteSize : 0, false);
        for (var i = 0; i < operands.Length; i++)
        {
            var type = node.Operands[i].Type;
            var own = type.DType.IsFloat ? type.DType.ByteSize : operands[i].LaneBytes;
            var isOther = own != 0 && width != 0 && own != width;
            if (isOther || !(type.DType.IsFloat || type.DType == DType.Bool))
                return 0;
            width = Math.Max(width, own);
            isReady |= operands[i].LaneBytes > 0 || operands[i].IsRowMajor(type);
        }
        return isReady && (node.Results[0].DType.IsFloat || node.Results[0].DType == DType.Bool) ? width : 0;
    }

    /// <summary>Whether a tensor of this form lies in memory in row-major order.</summary>
    public bool IsRowMajor(TensorType type) => Stored is { } layout && new View(0, type, layout).IsRowMajor;
}
