using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// X with T X = B, [..., n, n] and [..., n, k], where T is the lower or the upper triangle of A, with ones on the
/// diagonal if it is a unit triangle. What lies on the other side is not read. Linear in B.
/// </summary>
internal sealed record TriangularSolve(bool IsLower, bool IsUnit) : MatrixFunction, IPrimitive<TriangularSolve>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        Example(IsLower: true, IsUnit: false, [3, 3], [3, 2]), Example(IsLower: false, IsUnit: false, [2, 2], [2, 3]),
        Example(IsLower: false, IsUnit: true, [3, 3], [3, 1]),
        Example(IsLower: true, IsUnit: true, [2, 2, 2], [2, 2, 1]),
        Example(IsLower: true, IsUnit: false, [3, 3], [3, 0]),
        new(
            new TriangularSolve(IsLower: true, IsUnit: false), new Domain(new(DType.Float32, [3, 3]), Diagonal: 5),
            new(new(DType.Float32, [3, 2]))),
    ];

    public override string Name => "triangular_solve";

    public override ImmutableArray<Attribute> Attributes => [("lower", IsLower), ("unit", IsUnit)];

    protected override int Arity => 2;

    public static TriangularSolve Read(AttributeReader attributes) =>
        new(attributes.Get<bool>("lower"), attributes.Get<bool>("unit"));

    protected override ImmutableArray<TensorType> Types(ImmutableArray<Tensor> x)
    {
        RequireSquare(x[0]);
        return x[0].Shape[^1] == x[1].Shape[^2] ? [x[1].Type] : throw new ShapeException(
            $"{Name}: {x[0].Shape} and {x[1].Shape} have not the same number of rows");
    }

    public override double[][] Of(double[][] x, ImmutableArray<Shape> shapes)
    {
        var (n, columns) = (shapes[0][^1], shapes[1][^1]);
        var (a, solution) = (x[0], (double[])x[1].Clone());
        foreach (var i in Scan.Steps(n, !IsLower))
        {
            for (var c = 0; c < columns; c++)
            {
                var rest = solution[(i * columns) + c];
                for (var k = IsLower ? 0 : i + 1; k < (IsLower ? i : n); k++)
                    rest -= a[(i * n) + k] * solution[(k * columns) + c];
                solution[(i * columns) + c] = IsUnit ? rest : rest / a[(i * n) + i];
            }
        }
        return [solution];
    }

    // dT X + T dX = dB
    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var product = dx[0] is { } da ? Triangle(da).MatMul(y.Results[0]) : null;
        var rest = (dx[1], product) switch
        {
            ({ } db, { } moved) => db - moved,
            ({ } db, null) => db,
            (_, var moved) => -moved!,
        };
        return [Tensor.Apply(this, y.Operands[0], rest)];
    }

    public override ImmutableArray<Tensor?> Transpose(
        Application y, ImmutableArray<Tensor?> ct, ImmutableArray<bool> linear, ProgramTransforms transforms) =>
        [null, Tensor.Apply(this with { IsLower = !IsLower }, y.Operands[0].SwapAxes(), ct[0]!)];

    public override long Flops(Application y) => (long)y.Results[0].Shape.Size * y.Operands[0].Shape[^1];

    private Tensor Triangle(Tensor a) => (IsLower, IsUnit) switch
    {
        (true, false) => a.Tril(),
        (true, true) => a.Tril(-1),
        (false, false) => a.Triu(),
        (false, true) => a.Triu(1),
    };

    private static Specimen Example(bool IsLower, bool IsUnit, Shape a, Shape b) =>
        new(new TriangularSolve(IsLower, IsUnit), Domain.Float(a) with { Diagonal = 5 }, Domain.Float(b));
}

public partial class Tensor
{
    /// <summary>
    /// X with T X = B, where T is the lower or the upper triangle of A; what lies on the other side of its diagonal is
    /// not read, nor is the diagonal if it is taken to be ones. Leading axes broadcast.
    /// </summary>
    public static Tensor TriangularSolve(Tensor a, Tensor b, bool lower = true, bool unitDiagonal = false)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        a.RequireMatrix("triangular_solve");
        b.RequireMatrix("triangular_solve");
        (a, b) = OverEqualLeading(a, b, "triangular_solve");
        return Apply(new TriangularSolve(lower, unitDiagonal), a, b);
    }

    private static (Tensor A, Tensor B) OverEqualLeading(Tensor a, Tensor b, string operation)
    {
        var leading = Broadcasting.Join(MatrixFunction.Leading(a.Shape), MatrixFunction.Leading(b.Shape), operation);
        return (
            a.BroadcastTo([.. leading, a.Shape[^2], a.Shape[^1]]),
            b.BroadcastTo([.. leading, b.Shape[^2], b.Shape[^1]]));
    }
}
