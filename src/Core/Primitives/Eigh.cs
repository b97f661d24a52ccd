using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// The eigenvalues of (A + A^T) / 2 in ascending order, [..., n], and its eigenvectors as the columns of a matrix,
/// [..., n, n]. The component of greatest size of each is positive.
/// </summary>
internal sealed record Eigh : MatrixFunction, IPrimitive<Eigh>
{
    private const int MostSweeps = 60;

    public static Eigh Instance { get; } = new();

    // Eigenvalues that lie far apart: the derivative of the vectors has the inverse of the distance.
    public static IEnumerable<Specimen> Specimens =>
    [
        new(Instance, Domain.Float([2, 2])),
        new(Instance, Domain.Float([2, 3, 3])),
        new(Instance, Domain.Float([2, 0, 0])),
    ];

    public override string Name => "eigh";

    public static Eigh Read(AttributeReader attributes) => Instance;

    protected override ImmutableArray<TensorType> Types(ImmutableArray<Tensor> x)
    {
        RequireSquare(x[0]);
        return [x[0].Type with { Shape = x[0].Shape.RemoveAt(x[0].Rank - 1) }, x[0].Type];
    }

    // Jacobi's way: plane rotations, each of which makes an element off the diagonal 0. Golub and Van Loan, Matrix
    // Computations, 8.5.
    public override double[][] Of(double[][] x, ImmutableArray<Shape> shapes)
    {
        var n = shapes[0][^1];
        double[] s = [.. Enumerable.Range(0, n * n).Select(i => (x[0][i] + x[0][(i % n * n) + (i / n)]) / 2)];
        double[] v = [.. Enumerable.Range(0, n * n).Select(i => i / n == i % n ? 1.0 : 0)];
        for (int sweep = 0, rotated = 1; sweep < MostSweeps && rotated > 0; sweep++)
        {
            rotated = 0;
            for (var p = 0; p < n; p++)
            {
                for (var q = p + 1; q < n; q++)
                    rotated += Rotate(s, v, n, p, q) ? 1 : 0;
            }
        }
        var order = Enumerable.Range(0, n).OrderBy(i => s[(i * n) + i]).ToArray();
        var signs = order.Select(c => Enumerable.Range(0, n).Select(r => v[(r * n) + c]).MaxBy(Math.Abs) < 0 ? -1 : 1);
        var columns = order.Zip(signs).ToArray();
        return
        [
            [.. order.Select(i => s[(i * n) + i])],
            [.. Enumerable.Range(0, n * n).Select(i => columns[i % n].Second * v[(i / n * n) + columns[i % n].First])],
        ];
    }

    // With M = V^T dS V: dw is its diagonal, and dV = V (F o M), where F has 1 / (w_j - w_i) beside the diagonal.
    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var (w, v) = (y.Results[0], y.Results[1]);
        var m = v.SwapAxes().MatMul((dx[0]! + dx[0]!.SwapAxes()) / 2).MatMul(v);
        var n = w.Shape[^1];
        var isDiagonal = Tensor.Equal(Tensor.Iota(DType.Int64, [n, n], 0), Tensor.Iota(DType.Int64, [n, n], 1));
        var distance = Tensor.Where(isDiagonal, 1, w.Unsqueeze(-2) - w.Unsqueeze(-1));
        var turned = Tensor.Where(isDiagonal, 0, StrongMul.Of(m, 1 / distance));
        return [m.Diagonal(), v.MatMul(turned)];
    }

    public override long Flops(Application y) => 9 * Cubes(y.Operands[0]);

    private static bool Rotate(double[] s, double[] v, int n, int p, int q)
    {
        var off = s[(p * n) + q];
        var (low, high) = (s[(p * n) + p], s[(q * n) + q]);
        // Next to the diagonal it is nothing any more.
        if (off == 0 || !double.IsFinite(off) || Math.Abs(off) < 1e-18 * Math.Sqrt(Math.Abs(low) * Math.Abs(high)))
            return false;
        var theta = (high - low) / (2 * off);
        var t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var c = 1 / Math.Sqrt((t * t) + 1);
        var sine = t * c;
        for (var k = 0; k < n; k++)
            Turn(s, (k * n) + p, (k * n) + q);
        for (var k = 0; k < n; k++)
            Turn(s, (p * n) + k, (q * n) + k);
        for (var k = 0; k < n; k++)
            Turn(v, (k * n) + p, (k * n) + q);
        (s[(p * n) + q], s[(q * n) + p]) = (0, 0);
        return true;

        void Turn(double[] a, int i, int j) => (a[i], a[j]) = ((c * a[i]) - (sine * a[j]), (sine * a[i]) + (c * a[j]));
    }
}

/// <summary>Eigenvalues in ascending order, and eigenvectors as the columns of a matrix.</summary>
public sealed record SymmetricEigen(Tensor Values, Tensor Vectors);

public partial class Tensor
{
    /// <summary>
    /// The eigenvalues and eigenvectors of symmetric matrices, of (A + A^T) / 2 to be precise: [..., n, n] to [..., n]
    /// and [..., n, n]. Derivatives of the vectors need distinct eigenvalues.
    /// </summary>
    public static SymmetricEigen Eigh(Tensor a)
    {
        var results = Application.Of(DistGrad.Eigh.Instance, a).Results;
        return new(results[0], results[1]);
    }

    /// <summary>
    /// The singular values of matrices in descending order: [..., m, n] to [..., min(m, n)]. They are the greatest
    /// eigenvalues of [[0, A], [A^T, 0]].
    /// </summary>
    public static Tensor SingularValues(Tensor a)
    {
        ArgumentNullException.ThrowIfNull(a);
        a.RequireMatrix("singular_values");
        var (m, n) = (a.Shape[^2], a.Shape[^1]);
        Tensor Zeros(int size) => Full(a.DType, [.. MatrixFunction.Leading(a.Shape), size, size], 0);
        var both = Concat([Concat([Zeros(m), a], -1), Concat([a.SwapAxes(), Zeros(n)], -1)], -2);
        return Eigh(both).Values.Flip(-1).Narrow(-1, 0, Math.Min(m, n));
    }

    /// <summary>
    /// The exponential of square matrices, the sum of A^k / k!: [..., n, n] to the same, by a quotient of polynomials
    /// of A / 2^s, squared s times, where s is as great as the greatest of them asks for.
    /// </summary>
    /// <remarks>Higham, "The scaling and squaring method for the matrix exponential revisited" (2005).</remarks>
    public static Tensor MatrixExp(Tensor a)
    {
        ArgumentNullException.ThrowIfNull(a);
        a.RequireMatrix("matrix_exp");
        a.RequireFloat("matrix_exp");
        if (a.Shape[^1] != a.Shape[^2])
            throw new ShapeException($"matrix_exp: a square matrix is needed; found {a.Shape}");
        if (a.Shape.Size == 0)
            return a;
        var norm = StopGradient(Abs(a).Sum(-2).Max());
        var halvings = Ceiling(Log2(norm / 5.371920351148152));
        halvings = Where(And(halvings > 0, norm < 1e30), halvings, 0);
        var x = a * Pow(Full(a.DType, [], 2), -halvings);
        return Flow.Fori(Of(0L), halvings.Cast(DType.Int64), ExpOfSmall(x), (_, y) => y.MatMul(y));
    }

    private static Tensor ExpOfSmall(Tensor x)
    {
        double[] b =
        [
            64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
            670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
        ];
        var one = Eye(x.Shape[^1], x.DType);
        var x2 = x.MatMul(x);
        var x4 = x2.MatMul(x2);
        var x6 = x4.MatMul(x2);
        var odd = x.MatMul(x6.MatMul((b[13] * x6) + (b[11] * x4) + (b[9] * x2)) +
            (b[7] * x6) + (b[5] * x4) + (b[3] * x2) + (b[1] * one));
        var even = x6.MatMul((b[12] * x6) + (b[10] * x4) + (b[8] * x2)) +
            (b[6] * x6) + (b[4] * x4) + (b[2] * x2) + (b[0] * one);
        return Solve(even - odd, even + odd);
    }
}
