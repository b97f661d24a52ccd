using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// A = P^T L U with rows in the order of greatest pivots. Results: L below the diagonal and U on and above it, in one
/// matrix (L has ones on its own diagonal); the rows of A in their order (int64, [..., n]); 1 or -1, the sign of that
/// permutation ([...]).
/// </summary>
internal sealed record Lu : MatrixFunction, IPrimitive<Lu>
{
    public static Lu Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
    [
        new(Instance, Domain.Float([3, 3]) with { Diagonal = 6 }),
        new(Instance, Domain.Float([2, 2, 2]) with { Diagonal = 4 }),
        new(Instance, new Domain(new(DType.Float32, [3, 3]), Diagonal: 6)),
        new(Instance, Domain.Float([2, 0, 0])),
    ];

    public override string Name => "lu";

    public static Lu Read(AttributeReader attributes) => Instance;

    protected override ImmutableArray<TensorType> Types(ImmutableArray<Tensor> x)
    {
        RequireSquare(x[0]);
        var leading = Leading(x[0].Shape);
        return [x[0].Type, new(DType.Int64, [.. leading, x[0].Shape[^1]]), new(x[0].DType, leading)];
    }

    public override double[][] Of(double[][] x, ImmutableArray<Shape> shapes)
    {
        var n = shapes[0][^1];
        var (lu, rows, sign) = ((double[])x[0].Clone(), Enumerable.Range(0, n).Select(i => (double)i).ToArray(), 1.0);
        for (var j = 0; j < n; j++)
        {
            var pivot = Enumerable.Range(j, n - j).MaxBy(i => Math.Abs(lu[(i * n) + j]));
            if (pivot != j)
            {
                for (var k = 0; k < n; k++)
                    (lu[(j * n) + k], lu[(pivot * n) + k]) = (lu[(pivot * n) + k], lu[(j * n) + k]);
                (rows[j], rows[pivot], sign) = (rows[pivot], rows[j], -sign);
            }
            for (var i = j + 1; i < n && lu[(j * n) + j] != 0; i++)
            {
                var factor = lu[(i * n) + j] /= lu[(j * n) + j];
                for (var k = j + 1; k < n; k++)
                    lu[(i * n) + k] -= factor * lu[(j * n) + k];
            }
        }
        return [lu, rows, [sign]];
    }

    // With F = L^-1 P dA U^-1, dL is L times what of F lies below the diagonal, dU the rest times U.
    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (lu, rows) = (y.Results[0], y.Results[1]);
        var left = Tensor.Apply(new TriangularSolve(IsLower: true, IsUnit: true), lu, dx[0]!.Rows(rows));
        var f = Tensor.Apply(new TriangularSolve(IsLower: true, IsUnit: false), lu.SwapAxes(), left.SwapAxes())
            .SwapAxes();
        var below = f.Tril(-1);
        return [below + lu.Tril(-1).MatMul(below) + f.Triu().MatMul(lu.Triu()), null, null];
    }

    public override long Flops(Application y) => 2 * Cubes(y.Operands[0]) / 3;
}

/// <summary>
/// X with A X = B, [..., n, n] and [..., n, k]. Linear in B. Not finite where A is singular.
/// </summary>
internal sealed record Solve : MatrixFunction, IPrimitive<Solve>
{
    public static Solve Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
    [
        new(Instance, Domain.Float([3, 3]) with { Diagonal = 6 }, Domain.Float([3, 2])),
        new(Instance, Domain.Float([2, 2, 2]) with { Diagonal = 4 }, Domain.Float([2, 2, 1])),
        new(Instance, new Domain(new(DType.Float32, [3, 3]), Diagonal: 6), new(new(DType.Float32, [3, 2]))),
        new(Instance, Domain.Float([2, 2]) with { Diagonal = 4 }, Domain.Float([2, 0])),
    ];

    public override string Name => "solve";

    protected override int Arity => 2;

    public static Solve Read(AttributeReader attributes) => Instance;

    protected override ImmutableArray<TensorType> Types(ImmutableArray<Tensor> x)
    {
        RequireSquare(x[0]);
        return x[0].Shape[^1] == x[1].Shape[^2] ? [x[1].Type] : throw new ShapeException(
            $"{Name}: {x[0].Shape} and {x[1].Shape} have not the same number of rows");
    }

    // Elimination with the greatest pivots, as one is taught it: on A and B side by side.
    public override double[][] Of(double[][] x, ImmutableArray<Shape> shapes)
    {
        var (n, columns) = (shapes[0][^1], shapes[1][^1]);
        var rows = Enumerable.Range(0, n).Select(
            i => x[0].Skip(i * n).Take(n).Concat(x[1].Skip(i * columns).Take(columns)).ToArray()).ToArray();
        for (var j = 0; j < n; j++)
        {
            var pivot = Enumerable.Range(j, n - j).MaxBy(i => Math.Abs(rows[i][j]));
            (rows[j], rows[pivot]) = (rows[pivot], rows[j]);
            for (var i = j + 1; i < n; i++)
                Subtract(i, rows[i][j] / rows[j][j], j);
        }
        for (var j = n - 1; j >= 0; j--)
        {
            for (var k = n; k < n + columns; k++)
                rows[j][k] /= rows[j][j];
            for (var i = 0; i < j; i++)
                Subtract(i, rows[i][j], j, from: n);
        }
        return [[.. rows.SelectMany(r => r.Skip(n))]];

        void Subtract(int row, double factor, int other, int from = 0)
        {
            for (var k = from; k < n + columns; k++)
                rows[row][k] -= factor * rows[other][k];
        }
    }

    // dA X + A dX = dB
    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var rest = (dx[0]?.MatMul(y.Results[0]), dx[1]) switch
        {
            ({ } moved, { } db) => db - moved,
            (null, { } db) => db,
            (var moved, _) => -moved!,
        };
        return [Tensor.Apply(this, y.Operands[0], rest)];
    }

    public override ImmutableArray<Tensor?> Transpose(
        Application y, ImmutableArray<Tensor?> ct, ImmutableArray<bool> linear, ProgramTransforms transforms) =>
        [null, Tensor.Apply(this, y.Operands[0].SwapAxes(), ct[0]!)];

    public override long Flops(Application y) =>
        (2 * Cubes(y.Operands[0]) / 3) + (2 * (long)y.Operands[1].Shape.Size * y.Operands[0].Shape[^1]);
}

/// <summary>The sign of a determinant and the logarithm of its size.</summary>
public sealed record LogDeterminant(Tensor Sign, Tensor Log);

public partial class Tensor
{
    /// <summary>
    /// X with A X = B, by elimination with pivots: [..., n, n] and [..., n, k], or a vector [n]. Leading axes
    /// broadcast. Not finite where A is singular.
    /// </summary>
    public static Tensor Solve(Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        a.RequireMatrix("solve");
        if (b.Rank == 0)
            throw new ShapeException($"solve: {b.Type} is neither a matrix nor a vector");
        var (left, right) = OverEqualLeading(a, b.Rank == 1 ? b.Unsqueeze(-1) : b, "solve");
        var x = Apply(DistGrad.Solve.Instance, left, right);
        return b.Rank == 1 ? x.Squeeze(-1) : x;
    }

    /// <summary>
    /// The inverse of square matrices. To multiply by one, <see cref="Solve"/> is faster and more exact.
    /// </summary>
    public static Tensor Inverse(Tensor a)
    {
        ArgumentNullException.ThrowIfNull(a);
        a.RequireMatrix("inverse");
        return Solve(a, Eye(a.Shape[^1], a.DType));
    }

    /// <summary>
    /// The determinant of square matrices: [..., n, n] to [...]. Its derivative is found with their inverse, so it is
    /// not finite where they are singular.
    /// </summary>
    public static Tensor Determinant(Tensor a)
    {
        ArgumentNullException.ThrowIfNull(a);
        var factors = Application.Of(Lu.Instance, a).Results;
        return factors[2] * factors[0].Diagonal().Prod(-1);
    }

    /// <summary>
    /// The sign of the determinant of square matrices, which has no derivative, and the logarithm of its size, which
    /// does not overflow: [..., n, n] to [...] and [...].
    /// </summary>
    public static LogDeterminant LogDeterminant(Tensor a)
    {
        ArgumentNullException.ThrowIfNull(a);
        var factors = Application.Of(Lu.Instance, a).Results;
        var diagonal = factors[0].Diagonal();
        return new(StopGradient(factors[2] * Sign(diagonal).Prod(-1)), Log(Abs(diagonal)).Sum(-1));
    }

    /// <summary>The rows of matrices in this order: [..., n, k] and [..., n].</summary>
    internal Tensor Rows(Tensor order) => Gather(order.Unsqueeze(-1).BroadcastTo(Shape), -2);
}
