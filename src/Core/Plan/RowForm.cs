namespace DistGrad.Plan;

/// <summary>
/// Which instructions can be run for some of their rows alone, and what of theirs then belongs to these rows.
/// </summary>
internal static class RowForm
{
    /// <summary>Rows of a leaf of a reduction along columns; elements of one along a row, by their bytes.</summary>
    private const int ColumnLeaf = 32, RowLeafBytes = 32 * 256;

    /// <summary>The rows of an instruction that has some, and elements to each.</summary>
    public static int? Rows(Instruction instruction) => Space(instruction) is { Rank: > 0 } space && space.Size > 0
        ? space[0]
        : null;

    public static bool Allows(Instruction instruction, int rows)
    {
        if (Rows(instruction) != rows || rows < 2)
            return false;
        foreach (var reduction in Reductions(instruction))
        {
            if (!Folded.AreNeighbours(reduction.Axes) || reduction.Axes.Count == 0 ||
                (Accumulates(reduction) && !IsInWholeSubtrees(instruction, reduction)))
                return false;
        }
        return true;
    }

    /// <summary>Whether a result has rows of its own, rather than one value that all rows are reduced into.</summary>
    public static bool IsByRows(Instruction instruction, View result)
    {
        var index = instruction.Results.IndexOf(result);
        return Reduced(instruction, index) is not { } reduction || !Accumulates(reduction);
    }

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
        foreach (var instruction in run)
        {
            foreach (var reduction in Reductions(instruction).Where(Accumulates))
            {
                var space = Space(instruction)!;
                var folded = Folded.Over(space, reduction.Axes);
                var leaf = folded.Inner == 1 ? RowLeafBytes / ElementBytes(instruction) : ColumnLeaf;
                least = Math.Max(least, leaf / PerRow(space, reduction));
                isTree = true;
            }
        }
        var wanted = (int)Math.Clamp(most, 1, rows);
        return isTree ? Math.Max(least, 1 << int.Log2(wanted)) : wanted;
    }

    private static bool IsInWholeSubtrees(Instruction instruction, Reduction reduction) =>
        instruction.Primitive is Fused fused && int.IsPow2(PerRow(fused.Space, reduction));

    private static int ElementBytes(Instruction instruction) =>
        instruction.Results.First(r => r.DType.IsFloat).DType.ByteSize;

    private static Shape? Space(Instruction instruction) => instruction.Primitive switch
    {
        Fused fused => fused.Space,
        Sum or Max or Min => instruction.Operands[0].Shape,
        _ => null,
    };

    private static IEnumerable<Reduction> Reductions(Instruction instruction) => instruction.Primitive switch
    {
        Fused fused => fused.Body.Results.Select(r => r.Source.Operation).OfType<Reduction>(),
        Reduction reduction => [reduction],
        _ => [],
    };

    private static Reduction? Reduced(Instruction instruction, int result) => instruction.Primitive switch
    {
        Fused fused => fused.Body.Results[result].Source.Operation as Reduction,
        var primitive => primitive as Reduction,
    };

    private static bool Accumulates(Reduction reduction) => reduction.Axes[0] == 0;

    /// <summary>Positions of the reduced axes that a row takes part in.</summary>
    private static int PerRow(Shape space, Reduction reduction) =>
        Folded.Over(space, reduction.Axes).Length / space[0];
}
