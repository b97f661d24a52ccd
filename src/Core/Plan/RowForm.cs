namespace DistGrad.Plan;

/// <summary>
/// Which instructions can be run for some of their rows alone, and what of theirs then belongs to these rows.
/// </summary>
internal static class RowForm
{
    /// <summary>The rows of an instruction that has some, and elements to each.</summary>
    public static int? Rows(Instruction instruction) => Space(instruction) is { Rank: > 0 } space && space.Size > 0
        ? space[0]
        : null;

    /// <summary>Where all rows are reduced into one value, tiles of them must be whole subtrees.</summary>
    public static bool Allows(Instruction instruction, int rows) =>
        rows > 1 && Rows(instruction) == rows && instruction.Primitive switch
        {
            Fused { Reduced: { } folded } => !folded.Accumulates(rows) || int.IsPow2(folded.Length / rows),
            Reduction { Axes: var axes } => axes.Count > 0 && axes[0] > 0 && Folded.AreNeighbours(axes),
            _ => true,
        };

    /// <summary>Whether a result has rows of its own, rather than one value that all rows are reduced into.</summary>
    public static bool IsByRows(Instruction instruction, View result) =>
        instruction.Primitive is not Fused { Reduced: { } folded } fused || !folded.Accumulates(fused.Space[0]) ||
        fused.Body.Results[instruction.Results.IndexOf(result)].Source.Operation is not Reduction;

    /// <summary>Whether an instruction may read any row of an operand for each of its own.</summary>
    public static bool ReadsAll(Instruction instruction, int operand) =>
        operand == 0 && instruction.Primitive is Gather { Axis: 0 };

    /// <summary>
    /// Whether some rows of a view lie within those rows of its buffer, which have so many elements each.
    /// </summary>
    public static bool IsLocal(View view, int rows, int rowSize)
    {
        if (view.Shape.Rank == 0 || view.Shape[0] != rows || view.Layout.Strides[0] != rowSize ||
            view.Layout.Offset != 0)
            return false;
        long reach = 0;
        for (var axis = 1; axis < view.Shape.Rank; axis++)
        {
            if (view.Layout.Strides[axis] < 0)
                return false;
            reach += (long)(view.Shape[axis] - 1) * view.Layout.Strides[axis];
        }
        return reach < rowSize;
    }

    /// <summary>
    /// How many rows to do at a time, at most so many if possible: whole subtrees of the reductions over all rows.
    /// </summary>
    public static int TileRows(List<Instruction> run, int rows, long most)
    {
        var least = 1;
        var isTree = false;
        foreach (var fused in run.Select(i => i.Primitive).OfType<Fused>())
        {
            if (fused.Reduced is not { } folded || !folded.Accumulates(rows))
                continue;
            least = Math.Max(least, folded.Leaf(fused.LaneBytes) / (folded.Length / rows));
            isTree = true;
        }
        var wanted = (int)Math.Clamp(most, 1, rows);
        return isTree ? Math.Max(least, 1 << int.Log2(wanted)) : wanted;
    }

    private static Shape? Space(Instruction instruction) => instruction.Primitive switch
    {
        Fused fused => fused.Space,
        Sum or Max or Min => instruction.Operands[0].Shape,
        Gather => instruction.Results[0].Shape,
        _ => null,
    };
}
