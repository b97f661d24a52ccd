using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// An operation on matrices: the last two axes of its operands, one matrix after the other over equal leading axes,
/// which the results have too.
/// </summary>
internal abstract record MatrixFunction : Primitive
{
    /// <summary>How many operands it takes.</summary>
    protected virtual int Arity => 1;

    /// <summary>The types of the results, from matrices of one floating-point dtype over equal leading axes.</summary>
    protected abstract ImmutableArray<TensorType> Types(ImmutableArray<Tensor> x);

    /// <summary>The results for one matrix of each operand, all in row-major order.</summary>
    public abstract double[][] Of(double[][] x, ImmutableArray<Shape> shapes);

    public sealed override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        if (operands.Length != Arity)
            throw new ShapeException($"{Name}: takes {Arity} operands; found {operands.Length}");
        foreach (var x in operands)
        {
            x.RequireFloat(Name);
            if (x.Rank < 2)
                throw new ShapeException($"{Name}: matrices are needed; found {x.Type}");
            if (x.DType != operands[0].DType)
                throw new DTypeException($"{Name}: {operands[0].Type} and {x.Type} do not mix; Cast one of them");
            if (Leading(x.Shape) != Leading(operands[0].Shape))
                throw new ShapeException(
                    $"{Name}: the leading axes of {operands[0].Shape} and {x.Shape} differ");
        }
        return Types(operands);
    }

    public sealed override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run)
    {
        ImmutableArray<Shape> shapes = [.. x.Select(v => v.Shape)];
        var parts = Enumerable.Range(0, Leading(shapes[0]).Size)
            .Select(matrix => Of([.. x.Select(v => Matrix(v, matrix))], shapes)).ToArray();
        var types = Infer([.. x.Select(v => Tensor.Parameter(new(v.DType, v.Shape), "x"))]);
        return
        [
            .. types.Select((type, r) => parts.Length == 0
                ? Value.Full(type.DType, type.Shape, 0)
                : Value.FromDoubles(
                    type.DType, type.Shape, i => parts[i / parts[0][r].Length][r][i % parts[0][r].Length])),
        ];
    }

    public sealed override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms) =>
        Application.Of(this, Batching.All(size, x, batched)).Results;

    /// <summary>The axes in front of the matrices.</summary>
    public static Shape Leading(Shape shape) => [.. shape.Take(shape.Rank - 2)];

    protected void RequireSquare(Tensor x)
    {
        if (x.Shape[^1] != x.Shape[^2])
            throw new ShapeException($"{Name}: a square matrix is needed; found {x.Shape}");
    }

    /// <summary>n^3 for each matrix.</summary>
    protected static long Cubes(Tensor x) => (long)x.Shape.Size * x.Shape[^1];

    private static double[] Matrix(Value value, int matrix)
    {
        var size = value.Shape[^1] * value.Shape[^2];
        return [.. Enumerable.Range(matrix * size, size).Select(value.Double)];
    }
}

public partial class Tensor
{
    /// <summary>Of matrices, what lies on and below a diagonal, k above the main one; 0 elsewhere.</summary>
    public Tensor Tril(int k = 0) => Where(Below("tril", k), this, ZerosLike(this));

    /// <summary>Of matrices, what lies on and above a diagonal, k above the main one; 0 elsewhere.</summary>
    public Tensor Triu(int k = 0) => Where(Below("triu", k - 1), ZerosLike(this), this);

    /// <summary>
    /// The diagonal of matrices, offset above the main one: [..., m, n] to [..., its length]. An offset below 0 is
    /// under the main one.
    /// </summary>
    public Tensor Diagonal(int offset = 0)
    {
        RequireMatrix("diagonal");
        var (rows, columns) = (Shape[^2], Shape[^1]);
        var length = Math.Max(0, Math.Min(rows + Math.Min(offset, 0), columns - Math.Max(offset, 0)));
        var flat = Reshape(Shape.Create([.. MatrixFunction.Leading(Shape), rows * columns]));
        if (length == 0)
            return flat.Narrow(-1, 0, 0);
        var start = offset >= 0 ? offset : -offset * columns;
        return flat.Slice(-1, start, start + ((length - 1) * (columns + 1)) + 1, columns + 1);
    }

    /// <summary>
    /// The square matrix with this vector on a diagonal, offset above the main one, and 0 elsewhere: [..., n] to
    /// [..., n + |offset|, n + |offset|].
    /// </summary>
    public Tensor DiagonalMatrix(int offset = 0)
    {
        if (Rank == 0)
            throw new ShapeException($"diagonal_matrix: {Type} is no vector");
        var n = Shape[^1] + Math.Abs(offset);
        var before = Math.Max(offset, 0);
        var padded = Unsqueeze(-2).BroadcastTo(Shape.Insert(Rank - 1, n)).Pad(
            [.. Enumerable.Repeat(0, Rank), before], [.. Enumerable.Repeat(0, Rank), n - Shape[^1] - before]);
        var (row, column) = (Iota(DType.Int64, [n, n], 0), Iota(DType.Int64, [n, n], 1));
        return Where(Equal(column - row, offset), padded, ZerosLike(padded));
    }

    /// <summary>The sum of the diagonal of matrices: [..., m, n] to [...].</summary>
    public Tensor Trace() => Diagonal().Sum(-1);

    /// <summary>A square matrix times itself n times; times its inverse where n is negative.</summary>
    public Tensor MatrixPower(int n)
    {
        RequireMatrix("matrix_power");
        if (Shape[^1] != Shape[^2])
            throw new ShapeException($"matrix_power: a square matrix is needed; found {Shape}");
        if (n == 0)
            return Eye(Shape[^1], DType).BroadcastTo(Shape);
        var (power, square) = ((Tensor?)null, n < 0 ? Inverse(this) : this);
        for (var rest = Math.Abs((long)n); ; square = square.MatMul(square))
        {
            if ((rest & 1) == 1)
                power = power is null ? square : power.MatMul(square);
            rest >>= 1;
            if (rest == 0)
                return power!;
        }
    }

    private Tensor Below(string operation, int k)
    {
        RequireMatrix(operation);
        Shape shape = [Shape[^2], Shape[^1]];
        return (Iota(DType.Int64, shape, 1) - Iota(DType.Int64, shape, 0) <= k).BroadcastTo(Shape);
    }

    private void RequireMatrix(string operation)
    {
        if (Rank < 2)
            throw new ShapeException($"{operation}: a matrix is needed; found {Type}");
    }
}
