namespace DistGrad;

public partial class Tensor
{
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
        var y = Parameter(a.Type, "y", "square");
        var squaring = new Sweeps(0, [new(new("square", [y], [y.MatMul(y)]), 1, IsReversed: false)]);
        return Apply(squaring, halvings.Cast(DType.Int64), ExpOfSmall(x));
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
