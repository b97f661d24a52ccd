using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// Matrix products [..., m, k] x [..., k, n] to [..., m, n] over equal leading axes. Linear in each operand.
/// </summary>
internal sealed record MatMul : FirstOrder, IPrimitive<MatMul>
{
    public static MatMul Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
    [
        new(Instance, Domain.Float([2, 3]), Domain.Float([3, 4])),
        new(Instance, Domain.Float([2, 2, 3]), Domain.Float([2, 3, 1])),
        new(Instance, Domain.Float([2, 0]), Domain.Float([0, 2])),
        new(Instance, Domain.Float([0, 2]), Domain.Float([2, 3])),
        new(Instance, new(new(DType.Float32, [5, 20])), new(new(DType.Float32, [20, 33]))),
        new(Instance, Domain.Index([2, 2], 5), Domain.Index([2, 2], 5)),
    ];

    public override string Name => "matmul";

    protected override int? Arity => 2;

    public static MatMul Read(AttributeReader attributes) => Instance;

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        var (a, b) = (x[0].Shape, x[1].Shape);
        if (x[0].DType != x[1].DType)
            throw new DTypeException($"matmul: {x[0].Type} and {x[1].Type} do not mix; Cast one of them");
        if (x[0].DType == DType.Bool)
            throw new DTypeException("matmul: bool tensors are not numbers; Cast them");
        if (a.Rank < 2 || a.Rank != b.Rank || !a.Take(a.Rank - 2).SequenceEqual(b.Take(b.Rank - 2)) || a[^1] != b[^2])
            throw new ShapeException(
                $"matmul: {a} x {b} are not matrices of one inner dimension over equal leading axes");
        return new(x[0].DType, a.With(a.Rank - 1, b[^1]));
    }

    public override Value Of(ImmutableArray<Value> x)
    {
        var (m, k, n) = (x[0].Shape[^2], x[0].Shape[^1], x[1].Shape[^1]);
        var shape = x[0].Shape.With(x[0].Shape.Rank - 1, n);
        return x[0].DType.IsFloat
            ? Value.FromDoubles(x[0].DType, shape, i => Pairs(i).Sum(p => x[0].Double(p.Left) * x[1].Double(p.Right)))
            : Value.FromLongs(
                x[0].DType, shape,
                i => Pairs(i).Aggregate(0L, (sum, p) => sum + (x[0].Long(p.Left) * x[1].Long(p.Right))));

        IEnumerable<(int Left, int Right)> Pairs(int place)
        {
            var (row, column, matrix) = (place / n % m, place % n, place / n / m);
            return Enumerable.Range(0, k).Select(i =>
                ((((matrix * m) + row) * k) + i, (((matrix * k) + i) * n) + column));
        }
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        (dx[0], dx[1]) switch
        {
            ({ } left, { } right) => Tensor.Apply(this, left, x[1]) + Tensor.Apply(this, x[0], right),
            ({ } left, null) => Tensor.Apply(this, left, x[1]),
            (_, var right) => Tensor.Apply(this, x[0], right!),
        };

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
    [
        linear[0] ? Tensor.Apply(this, ct, x[1].SwapAxes()) : null,
        linear[1] ? Tensor.Apply(this, x[0].SwapAxes(), ct) : null,
    ];

    // A batch of left factors against one right factor is one taller product; else each example
    // has a product of its own.
    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched)
    {
        if (batched[1] || x[1].Rank > 2)
            return Tensor.Apply(this, Batching.All(size, x, batched));
        var (m, k) = (x[0].Shape[1], x[0].Shape[2]);
        return Tensor.Apply(this, x[0].Reshape(size * m, k), x[1]).Reshape(size, m, x[1].Shape[1]);
    }

    public override long Flops(Application y) => 2L * y.Results[0].Shape.Size * y.Operands[0].Shape[^1];
}

public partial class Tensor
{
    /// <summary>
    /// The matrix product, as NumPy's matmul: [m, k] x [k, n] to [m, n]; leading axes broadcast; a vector on the left
    /// is a row, on the right a column, and its axis is gone from the result.
    /// </summary>
    public Tensor MatMul(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Rank == 0 || other.Rank == 0)
            throw new ShapeException($"matmul: {Shape} x {other.Shape}: a scalar is no matrix; multiply with *");
        var (a, b) = (Rank == 1 ? Unsqueeze(0) : this, other.Rank == 1 ? other.Unsqueeze(1) : other);
        if (a.Shape[^1] != b.Shape[^2])
            throw new ShapeException(
                $"matmul: {Shape} x {other.Shape}: the inner dimensions {a.Shape[^1]} and {b.Shape[^2]} differ" +
                (b.Rank >= 2 && b.Shape[^1] == a.Shape[^1] ? "; transpose the second operand?" : ""));
        var product = Product(a, b);
        return (Rank == 1, other.Rank == 1) switch
        {
            (true, true) => product.Squeeze(-1, -2),
            (true, false) => product.Squeeze(-2),
            (false, true) => product.Squeeze(-1),
            _ => product,
        };
    }

    /// <summary>The sum of the products of two vectors' elements.</summary>
    public Tensor Dot(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Rank == 1 && Shape == other.Shape ? MatMul(other) : throw new ShapeException(
            $"dot: {Shape} and {other.Shape}: two vectors of one length are needed");
    }

    /// <summary>All products of an element of one vector and an element of the other: [n] and [m] to [n, m].</summary>
    public Tensor Outer(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Rank == 1 && other.Rank == 1 ? Unsqueeze(1) * other.Unsqueeze(0) : throw new ShapeException(
            $"outer: {Shape} and {other.Shape}: two vectors are needed");
    }

    // One matrix on the right serves all those on the left as one taller product.
    private static Tensor Product(Tensor a, Tensor b)
    {
        if (b.Rank == 2 && a.Rank > 2 && a.Shape.Size > 0)
            return Apply(DistGrad.MatMul.Instance, a.Reshape(-1, a.Shape[^1]), b)
                .Reshape(a.Shape.With(a.Rank - 1, b.Shape[1]));
        var leading = Broadcasting.Join(Leading(a), Leading(b), "matmul");
        return Apply(DistGrad.MatMul.Instance, a.BroadcastTo(Matrices(a)), b.BroadcastTo(Matrices(b)));

        static Shape Leading(Tensor x) => [.. x.Shape.Take(x.Rank - 2)];

        Shape Matrices(Tensor x) => [.. leading, x.Shape[^2], x.Shape[^1]];
    }
}
