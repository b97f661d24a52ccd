using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// What picking and adding by index along an axis share: an index as deep as the array, no longer than it elsewhere.
/// </summary>
internal static class Indexing
{
    public static void Require(string operation, Tensor x, Tensor index, int axis)
    {
        if (!index.DType.IsInteger)
            throw new DTypeException($"{operation}: the index must be of integers; found {index.Type}");
        if (axis < 0 || axis >= x.Rank)
            throw new IndexException($"{operation}: axis {axis} is outside the {x.Rank} axes of {x.Shape}");
        if (index.Rank != x.Rank || Enumerable.Range(0, x.Rank).Any(a => a != axis && index.Shape[a] > x.Shape[a]))
            throw new ShapeException(
                $"{operation}: an index of {index.Shape} does not lie within {x.Shape} beside axis {axis}");
    }

    /// <summary>The place in an array of this shape that the index at its own place points to.</summary>
    public static int Place(string operation, Shape shape, Shape index, int place, long pointer, int axis)
    {
        if (pointer < 0 || pointer >= shape[axis])
            throw new IndexException(
                $"{operation}: index {pointer} is outside the {shape[axis]} of axis {axis} of {shape}");
        var strides = shape.Strides();
        var to = (int)pointer * strides[axis];
        for (var a = shape.Rank - 1; a >= 0; place /= index[a], a--)
            to += a == axis ? 0 : place % index[a] * strides[a];
        return to;
    }
}

/// <summary>
/// Along an axis, the elements of x that an index points to: y[i, j] = x[index[i, j], j] for axis 0. Linear in x.
/// </summary>
internal sealed record Gather(int Axis) : FirstOrder, IPrimitive<Gather>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new Gather(0), Domain.Float([4]), Domain.Index([3], 4)),
        new(new Gather(1), Domain.Float([2, 3]), Domain.Index([2, 5], 3)),
        new(new Gather(0), Domain.Float([3, 2]), Domain.Index([2, 1], 3)),
        new(new Gather(0), Domain.Index([3], 9), Domain.Index([0], 3)),
    ];

    public override string Name => "gather";

    public override ImmutableArray<Attribute> Attributes => [("axis", Axis)];

    public override bool IsExact => true;

    protected override int? Arity => 2;

    public static Gather Read(AttributeReader attributes) => new(attributes.Get<int>("axis"));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        Indexing.Require(Name, x[0], x[1], Axis);
        return new(x[0].DType, x[1].Shape);
    }

    public override Value Of(ImmutableArray<Value> x) => Value.Pick(x[0], x[1].Shape, i =>
        Indexing.Place(Name, x[0].Shape, x[1].Shape, i, x[1].Long(i), Axis));

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, dx[0]!, x[1]);

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [Tensor.Apply(new ScatterAdd(Axis), Tensor.ZerosLike(x[0]), x[1], ct), null];

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(new Gather(Axis + 1), Batching.All(size, x, batched));
}

/// <summary>
/// x with updates added along an axis where an index points: y = x; y[index[i, j], j] += update[i, j] for axis 0, in
/// row-major order. Linear in x and the update.
/// </summary>
internal sealed record ScatterAdd(int Axis) : FirstOrder, IPrimitive<ScatterAdd>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        new(new ScatterAdd(0), Domain.Float([4]), Domain.Index([3], 4), Domain.Float([3])),
        new(new ScatterAdd(1), Domain.Float([2, 3]), Domain.Index([2, 5], 3), Domain.Float([2, 5])),
        new(new ScatterAdd(0), Domain.Index([3], 9), Domain.Index([2], 3), Domain.Index([2], 9)),
    ];

    public override string Name => "scatter_add";

    public override ImmutableArray<Attribute> Attributes => [("axis", Axis)];

    protected override int? Arity => 3;

    public static ScatterAdd Read(AttributeReader attributes) => new(attributes.Get<int>("axis"));

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        Indexing.Require(Name, x[0], x[1], Axis);
        if (x[0].DType == DType.Bool)
            throw new DTypeException($"{Name}: {x[0].Type} is not of numbers; Cast it");
        if (x[2].DType != x[0].DType)
            throw new DTypeException($"{Name}: {x[0].Type} and {x[2].Type} do not mix; Cast one of them");
        return x[1].Shape == x[2].Shape ? x[0].Type : throw new ShapeException(
            $"{Name}: the index {x[1].Shape} and the update {x[2].Shape} differ");
    }

    public override Value Of(ImmutableArray<Value> x)
    {
        var targets = Enumerable.Range(0, x[1].Shape.Size).ToLookup(i =>
            Indexing.Place(Name, x[0].Shape, x[1].Shape, i, x[1].Long(i), Axis));
        return x[0].DType.IsFloat
            ? Value.FromDoubles(
                x[0].DType, x[0].Shape, i => targets[i].Aggregate(x[0].Double(i), (sum, p) => sum + x[2].Double(p)))
            : Value.FromLongs(
                x[0].DType, x[0].Shape, i => targets[i].Aggregate(x[0].Long(i), (sum, p) => sum + x[2].Long(p)));
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        dx[2] is { } update ? Tensor.Apply(this, dx[0] ?? Tensor.ZerosLike(x[0]), x[1], update) : dx[0];

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [linear[0] ? ct : null, null, linear[2] ? Tensor.Apply(new Gather(Axis), ct, x[1]) : null];

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(new ScatterAdd(Axis + 1), Batching.All(size, x, batched));

    public override long Flops(Application y) => y.Operands[2].Shape.Size;
}

public partial class Tensor
{
    /// <summary>
    /// Along an axis, the elements that an index points to: result[i, j] = this[index[i, j], j] for axis 0.
    /// </summary>
    /// <exception cref="IndexException">When evaluated: an index points outside the axis.</exception>
    public Tensor Gather(Tensor index, int axis = 0) => Apply(new Gather(Shape.Axis(axis, "gather")), this, index);

    /// <summary>With updates added along an axis where an index points; those that point to one place add up.</summary>
    /// <exception cref="IndexException">When evaluated: an index points outside the axis.</exception>
    public Tensor ScatterAdd(Tensor index, Tensor update, int axis = 0) =>
        Apply(new ScatterAdd(Shape.Axis(axis, "scatter_add")), this, index, update);

    /// <summary>
    /// The slices along an axis that indices name; the axes of the indices stand in that axis's place: [v, d] taken at
    /// [n, t] on axis 0 is [n, t, d]. Taken from a table of vectors by words, it is an embedding.
    /// </summary>
    /// <exception cref="IndexException">When evaluated: an index points outside the axis.</exception>
    public Tensor Take(Tensor indices, int axis = 0)
    {
        ArgumentNullException.ThrowIfNull(indices);
        var along = Shape.Axis(axis, "take");
        var shape = Shape.With(along, indices.Shape.Size);
        Shape column = [.. Enumerable.Range(0, Rank).Select(a => a == along ? indices.Shape.Size : 1)];
        var taken = Gather(indices.Reshape(column).BroadcastTo(shape), along);
        return taken.Reshape([.. Shape.Take(along), .. indices.Shape, .. Shape.Skip(along + 1)]);
    }

    /// <summary>On a new last axis, 1 at the index and 0 elsewhere: [n] to [n, classes].</summary>
    public static Tensor OneHot(Tensor indices, int classes, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(indices);
        if (!indices.DType.IsInteger)
            throw new DTypeException($"one_hot: the indices must be integers; found {indices.Type}");
        var shape = indices.Shape.Insert(indices.Rank, classes);
        return Equal(indices.Unsqueeze(-1), Iota(indices.DType, shape, -1)).Cast(dtype);
    }
}
