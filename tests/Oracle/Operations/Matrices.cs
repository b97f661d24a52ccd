namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>Functions of matrices.</summary>
internal static class Matrices
{
    public static Dictionary<string, Verb> Verbs { get; } = new()
    {
        ["cholesky"] = One(Tensor.Cholesky),
        ["solve"] = Two(Tensor.Solve),
        ["inv"] = One(Tensor.Inverse),
        ["det"] = One(Tensor.Determinant),
        ["slogdet"] = (x, _) => Tensor.LogDeterminant(x[0]) is var (sign, log) ? [sign, log] : [],
        ["qr"] = (x, _) => Tensor.Qr(x[0]) is var (q, r) ? [q, r] : [],
        ["eigvalsh"] = One(x => Tensor.Eigh(x).Values),
        ["svdvals"] = One(Tensor.SingularValues),
        ["expm"] = One(Tensor.MatrixExp),
        ["matrix_power"] = One((x, o) => x.MatrixPower(o.Int("n"))),
        ["triangular_solve"] = Two((a, b, o) => o.Flag("transpose")
            ? Tensor.TriangularSolve(a.SwapAxes(), b, !o.Flag("lower"), o.Flag("unit_diagonal"))
            : Tensor.TriangularSolve(a, b, o.Flag("lower"), o.Flag("unit_diagonal"))),
        ["trace"] = One(x => x.Trace()),
        ["tril"] = One((x, o) => x.Tril(o.Int("k"))),
        ["triu"] = One((x, o) => x.Triu(o.Int("k"))),
        ["diag"] = One((x, o) => x.Rank switch
        {
            1 => x.DiagonalMatrix(o.Int("offset")),
            2 => x.Diagonal(o.Int("offset")),
            _ => throw new ShapeException($"diag: a vector or a matrix is needed; found {x.Shape}"),
        }),
        ["comp:logdet_quad"] = Two(LogDeterminantAndQuadratic),
    };

    private static Tensor LogDeterminantAndQuadratic(Tensor a, Tensor x)
    {
        var s = a.MatMul(a.SwapAxes()) + Tensor.Eye(a.Shape[^1], a.DType);
        return Tensor.LogDeterminant(s).Log + x.Dot(Tensor.Solve(s, x));
    }
}
