namespace DistGrad.Execute.Straight;

/// <summary>
/// Reading and adding by index: names where the index is known, and else places in memory, once it is certain that they
/// lie within.
/// </summary>
internal sealed partial class StraightBuilder
{
    private Register[] Gathered(Application node, Gather gather, Held[] x)
    {
        var (source, index) = (node.Operands[0].Type, node.Operands[1].Type);
        var pointers = Elements(x[1], index);
        if (x[0] is not Held.Stored && AreWithin(pointers, source.Shape[gather.Axis]))
        {
            var elements = Elements(x[0], source);
            return [.. pointers.Select((p, e) => elements[PlaceOf(node, gather.Axis, e, p.Bits)])];
        }
        var memory = InMemory(x[0], source);
        var picked = new Register[pointers.Length];
        for (var e = 0; e < picked.Length; e++)
        {
            var beside = memory.Layout.Place(source.Shape, PlaceOf(node, gather.Axis, e, 0));
            var at = Pointed(memory, source, gather.Axis, pointers[e]);
            picked[e] = Loaded(at with { IsGiven = false }, source.DType, beside * source.DType.ByteSize);
        }
        return picked;
    }

    private Register[] Scattered(Application node, ScatterAdd scatter, Held[] x)
    {
        var (type, add) = (node.Results[0].Type, StraightTable.Of<Add>(node.Results[0].DType));
        var (pointers, updates) = (Elements(x[1], node.Operands[1].Type), Elements(x[2], node.Operands[2].Type));
        Register[] sums = [.. Elements(x[0], type)];
        if (AreWithin(pointers, type.Shape[scatter.Axis]))
        {
            for (var e = 0; e < updates.Length; e++)
            {
                var place = PlaceOf(node, scatter.Axis, e, pointers[e].Bits);
                sums[place] = Apply(add, sums[place], updates[e]);
            }
            return sums;
        }
        var memory = Area(type);
        Write(new Held.Numbers(sums), type, memory.Address, 0);
        for (var e = 0; e < updates.Length; e++)
        {
            var beside = PlaceOf(node, scatter.Axis, e, 0) * type.DType.ByteSize;
            var at = Pointed(memory, type, scatter.Axis, pointers[e]);
            current.Steps.Add(
                new Store(Apply(add, Loaded(at, type.DType, beside), updates[e]), at.Address, beside));
        }
        return Elements(memory, type);
    }

    /// <summary>In double precision for floats, as the kernel of running sums.</summary>
    private Register[] Running(Application node, CumSum running, Held[] x)
    {
        var (type, elements) = (node.Results[0].Type, Elements(x[0], node.Operands[0].Type));
        var kept = type.DType.IsFloat ? DType.Float64 : type.DType;
        var (length, stride) = (type.Shape[running.Axis], type.Shape.Strides()[running.Axis]);
        var sums = new Register[elements.Length];
        for (var line = 0; line < elements.Length / Math.Max(length, 1); line++)
        {
            var (start, sum) = ((line / stride * stride * length) + (line % stride), Known(kept, 0));
            for (var i = 0; i < length; i++)
            {
                var at = start + ((running.FromEnd ? length - 1 - i : i) * stride);
                sum = Apply(StraightTable.Of<Add>(kept), sum, Converted(elements[at], kept));
                sums[at] = Converted(sum, type.DType);
            }
        }
        return sums;
    }

    private Register Converted(Register x, DType to) =>
        x.DType == to ? x : Apply(StraightTable.Conversion(x.DType, to), x);

    private static bool AreWithin(Register[] pointers, int length) =>
        pointers.All(p => p.IsKnown && p.Bits >= 0 && p.Bits < length);

    private static int PlaceOf(Application node, int axis, int place, long pointer) => Indexing.Place(
        node.Operation.Name, node.Operands[0].Shape, node.Operands[1].Shape, place, pointer, axis);

    /// <summary>The memory moved along by an index, which lies within.</summary>
    private Held.Stored Pointed(Held.Stored memory, TensorType type, int axis, Register pointer)
    {
        current.Steps.Add(new Require(pointer, type.Shape[axis]));
        var step = Known((long)memory.Layout.Strides[axis] * type.DType.ByteSize);
        var along = Apply(StraightTable.Of<Mul>(DType.Int64), Converted(pointer, DType.Int64), step);
        return memory with { Address = Plus(memory.Address, along) };
    }
}
