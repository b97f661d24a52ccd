using System.Numerics;
using System.Runtime.CompilerServices;
using DistGrad.Execute;
using DistGrad.Execute.Kernels;
using DistGrad.Execute.Straight;
using DistGrad.Properties.Generators;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace DistGrad.Properties.Laws;

public class MatrixProductLaws
{
    /// <summary>
    /// Layout 0: row-major; 1: transposed; 2: strides with gaps; 3: rows backwards; 4: one row for all; 5: one column.
    /// </summary>
    public sealed record Case(int M, int N, int K, int A, int B, int Gap, int Threads, int Seed)
    {
        public override string ToString() =>
            $"[{M}, {K}] x [{K}, {N}], layouts {A} and {B}, gap {Gap}, {Threads} threads, seed {Seed}";
    }

    static readonly Workers[] Pools = [Workers.Single, new(2), new(3)];

    // Sizes round tiles, vectors and blocks of k, and the skinny shapes.
    static Gen<int> Size(int most) => Gen.Frequency(
        (4, Gen.Choose(0, 5)), (4, Gen.Choose(0, 40)), (2, Gen.Choose(0, most)),
        (2, Gen.Elements(8, 12, 16, 24, 31, 32, 33, 48, 64, 65).Where(x => x <= most)));

    static Gen<int> Depths => Gen.Frequency(
        (3, Size(100)), (2, Gen.Elements(255, 256, 511, 512, 513, 784, 1023, 1024, 1025, 1537)),
        (1, Gen.Choose(1, 5000)));

    static readonly Gen<Case> Cases =
        from m in Size(230)
        from n in Size(140)
        from k in Depths
        from a in Gen.Choose(0, 5)
        from b in Gen.Choose(0, 5)
        from gap in Gen.Choose(0, 3)
        from threads in Gen.Choose(1, 3)
        from seed in Gen.Choose(0, 1 << 20)
        where (long)m * n * k < 2_000_000
        select new Case(m, n, k, a, b, gap, threads, seed);

    static Arbitrary<Case> Some => Arb.From(Cases, c => Smaller(c).Where(s => s != c));

    static IEnumerable<Case> Smaller(Case c) =>
    [
        c with { K = c.K / 2 }, c with { M = c.M / 2 }, c with { N = c.N / 2 }, c with { Threads = 1 },
        c with { A = 0 }, c with { B = 0 }, c with { Gap = 0 },
        c with { K = Math.Max(0, c.K - 1) }, c with { M = Math.Max(0, c.M - 1) }, c with { N = Math.Max(0, c.N - 1) },
    ];

    [Property(MaxTest = 200)]
    public Property SingleHasTheBitsOfTheStatedOrder() => Prop.ForAll(Some, c => SameBits<float>(c)
        .Classify((long)c.M * c.N * c.K >= 1 << 18 && c.Threads > 1, "shared by threads")
        .Classify(c.K > MatrixProduct.Depth, "several blocks of k")
        .Classify(c.N < c.M && c.N <= 8, "few columns")
        .Classify(c.K <= 2 && c.N >= 16, "strips")
        .Classify(c.M * c.N == 1, "dot product")
        .Classify(c.M * c.N * c.K == 0, "empty"));

    [Property(MaxTest = 200)]
    public Property DoubleHasTheBitsOfTheStatedOrder() => Prop.ForAll(Some, c => SameBits<double>(c).ToProperty());

    static Gen<Case> Columns =>
        from c in Cases
        from k in Gen.Frequency(
            (2, Gen.Choose(30, 100)), (2, Gen.Elements(32, 33, 47, 48, 64, 512, 513, 519, 1024, 1033, 1535)),
            (1, Gen.Choose(100, 5000)))
        from m in Gen.Frequency((2, Gen.Constant(c.M)), (1, Gen.Choose(200, 600)))
        from layout in Gen.Frequency((3, Gen.Elements(0, 3)), (1, Gen.Choose(0, 5)))
        select c with { M = m, N = 1, K = k, A = layout };

    [Fact]
    public void OneColumnHasTheBitsOfItsLanes()
    {
        var met = new Coverage();
        Law.Holds(200, Arb.From(Columns, c => Smaller(c).Where(s => s != c)), c =>
        {
            met.Count([
                IsOfLanes(c.N, c.K, ColumnStride(c)) ? "lanes" : "chains",
                c.K % 16 == 0 ? "whole vectors" : "a rest",
                c.K > MatrixProduct.Depth && c.K % MatrixProduct.Depth < 16 ? "a block below a vector" : "long blocks",
                c.B == 1 || c.Gap == 0 ? "a column that lies together, as a rule" : "a strided column",
                c.M % 4 == 0 ? "whole groups of rows" : "rows left over",
                (long)c.M * c.K >= 1 << 18 && c.Threads > 1 ? "shared by threads" : "alone",
            ]);
            Assert.True(SameBits<float>(c), $"float32: {c}");
            Assert.True(SameBits<double>(c), $"float64: {c}");
        });
        met.Require(
            0.03, "lanes", "chains", "a rest", "a block below a vector", "a strided column", "rows left over",
            "shared by threads");
    }

    static int ColumnStride(Case c) => Operand<float>(1, c.K, c.A, c.Gap, c.Seed).Column;

    /// <summary>Whoever computes a part of a batch, one example even, finds the same numbers for it.</summary>
    [Fact]
    public void RowsOfAProductHaveTheBitsOfTheWhole() => Law.Holds(
        200, Arb.From(Gen.OneOf(Cases, Columns).Where(c => c.M > 0), c => Smaller(c).Where(s => s != c && s.M > 0)),
        c =>
        {
            Assert.True(PartsAgree<float>(c), $"float32: {c}");
            Assert.True(PartsAgree<double>(c), $"float64: {c}");
        });

    static bool PartsAgree<T>(Case c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var a = Operand<T>(c.M, c.K, c.A, c.Gap, c.Seed);
        var b = Operand<T>(c.K, c.N, c.B, c.Gap, c.Seed + 1);
        var whole = Rows(c.M, a);
        for (var (first, count) = (0, 1); first < c.M; first += count, count++)
        {
            count = Math.Min(count, c.M - first);
            if (!Rows(count, a.From(first)).AsSpan().SequenceEqual(whole.AsSpan(first * c.N, count * c.N)))
                return false;
        }

        return true;

        T[] Rows(int rows, Matrix<T> from)
        {
            var result = new T[(rows * c.N) + 1];
            MatrixProduct.Multiply(
                rows, c.N, c.K, in from.First, from.Row, from.Column, in b.First, b.Row, b.Column, ref result[0], c.N,
                Pools[c.Threads - 1]);
            return result[..^1];
        }
    }

    /// <summary>Straight methods know no layout: whatever product they hold must be a chain in any.</summary>
    [Fact]
    public void ProductsOfStraightMethodsAreChains() =>
        Assert.True(StraightSize.LargestValue <= MatrixProduct.LongestChain);

    // Above the sizes that random cases reach: several blocks of rows and columns, shares of k, shares of c.
    [Theory]
    [InlineData(1, 1, 5000, 0, 1, 1)]
    [InlineData(400, 40, 600, 0, 0, 2)]
    [InlineData(13, 1100, 520, 0, 0, 1)]
    [InlineData(200, 1040, 20, 1, 1, 3)]
    [InlineData(5, 6, 40_000, 1, 0, 3)]
    [InlineData(5, 6, 40_000, 0, 1, 2)]
    [InlineData(3000, 1, 1400, 0, 0, 2)]
    [InlineData(150, 1, 600, 2, 0, 1)]
    [InlineData(1, 1100, 1200, 0, 0, 1)]
    [InlineData(1, 300, 540, 1, 3, 2)]
    [InlineData(30, 200, 1040, 0, 1, 1)]
    [InlineData(30, 100, 2048, 0, 0, 1)]
    [InlineData(100, 150, 600, 0, 0, 1)]
    [InlineData(400, 1100, 600, 1, 0, 2)]
    [InlineData(410, 1050, 110, 1, 0, 1)]
    public void LargeShapesHaveTheBitsOfTheStatedOrder(int m, int n, int k, int a, int b, int threads)
    {
        var c = new Case(m, n, k, a, b, 0, threads, m + k);
        Assert.True(SameBits<float>(c));
        Assert.True(SameBits<double>(c));
    }

    // Many small matrices, which threads share out, and few large ones, of which threads share each.
    [Theory]
    [InlineData(2500, 3, 5, 15)]
    [InlineData(65, 20, 24, 17)]
    [InlineData(3, 60, 70, 50)]
    [InlineData(7, 2, 2, 2)]
    public void ABatchHasTheBitsOfItsProducts(int count, int m, int n, int k)
    {
        var x = Tensor.Parameter(new(DType.Float64, [count, m, k]), "x");
        var y = Tensor.Parameter(new(DType.Float64, [count, n, k]), "y");
        var machine = Machine.Of(new("batch", [x, y], [x.MatMul(y.SwapAxes())]));
        var (a, b) = (Numbers(count * m * k, seed: 1), Numbers(count * k * n, seed: 2));
        var expected = (
            from e in Enumerable.Range(0, count * m * n)
            let left = new Matrix<double>(a, e / (m * n) * m * k, k, 1)
            let right = new Matrix<double>(b, e / (m * n) * k * n, 1, k)
            select Element(k, left, e / n % m, right, e % n, n)).ToArray();
        Value[] arguments =
        [
            Value.FromDoubles(DType.Float64, x.Shape, i => a[i]),
            Value.FromDoubles(DType.Float64, y.Shape, i => b[i]),
        ];
        Assert.All(Pools, pool =>
        {
            var result = machine.Run([.. arguments], pool)[0];
            Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(result.Double));
        });
    }

    static double[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
    }

    [Property(MaxTest = 100)]
    public Property IntegersMultiplyExactly() => Prop.ForAll(Some, c =>
    {
        var a = Operand<long>(c.M, c.K, c.A, c.Gap, c.Seed);
        var b = Operand<long>(c.K, c.N, c.B, c.Gap, c.Seed + 1);
        var result = new long[Math.Max(1, c.M * c.N)];
        MatrixProduct.MultiplyIntegers(c.M, c.N, c.K, in a.First, a.Row, a.Column, in b.First, b.Row, b.Column,
            ref result[0], c.N, Pools[c.Threads - 1]);
        return Each(c).All(e =>
            result[e.I * c.N + e.J] == Enumerable.Range(0, c.K).Sum(p => a.At(e.I, p) * b.At(p, e.J)));
    });

    static bool SameBits<T>(Case c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var a = Operand<T>(c.M, c.K, c.A, c.Gap, c.Seed);
        var b = Operand<T>(c.K, c.N, c.B, c.Gap, c.Seed + 1);
        var row = c.N + c.Gap;
        var mark = T.CreateChecked(12345);
        var result = Enumerable.Repeat(mark, Math.Max(1, c.M * row)).ToArray();
        MatrixProduct.Multiply(c.M, c.N, c.K, in a.First, a.Row, a.Column, in b.First, b.Row, b.Column,
            ref result[0], row, Pools[c.Threads - 1]);
        for (var i = 0; i < c.M; i++)
        {
            for (var j = 0; j < row; j++)
            {
                var expected = j < c.N ? Element(c.K, a, i, b, j, c.N) : mark;
                var actual = result[i * row + j];
                if (!actual.Equals(expected) || T.IsNegative(actual) != T.IsNegative(expected)) return false;
            }
        }

        return true;
    }

    // The order as MatrixProduct states it.
    static T Element<T>(int k, Matrix<T> a, int i, Matrix<T> b, int j, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var lanes = IsOfLanes(n, k, a.Column) ? 64 / Unsafe.SizeOf<T>() : 1;
        var total = T.Zero;
        for (var block = 0; block < k; block += MatrixProduct.Depth)
        {
            var sums = new T[lanes];
            var length = Math.Min(k - block, MatrixProduct.Depth);
            for (var p = 0; p < length; p++)
            {
                var left = length % lanes;
                var lane = p < length - left ? p % lanes : lanes - (length - p);
                sums[lane] = T.FusedMultiplyAdd(a.At(i, block + p), b.At(block + p, j), sums[lane]);
            }

            for (var half = lanes / 2; half > 0; half /= 2)
                for (var lane = 0; lane < half; lane++) sums[lane] += sums[lane + half];
            total = block == 0 ? sums[0] : total + sums[0];
        }

        return total;
    }

    static bool IsOfLanes(int n, int k, int column) => n == 1 && k > MatrixProduct.LongestChain && column == 1;

    static IEnumerable<(int I, int J)> Each(Case c) =>
        from i in Enumerable.Range(0, c.M) from j in Enumerable.Range(0, c.N) select (i, j);

    sealed class Matrix<T>(T[] data, int start, int row, int column)
    {
        public ref T First => ref data[start];
        public int Row => row;
        public int Column => column;
        public Matrix<T> From(int i) => new(data, start + (i * row), row, column);
        public T At(int i, int j) => data[start + i * row + j * column];
    }

    static Matrix<T> Operand<T>(int rows, int columns, int layout, int gap, int seed)
        where T : INumber<T>
    {
        var (start, row, column) = layout switch
        {
            0 => (0, columns + gap, 1),
            1 => (0, 1, rows + gap),
            2 => (0, columns * (gap + 1) + gap, gap + 1),
            3 => (Math.Max(0, rows - 1) * (columns + gap), -(columns + gap), 1),
            4 => (0, 0, gap + 1),
            _ => (0, gap + 1, 0),
        };
        var last = start + Math.Max(0, rows - 1) * Math.Max(0, row) + Math.Max(0, columns - 1) * column;
        var random = new Random(seed);
        var data = new T[last + 1];
        for (var i = 0; i < data.Length; i++) data[i] = T.CreateTruncating((random.NextDouble() - 0.5) * 200);
        return new(data, start, row, column);
    }
}
