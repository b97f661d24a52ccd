using DistGrad.Execute;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>What factors and solutions must satisfy, small and in blocks.</summary>
public class MatrixLaws
{
    public static TheoryData<int> Sizes => [1, 2, 5, 63, 64, 65, 150];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void FactorsMultiplyToTheMatrix(int n)
    {
        var a = Matrix(n, n, seed: 1);
        var positive = a.MatMul(a.SwapAxes()) + Tensor.Eye(n, DType.Float64);
        var l = Tensor.Cholesky(positive);
        AreNear(positive, l.MatMul(l.SwapAxes()), n);
        Assert.Equal(l.Tril().ToArray<double>(), l.ToArray<double>());
        var lu = Application.Of(Lu.Instance, a).Results;
        var product = (lu[0].Tril(-1) + Tensor.Eye(n, DType.Float64)).MatMul(lu[0].Triu());
        AreNear(a.Rows(lu[1]), product, n);
        Assert.True(Tensor.Abs(lu[0].Tril(-1)).Max().Item() <= 1, "a pivot is the greatest of its column");
        var (q, r) = Tensor.Qr(a);
        AreNear(a, q.MatMul(r), n);
        AreNear(Tensor.Eye(n, DType.Float64), q.SwapAxes().MatMul(q), n);
        Assert.True(r.Diagonal().Min().Item() > 0);
        Assert.Equal(r.Triu().ToArray<double>(), r.ToArray<double>());
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void SolutionsSolve(int n)
    {
        var (a, b) = (Matrix(n, n, seed: 2), Matrix(n, 70, seed: 3));
        AreNear(b, a.MatMul(Tensor.Solve(a, b)), n);
        AreNear(Tensor.Eye(n, DType.Float64), a.MatMul(Tensor.Inverse(a)), n);
        var eye = Tensor.Eye(n, DType.Float64);
        // A random triangle of ones on the diagonal is nearly singular; one of small numbers is not.
        var small = a / (2 * n);
        AreNear(b, (small.Tril(-1) + eye).MatMul(Tensor.TriangularSolve(small, b, unitDiagonal: true)), n);
        AreNear(b, (small.Triu(1) + eye).MatMul(Tensor.TriangularSolve(small, b, lower: false, unitDiagonal: true)), n);
        var full = small + eye;
        AreNear(b, full.Tril().MatMul(Tensor.TriangularSolve(full, b)), n);
        AreNear(b, full.Triu().MatMul(Tensor.TriangularSolve(full, b, lower: false)), n);
        var single = Tensor.Solve(a.Cast(DType.Float32), b.Cast(DType.Float32)).Cast(DType.Float64);
        Near.Relative(0.05, Tensor.Solve(a, b).ToArray<double>(), single.ToArray<double>(), "single precision");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(30)]
    public void EigenvectorsAreStretched(int n)
    {
        var a = Matrix(n, n, seed: 4);
        var symmetric = (a + a.SwapAxes()) / 2;
        var (w, v) = Tensor.Eigh(a);
        AreNear(symmetric.MatMul(v), v * w, n);
        AreNear(Tensor.Eye(n, DType.Float64), v.SwapAxes().MatMul(v), n);
        Assert.Equal(w.Sort().ToArray<double>(), w.ToArray<double>());
        var singular = Tensor.SingularValues(a);
        AreNear(Tensor.Eigh(a.SwapAxes().MatMul(a)).Values.Flip(0), singular * singular, n);
    }

    [Fact]
    public void DeterminantsAreProductsAndTheirGradientIsTheInverse()
    {
        var (a, b) = (Matrix(5, 5, seed: 5), Matrix(5, 5, seed: 6));
        Near.Relative(
            1e-11, [Tensor.Determinant(a).Item() * Tensor.Determinant(b).Item()],
            [Tensor.Determinant(a.MatMul(b)).Item()], "det AB");
        var log = Tensor.LogDeterminant(a);
        Near.Relative(1e-12, [Tensor.Determinant(a).Item()], [(log.Sign * Tensor.Exp(log.Log)).Item()], "det");
        AreNear(Tensor.Inverse(a).SwapAxes(), Diff.Grad(a, x => Tensor.LogDeterminant(x).Log), 5);
        var swapped = a.Take(Tensor.Of([1L, 0, 2, 3, 4]));
        Near.Relative(1e-12, [-Tensor.Determinant(a).Item()], [Tensor.Determinant(swapped).Item()], "rows swapped");
    }

    [Fact]
    public void TheExponentialOfAMatrixIsThatOfItsEigenvalues()
    {
        foreach (var scale in new[] { 0.1, 1, 30 })
        {
            var a = Matrix(4, 4, seed: 7) * scale;
            var symmetric = (a + a.SwapAxes()) / 2;
            var (w, v) = Tensor.Eigh(symmetric);
            var expected = (v * Tensor.Exp(w)).MatMul(v.SwapAxes());
            var found = Tensor.MatrixExp(symmetric);
            var size = Tensor.Abs(expected).Max().Item();
            AreNear(expected / size, found / size, 4);
        }
        Assert.Equal(
            Tensor.Eye(3, DType.Float64).ToArray<double>(),
            Tensor.MatrixExp(Tensor.Zeros([3, 3], DType.Float64)).ToArray<double>());
    }

    [Fact]
    public void TrianglesAndDiagonals()
    {
        var a = Tensor.Of(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([1, 0, 0, 4, 5, 0], a.Tril().ToArray<double>());
        Assert.Equal([1, 2, 0, 4, 5, 6], a.Tril(1).ToArray<double>());
        Assert.Equal([0, 2, 3, 0, 0, 6], a.Triu(1).ToArray<double>());
        Assert.Equal([1, 5], a.Diagonal().ToArray<double>());
        Assert.Equal([3], a.Diagonal(2).ToArray<double>());
        Assert.Equal([4], a.Diagonal(-1).ToArray<double>());
        Assert.Empty(a.Diagonal(3).ToArray<double>());
        Assert.Equal(6, a.Trace().Item());
        Assert.Equal([0, 7, 0, 0, 0, 8, 0, 0, 0], Tensor.Of([7.0, 8]).DiagonalMatrix(1).ToArray<double>());
        Assert.Equal([0, 0, 7, 0], Tensor.Of([7.0]).DiagonalMatrix(-1).ToArray<double>());
        Assert.Equal(
            [7, 8], Tensor.Of([7.0, 8]).DiagonalMatrix(-2).Diagonal(-2).ToArray<double>());
        var square = Matrix(3, 3, seed: 8);
        AreNear(square.MatMul(square).MatMul(square), square.MatrixPower(3), 3);
        AreNear(Tensor.Eye(3, DType.Float64), square.MatrixPower(-2).MatMul(square.MatrixPower(2)), 3);
    }

    [Fact]
    public void TheBitsDoNotDependOnTheThreads()
    {
        var (a, b) = (Matrix(150, 150, seed: 9), Matrix(150, 90, seed: 10));
        var f = Closed.Of(
            [a.Type, b.Type], x => [Tensor.Solve(x[0], x[1]), Tensor.Cholesky(x[0].MatMul(x[0].SwapAxes()))]);
        var machine = Machine.Of(f);
        using var two = new Workers(2);
        System.Collections.Immutable.ImmutableArray<Value> values = [a.ToValue(), b.ToValue()];
        Near.Bits(machine.Run(values, Workers.Single), machine.Run(values, two), "two threads");
    }

    [Fact]
    public void MistakesAreToldWhenTheyAreWritten()
    {
        var (square, tall) = (Tensor.Zeros([3, 3]), Tensor.Zeros([3, 2]));
        Assert.Throws<ShapeException>(() => Tensor.Cholesky(tall));
        Assert.Throws<ShapeException>(() => Tensor.Determinant(tall));
        Assert.Throws<ShapeException>(() => Tensor.Solve(tall, square));
        Assert.Throws<ShapeException>(() => Tensor.Solve(square, Tensor.Zeros([2, 3])));
        Assert.Throws<ShapeException>(() => Tensor.Qr(tall.SwapAxes()));
        Assert.Throws<ShapeException>(() => Tensor.Cholesky(Tensor.Zeros([3])));
        Assert.Throws<DTypeException>(() => Tensor.Solve(square, Tensor.Zeros([3, 1], DType.Float64)));
        Assert.Throws<DTypeException>(() => Tensor.Cholesky(Tensor.Of(new int[,] { { 1 } })));
    }

    static Tensor Matrix(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return Tensor.Of(Enumerable.Range(0, rows * columns).Select(_ => (2 * random.NextDouble()) - 1), rows, columns);
    }

    // Errors grow with the condition of a random matrix, which is of the order of its size squared now and then.
    static void AreNear(Tensor expected, Tensor found, int n) =>
        Near.Relative(1e-13 * n * n * 30, expected.ToArray<double>(), found.ToArray<double>(), $"of {n}");
}
