using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// A = Q R, [..., m, n] with m at least n, to Q [..., m, n] with orthonormal columns and an upper triangle R
/// [..., n, n] whose diagonal is positive. Not finite where the columns are dependent.
/// </summary>
internal sealed record Qr : MatrixFunction, IPrimitive<Qr>
{
    public static Qr Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
    [
        new(Instance, Domain.Float([3, 3]) with { Diagonal = 6 }),
        new(Instance, Domain.Float([2, 3, 2]) with { Diagonal = 4 }),
        new(Instance, new Domain(new(DType.Float32, [4, 2]), Diagonal: 4)),
        new(Instance, Domain.Float([2, 0])),
    ];

    public override string Name => "qr";

    public static Qr Read(AttributeReader attributes) => Instance;

    protected override ImmutableArray<TensorType> Types(ImmutableArray<Tensor> x)
    {
        var (shape, columns) = (x[0].Shape, x[0].Shape[^1]);
        return columns <= shape[^2]
            ? [x[0].Type, x[0].Type with { Shape = shape.With(shape.Rank - 2, columns) }]
            : throw new ShapeException($"{Name}: at least as many rows as columns are needed; found {shape}");
    }

    // Gram and Schmidt's way. Columns are made orthogonal twice, which is enough to lose no digits: Giraud, Langou,
    // Rozloznik, van den Eshof, "Rounding error analysis of the classical Gram-Schmidt process" (2005).
    public override double[][] Of(double[][] x, ImmutableArray<Shape> shapes)
    {
        var (m, n) = (shapes[0][^2], shapes[0][^1]);
        var (q, r) = ((double[])x[0].Clone(), new double[n * n]);
        for (var j = 0; j < n; j++)
        {
            for (var round = 0; round < 2; round++)
            {
                for (var k = 0; k < j; k++)
                {
                    var along = Dot(k, j);
                    r[(k * n) + j] += along;
                    for (var i = 0; i < m; i++)
                        q[(i * n) + j] -= along * q[(i * n) + k];
                }
            }
            var length = r[(j * n) + j] = Math.Sqrt(Dot(j, j));
            for (var i = 0; i < m; i++)
                q[(i * n) + j] /= length;
        }
        return [q, r];

        double Dot(int left, int right) => Enumerable.Range(0, m).Sum(i => q[(i * n) + left] * q[(i * n) + right]);
    }

    // With C = dA R^-1 and M = Q^T C: Q^T dQ is the antisymmetric X that agrees with M below the diagonal, and
    // dR = (M - X) R.
    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (q, r) = (y.Results[0], y.Results[1]);
        var c = Tensor.Apply(new TriangularSolve(IsLower: true, IsUnit: false), r.SwapAxes(), dx[0]!.SwapAxes())
            .SwapAxes();
        var m = q.SwapAxes().MatMul(c);
        var below = m.Tril(-1);
        var x = below - below.SwapAxes();
        return [c - q.MatMul(m - x), (m - x).MatMul(r)];
    }

    public override long Flops(Application y) => 4L * y.Operands[0].Shape.Size * y.Operands[0].Shape[^1];
}

/// <summary>A matrix as Q R.</summary>
public sealed record QrFactors(Tensor Q, Tensor R);

public partial class Tensor
{
    /// <summary>
    /// Matrices of at least as many rows as columns as Q R: the columns of Q are orthonormal, R is an upper triangle
    /// with a positive diagonal. Derivatives need independent columns.
    /// </summary>
    public static QrFactors Qr(Tensor a)
    {
        var factors = Application.Of(DistGrad.Qr.Instance, a).Results;
        return new(factors[0], factors[1]);
    }
}
