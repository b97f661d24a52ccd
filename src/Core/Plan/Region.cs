namespace DistGrad.Plan;

/// <summary>A view, and how its elements lie where they are written.</summary>
internal readonly record struct Region(View Source, Layout Target)
{
    /// <summary>What an instruction that only moves elements writes, in order.</summary>
    public static IEnumerable<Region> Of(Instruction instruction) => instruction.Primitive switch
    {
        Concat concat => Joined(instruction, concat.Axis),
        Pad pad => Padded(instruction, pad),
        _ => [new(instruction.Operands[0], Layout.RowMajor(instruction.Results[0].Shape))],
    };

    /// <summary>
    /// Whether there is such an axis, and it reaches along that from one end of a row-major array to the other.
    /// </summary>
    public bool Spans(Shape whole, int axis) =>
        axis < whole.Rank && Source.Shape[axis] == whole[axis] && Target.Strides[axis] == whole.Strides()[axis];

    /// <summary>
    /// Whether what is read lies where it is to be written already, the whole being written to this view: what else is
    /// read there begins in another region.
    /// </summary>
    public bool IsInPlace(View whole) =>
        Source.Buffer == whole.Buffer && Source.Layout.Offset == whole.Layout.Offset + Target.Offset;

    /// <summary>Whether both what is read and what is written are one piece of memory, in the same order.</summary>
    public bool IsTogether => Source.IsRowMajor && (Source with { Layout = Target }).IsRowMajor;

    private static IEnumerable<Region> Joined(Instruction instruction, int axis)
    {
        var strides = instruction.Results[0].Shape.Strides();
        var start = 0;
        foreach (var operand in instruction.Operands)
        {
            yield return new(operand, new(strides, start * strides[axis]));
            start += operand.Shape[axis];
        }
    }

    /// <summary>The filling, beside what is kept or everywhere, and then what is kept.</summary>
    private static IEnumerable<Region> Padded(Instruction instruction, Pad pad)
    {
        var (x, filling, result) = (instruction.Operands[0], instruction.Operands[1], instruction.Results[0].Shape);
        var strides = result.Strides();
        var kept = Kept(pad, x.Shape, result);
        int[] steps = [.. pad.Between.Select(b => b + 1)];
        int[] starts = [.. kept.Starts.Select((s, a) => (s * steps[a]) + pad.Before[a])];
        if (kept.Lengths.Size == 0 || steps.Any(s => s > 1))
            yield return Filled(new int[result.Rank], result);
        else
        {
            foreach (var region in Beside(starts, kept.Lengths, result, Filled))
                yield return region;
        }
        yield return new(
            new(x.Buffer, x.Type with { Shape = kept.Lengths }, kept.Read(x.Shape, x.Layout)),
            new([.. strides.Select((s, a) => s * steps[a])], Offset(starts)));

        Region Filled(int[] from, Shape lengths) => new(
            new(filling.Buffer, filling.Type with { Shape = lengths }, new(
                Ints.Repeat(0, result.Rank), filling.Layout.Offset)),
            new(strides, Offset(from)));

        int Offset(int[] from) => from.Select((s, a) => s * strides[a]).Sum();
    }

    /// <summary>What of an array lies beside a box in it: before and after it along each axis.</summary>
    private static IEnumerable<Region> Beside(
        int[] starts, Shape lengths, Shape whole, Func<int[], Shape, Region> region)
    {
        for (var axis = 0; axis < whole.Rank; axis++)
        {
            var end = starts[axis] + lengths[axis];
            foreach (var (from, length) in new[] { (0, starts[axis]), (end, whole[axis] - end) })
                yield return region(
                    [.. starts[..axis], from, .. new int[whole.Rank - axis - 1]],
                    Shape.Create([.. lengths.Take(axis), length, .. whole.Skip(axis + 1)]));
        }
    }

    /// <summary>What a negative number before or after cuts off is not read at all.</summary>
    private static Slice Kept(Pad pad, Shape shape, Shape result)
    {
        var (starts, lengths) = (new int[shape.Rank], new int[shape.Rank]);
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            var step = pad.Between[axis] + 1;
            starts[axis] = pad.Before[axis] >= 0 ? 0 : (-pad.Before[axis] + step - 1) / step;
            var end = (result[axis] - 1 - pad.Before[axis]) / step;
            lengths[axis] = Math.Max(0, Math.Min(shape[axis] - 1, end) - starts[axis] + 1);
            if (result[axis] - 1 - pad.Before[axis] < 0)
                lengths[axis] = 0;
        }
        return new(Ints.Of(starts), Shape.Create(lengths), Ints.Repeat(1, shape.Rank));
    }
}
