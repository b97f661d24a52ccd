using DistGrad.Plan;

namespace DistGrad.Execute.Straight;

/// <summary>What becomes of arrays: names for their elements, and sums in the order that kernels state.</summary>
internal sealed partial class StraightBuilder
{
    private static readonly object Reads = new();

    /// <summary>The elements of a tensor as numbers.</summary>
    private Register[] Elements(Held x, TensorType type)
    {
        if (x is Held.Numbers numbers)
            return numbers.Elements;
        if (x is Held.Vectors vectors)
            return Split(vectors, type);
        var stored = (Held.Stored)x;
        var elements = new Register[type.Shape.Size];
        for (var e = 0; e < elements.Length; e++)
            elements[e] = Loaded(stored, type.DType, stored.Layout.Place(type.Shape, e) * type.DType.ByteSize);
        return elements;
    }

    private Register Loaded(Held.Stored from, DType dtype, int offset)
    {
        if (from.IsGiven)
            return Loaded(from.Address, dtype, offset);
        var y = Register.In(current, dtype);
        current.Steps.Add(new Load(from.Address, offset, y));
        return y;
    }

    /// <summary>From memory that nobody writes to.</summary>
    private Register Loaded(Register address, DType dtype, int offset)
    {
        Computation key = new(Reads, address, Known(offset), Known((long)dtype));
        if (current.Find(key) is { } found)
            return found;
        var home = current.HomeOf([address]);
        var y = Register.In(home, dtype);
        home.Steps.Add(new Load(address, offset, y));
        return home.Found[key] = y;
    }

    private Register AddressAt(Register addresses, int index) => Loaded(addresses, DType.Int64, index * sizeof(long));

    private Held Renamed(Reading reading, Application node, Held x)
    {
        var (from, to) = (node.Operands[0].Shape, node.Results[0].Shape);
        var layout = reading.Read(from, x is Held.Stored { Layout: var own } ? own : Layout.RowMajor(from));
        if (x is Held.Stored stored)
            return stored with { Layout = layout };
        if (x is Held.Vectors && Forms.IsSame(node, layout))
            return x;
        var elements = Elements(x, node.Operands[0].Type);
        return new Held.Numbers([.. Enumerable.Range(0, to.Size).Select(e => elements[layout.Place(to, e)])]);
    }

    private Held Reshaped(Application node, Held x) => x switch
    {
        Held.Vectors => x,
        Held.Stored stored when Form.Of(x).IsRowMajor(node.Operands[0].Type) =>
            stored with { Layout = new(node.Results[0].Shape.Strides(), stored.Layout.Offset) },
        _ => new Held.Numbers(Elements(x, node.Operands[0].Type)),
    };

    private Register[] Joined(Application node, Concat concat, Held[] x)
    {
        var shape = node.Results[0].Shape;
        var inner = shape.Skip(concat.Axis + 1).Aggregate(1, (product, d) => product * d);
        var elements = new List<Register>();
        for (var outer = 0; outer < shape.Take(concat.Axis).Aggregate(1, (product, d) => product * d); outer++)
        {
            for (var i = 0; i < x.Length; i++)
            {
                var each = node.Operands[i].Shape[concat.Axis] * inner;
                elements.AddRange(Elements(x[i], node.Operands[i].Type).AsSpan(outer * each, each));
            }
        }
        return [.. elements];
    }

    private Register[] Padded(Application node, Pad pad, Held[] x)
    {
        var (source, shape) = (node.Operands[0].Shape, node.Results[0].Shape);
        var (from, filling) = (Elements(x[0], node.Operands[0].Type), Elements(x[1], node.Operands[1].Type)[0]);
        return
        [
            .. Enumerable.Range(0, shape.Size)
                .Select(e => pad.Place(source, shape, e) is var p and >= 0 ? from[p] : filling),
        ];
    }

    /// <summary>
    /// In the order that <see cref="Kernels.Reduction"/> states, for what is no longer than one of its leaves.
    /// </summary>
    private Register[] Reduced(Application node, Held[] x, StraightFunction fold)
    {
        var (axes, type) = (((DistGrad.Reduction)node.Operation).Axes, node.Operands[0].Type);
        var (elements, shape) = (Elements(x[0], type), type.Shape);
        if (!Folded.AreNeighbours(axes))
        {
            Permute together = new([.. Enumerable.Range(0, shape.Rank).Where(a => !axes.Contains(a)), .. axes]);
            var layout = together.Read(shape, Layout.RowMajor(shape));
            shape = together.ResultShape(shape);
            elements = [.. Enumerable.Range(0, elements.Length).Select(e => elements[layout.Place(shape, e)])];
        }
        var folded = Folded.Over(shape, axes);
        var lanes = Folded.Group(Math.Max(folded.Inner, 1), type.DType.ByteSize);
        var startsFromZero = node.Operation is Sum && (type.DType.IsFloat || folded.Length == 0);
        var reduced = new Register[folded.Outer * folded.Inner];
        for (var i = 0; i < reduced.Length; i++)
        {
            var (outer, inner) = Math.DivRem(i, folded.Inner);
            reduced[i] = FoldedLanes(
                [.. Enumerable.Range(0, folded.Length)
                    .Select(r => elements[(((outer * folded.Length) + r) * folded.Inner) + inner])],
                lanes, fold, startsFromZero ? Known(type.DType, 0) : null);
        }
        return reduced;
    }

    // A lane starts from the identity, which changes nothing but a -0 of a sum; that a sum of nothing but these is +0
    // takes one lane that has started so.
    private Register FoldedLanes(Register[] row, int count, StraightFunction fold, Register? identity)
    {
        var lanes = new Register?[count];
        lanes[0] = identity;
        for (var r = 0; r < row.Length; r++)
            lanes[r % count] = lanes[r % count] is { } lane ? Apply(fold, lane, row[r]) : row[r];
        for (var half = count / 2; half > 0; half /= 2)
        {
            for (var i = 0; i < half; i++)
                lanes[i] = lanes[i + half] is { } other ? Apply(fold, lanes[i]!, other) : lanes[i];
        }
        return lanes[0]!;
    }

    /// <summary>Each element from 0, by fused multiply-adds in ascending order, as all products of matrices.</summary>
    private Register[] Product(Application node, Held[] x)
    {
        var (left, right) = (Elements(x[0], node.Operands[0].Type), Elements(x[1], node.Operands[1].Type));
        var (shape, depth) = (node.Results[0].Shape, node.Operands[0].Shape[^1]);
        var (rows, columns, dtype) = (shape[^2], shape[^1], node.Results[0].DType);
        var product = new Register[shape.Size];
        for (var e = 0; e < product.Length; e++)
        {
            var (matrix, row, column) = (e / (rows * columns), e / columns % rows, e % columns);
            var sum = Known(dtype, 0);
            for (var p = 0; p < depth; p++)
            {
                var a = left[(((matrix * rows) + row) * depth) + p];
                var b = right[(((matrix * depth) + p) * columns) + column];
                sum = dtype.IsFloat
                    ? Apply(StraightTable.Of<MatMul>(dtype), a, b, sum)
                    : Apply(StraightTable.Of<Add>(dtype), sum, Apply(StraightTable.Of<Mul>(dtype), a, b));
            }
            product[e] = sum;
        }
        return product;
    }
}
