using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// The lower triangle L with L L^T = (A + A^T) / 2. Where that is not positive definite, the diagonal has a NaN.
/// </summary>
internal sealed record Cholesky : MatrixFunction, IPrimitive<Cholesky>
{
    public static Cholesky Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
    [
        new(Instance, Domain.Float([3, 3]) with { Diagonal = 6 }),
        new(Instance, Domain.Float([2, 2, 2]) with { Diagonal = 4 }),
        new(Instance, new Domain(new(DType.Float32, [3, 3]), Diagonal: 6)),
        new(Instance, Domain.Float([2, 0, 0])),
    ];

    public override string Name => "cholesky";

    public static Cholesky Read(AttributeReader attributes) => Instance;

    protected override ImmutableArray<TensorType> Types(ImmutableArray<Tensor> x)
    {
        RequireSquare(x[0]);
        return [x[0].Type];
    }

    public override double[][] Of(double[][] x, ImmutableArray<Shape> shapes)
    {
        var n = shapes[0][^1];
        var l = new double[n * n];
        for (var j = 0; j < n; j++)
        {
            for (var i = j; i < n; i++)
            {
                var rest = (x[0][(i * n) + j] + x[0][(j * n) + i]) / 2;
                for (var k = 0; k < j; k++)
                    rest -= l[(i * n) + k] * l[(j * n) + k];
                l[(i * n) + j] = i == j ? Math.Sqrt(rest) : rest / l[(j * n) + j];
            }
        }
        return [l];
    }

    // dL = L Phi(L^-1 dS L^-T), where Phi takes the lower triangle with half the diagonal. Murray, "Differentiation of
    // the Cholesky decomposition" (2016), from L dL^T + dL L^T = dS.
    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var l = y.Results[0];
        var solve = new TriangularSolve(IsLower: true, IsUnit: false);
        var half = Tensor.Apply(solve, l, (dx[0]! + dx[0]!.SwapAxes()) / 2);
        var inner = Tensor.Apply(solve, l, half.SwapAxes());
        return [l.MatMul(inner.Tril() - (Tensor.Eye(l.Shape[^1], l.DType) * inner / 2))];
    }

    public override long Flops(Application y) => Cubes(y.Operands[0]) / 3;
}

public partial class Tensor
{
    /// <summary>
    /// The lower triangle L of positive definite matrices, with L L^T = (A + A^T) / 2; NaN where there is none.
    /// </summary>
    public static Tensor Cholesky(Tensor a) => Apply(DistGrad.Cholesky.Instance, a);
}
