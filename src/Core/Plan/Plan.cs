using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>Where the elements of a tensor are kept while a plan runs.</summary>
internal abstract record Storage(DType DType, int Size)
{
    /// <summary>What the caller passes in place i; nobody writes to it.</summary>
    internal sealed record Argument(DType DType, int Size, int Index) : Storage(DType, Size);

    /// <summary>What the program's literal holds.</summary>
    internal sealed record Constant(Value Value) : Storage(Value.DType, Value.Shape.Size);

    /// <summary>What the caller provides for result i.</summary>
    internal sealed record Result(DType DType, int Size, int Index) : Storage(DType, Size);

    /// <summary>
    /// Rows of a tile at a time, in memory of the thread that does the tile, in bytes from its start.
    /// </summary>
    internal sealed record Tile(DType DType, int Size, long Offset, int RowBytes) : Storage(DType, Size);

    /// <summary>A stretch of the arena, in bytes from its start, shared with others that live at other times.</summary>
    internal sealed record Scratch(DType DType, int Size, long Offset) : Storage(DType, Size);
}

/// <summary>A tensor as it lies in a buffer.</summary>
internal sealed record View(int Buffer, TensorType Type, Layout Layout)
{
    public Shape Shape => Type.Shape;

    public DType DType => Type.DType;

    /// <summary>
    /// Whether the elements lie one after the other in row-major order; axes of length 1 have no say.
    /// </summary>
    public bool IsRowMajor
    {
        get
        {
            var expected = Shape.Strides();
            for (var axis = 0; axis < Shape.Rank; axis++)
            {
                if (Shape[axis] > 1 && Layout.Strides[axis] != expected[axis])
                    return false;
            }
            return true;
        }
    }

    /// <summary>Whether one element stands for all.</summary>
    public bool IsUniform
    {
        get
        {
            for (var axis = 0; axis < Shape.Rank; axis++)
            {
                if (Shape[axis] > 1 && Layout.Strides[axis] != 0)
                    return false;
            }
            return true;
        }
    }

    /// <summary>
    /// Axes of length 1 left out, and neighbours that are stepped through as one axis joined; at least one.
    /// </summary>
    public (int[] Lengths, int[] Strides) Collapsed()
    {
        var (lengths, strides) = (new List<int>(), new List<int>());
        for (var axis = 0; axis < Shape.Rank; axis++)
        {
            var (length, stride) = (Shape[axis], Layout.Strides[axis]);
            if (length == 1)
                continue;
            if (lengths.Count > 0 && strides[^1] == stride * length)
            {
                (lengths[^1], strides[^1]) = (lengths[^1] * length, stride);
            }
            else
            {
                lengths.Add(length);
                strides.Add(stride);
            }
        }
        return lengths.Count == 0 ? ([1], [0]) : ([.. lengths], [.. strides]);
    }

    public static View RowMajor(int buffer, TensorType type) => new(buffer, type, Layout.RowMajor(type.Shape));
}

/// <summary>
/// One step: a primitive reads views and writes row-major results. Programs that it holds are plans of their own.
/// </summary>
internal sealed record Instruction(
    Primitive Primitive, Application Source, ImmutableArray<View> Operands, ImmutableArray<View> Results,
    ImmutableArray<Plan> Held)
{
    /// <summary>How its way to the memory is made shorter, where that is worth while.</summary>
    public Traffic? Traffic { get; init; }

    /// <summary>
    /// Of a loop that does not write all that it computes, for each result how many elements it leaves out before those
    /// that it writes, which are as many as the result's view has; empty where it writes all.
    /// </summary>
    public ImmutableArray<int> Skipped { get; init; } = [];

    public override string ToString()
    {
        var results = Results.Select(r => $"b{r.Buffer}: {r.Type}");
        var operands = Operands.Select(o => $"b{o.Buffer}{(o.IsRowMajor ? "" : $" by {o.Layout.Strides}")}");
        return $"{string.Join(", ", results)} = {Primitive.Name} {string.Join(" ", operands)}";
    }
}

/// <summary>
/// A program made ready to run: instructions in order over buffers whose lifetimes are known. It fixes every rounding;
/// who runs it, on how many threads and how wide a vector, changes nothing.
/// </summary>
/// <param name="Program">What is computed.</param>
/// <param name="Buffers">Where values lie.</param>
/// <param name="Instructions">What is done, in order.</param>
/// <param name="Tilings">Which instructions are run a few rows at a time.</param>
/// <param name="ArenaBytes">Memory for what lies in neither arguments nor results.</param>
/// <param name="LiveBytes">
/// The least that the arena could have for this order of the instructions: the most bytes of it that are live at one
/// instruction. A stretch is live from the instruction that writes it to the last that reads it, or to the last of that
/// one's tile, and counts as many bytes as it is given, a multiple of a cache line's.
/// </param>
/// <param name="IsStraight">Whether it, and loops in it, may run as straight methods where they are small.</param>
internal sealed record Plan(
    Lambda Program, ImmutableArray<Storage> Buffers, ImmutableArray<Instruction> Instructions,
    ImmutableArray<Tiling> Tilings, long ArenaBytes, long LiveBytes, bool IsStraight);
