using System.Numerics;
using System.Runtime.Intrinsics;
using DistGrad.Execute;
using DistGrad.Execute.Kernels;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DistGrad.Properties.Laws;

using Reduction = DistGrad.Execute.Kernels.Reduction;

public class ReductionLaws
{
    /// <summary>Every Special-th element is a NaN, an infinity or a zero; 0 for none.</summary>
    public sealed record Case(int Outer, int Reduce, int Inner, int Special, int Seed);

    static readonly Workers[] Pools = [Workers.Single, new(2), new(3)];

    static readonly Gen<Case> Cases =
        from outer in Gen.Frequency((3, Gen.Choose(0, 4)), (1, Gen.Choose(5, 90)))
        from reduce in Gen.Frequency(
            (3, Gen.Choose(0, 20)), (3, Gen.Choose(0, 300)), (2, Gen.Choose(1000, 9000)), (1, Gen.Choose(0, 100_000)))
        from inner in Gen.Frequency(
            (4, Gen.Constant(1)), (4, Gen.Choose(0, 9)), (2, Gen.Choose(10, 140)), (1, Gen.Choose(1000, 2100)))
        from special in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Choose(1, 2000)))
        from seed in Gen.Choose(0, 1 << 20)
        where (long)outer * reduce * inner < 200_000
        select new Case(outer, reduce, inner, special, seed);

    static Arbitrary<Case> Some => Arb.From(Cases, c => new[]
    {
        c with { Outer = c.Outer / 2 }, c with { Reduce = c.Reduce / 2 }, c with { Inner = c.Inner / 2 },
        c with { Special = 0 }, c with { Reduce = Math.Max(0, c.Reduce - 1) },
        c with { Inner = Math.Max(0, c.Inner - 1) },
    }.Where(smaller => smaller != c));

    static Arbitrary<Case> FullRows => Arb.From(
        from outer in Gen.Choose(1, 90)
        from rounds in Gen.Choose(1, 32)
        from special in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Choose(1, 2000)))
        from seed in Gen.Choose(0, 1 << 20)
        select new Case(outer, 4 * Vector512<float>.Count * rounds, 1, special, seed));

    // Many of whose elements are special, and so are equals that are extreme.
    static Arbitrary<Case> ShortRows => Arb.From(
        from outer in Gen.Choose(1, 90)
        from reduce in Gen.Choose(1, 70)
        from special in Gen.Choose(1, 60)
        from seed in Gen.Choose(0, 1 << 20)
        select new Case(outer, reduce, 1, special, seed));

    static Arbitrary<Case> NotEmpty => Some.Filter(c => c.Reduce > 0);

    delegate void Kernel<T, R>(int outer, int reduce, int inner, ref readonly T x, ref R y, Workers workers);

    [Property(MaxTest = 80)]
    public Property SumsHaveTheBitsOfTheStatedOrder() => Prop.ForAll(Some, c => (
            Agrees<float>(Reduction.Sum, c, T => Tree(T, c.Inner, 0f, (x, y) => x + y)) &&
            Agrees<double>(Reduction.Sum, c, T => Tree(T, c.Inner, 0.0, (x, y) => x + y)))
        .Classify(c.Outer * c.Reduce * c.Inner >= 1 << 16, "shared by threads")
        .Classify(c.Reduce >= 2048 && c.Outer < 4, "shared along the axis")
        .Classify(c.Reduce == 0, "empty")
        .Classify(c.Inner is > 1 and < 32, "few columns"));

    [Property(MaxTest = 40)]
    public Property RowsThatFillTheLanesHaveTheBitsOfTheStatedOrder() => Prop.ForAll(FullRows, c => (
            Agrees<float>(Reduction.Sum, c, T => Tree(T, c.Inner, 0f, (x, y) => x + y)) &&
            Agrees<double>(Reduction.Sum, c, T => Tree(T, c.Inner, 0.0, (x, y) => x + y)) &&
            Agrees<float>(Reduction.Max, c, x => x.Aggregate(float.Max)) &&
            Agrees<int>(Reduction.Sum, c, x => x.Aggregate((a, b) => a + b)))
        .Classify(c.Outer < 4, "few rows")
        .Classify(c.Outer * c.Reduce >= 1 << 16, "shared by threads"));

    [Property(MaxTest = 40)]
    public Property ProductsHaveTheBitsOfTheStatedOrder() => Prop.ForAll(Some, c =>
        Agrees<float>(Reduction.Product, c, x => Tree(x, c.Inner, 1f, (a, b) => a * b)) &&
        Agrees<double>(Reduction.Product, c, x => Tree(x, c.Inner, 1.0, (a, b) => a * b)));

    [Property(MaxTest = 40)]
    public Property ExtremesAgreeWithALoop() => Prop.ForAll(NotEmpty, c =>
        Agrees<float>(Reduction.Max, c, x => x.Aggregate(float.Max)) &&
        Agrees<float>(Reduction.Min, c, x => x.Aggregate(float.Min)) &&
        Agrees<double>(Reduction.Max, c, x => x.Aggregate(double.Max)) &&
        Agrees<double>(Reduction.Min, c, x => x.Aggregate(double.Min)));

    [Property(MaxTest = 40)]
    public Property IntegersAgreeWithALoop() => Prop.ForAll(NotEmpty, c =>
        Agrees<int>(Reduction.Sum, c, x => x.Aggregate((a, b) => a + b)) &&
        Agrees<int>(Reduction.Max, c, x => x.Max()) &&
        Agrees<int>(Reduction.Min, c, x => x.Min()) &&
        Agrees<long>(Reduction.Product, c, x => x.Aggregate((a, b) => a * b)) &&
        Agrees<long>(Reduction.Sum, c, x => x.Aggregate((a, b) => a + b)) &&
        Agrees<long>(Reduction.Max, c, x => x.Max()) &&
        Agrees<long>(Reduction.Min, c, x => x.Min()));

    [Property(MaxTest = 40)]
    public Property AnyAndAllAgreeWithALoop() => Prop.ForAll(Some, c =>
    {
        Case zeros = c with { Special = 0 }, ones = c with { Special = -1 };
        return Agrees<byte>(Reduction.Any, zeros, x => (byte)(x.Any(b => b == 1) ? 1 : 0))
            && Agrees<byte>(Reduction.All, ones, x => (byte)(x.All(b => b == 1) ? 1 : 0));
    });

    [Property(MaxTest = 40)]
    public Property PositionsAgreeWithALoop() => Prop.ForAll(NotEmpty, PositionsAgree);

    [Property(MaxTest = 100)]
    public Property PositionsInShortRowsAgreeWithALoop() => Prop.ForAll(ShortRows, PositionsAgree);

    static bool PositionsAgree(Case c) =>
        Agrees<float, long>(ArgReduction.ArgMax, c, x => Position(x, 1)) &&
        Agrees<float, long>(ArgReduction.ArgMin, c, x => Position(x, -1)) &&
        Agrees<double, long>(ArgReduction.ArgMax, c, x => Position(x, 1)) &&
        Agrees<double, long>(ArgReduction.ArgMin, c, x => Position(x, -1)) &&
        Agrees<int, long>(ArgReduction.ArgMax, c, x => Position(x, 1)) &&
        Agrees<long, long>(ArgReduction.ArgMin, c, x => Position(x, -1));

    // The order as Reduction states it.
    static T Tree<T>(T[] x, int inner, T identity, Func<T, T, T> combine)
        where T : struct
    {
        var (lanes, q) = (4 * Vector512<T>.Count, 1);
        while (2 * q * inner <= lanes) q *= 2;
        return x.Length == 0 ? identity : Leaves(x.Chunk(32 * q).Select(Leaf).ToArray());

        T Leaf(T[] rows)
        {
            var sums = Enumerable.Repeat(identity, q).ToArray();
            for (var r = 0; r < rows.Length; r++) sums[r % q] = combine(sums[r % q], rows[r]);
            for (var half = q / 2; half > 0; half /= 2)
                for (var i = 0; i < half; i++) sums[i] = combine(sums[i], sums[i + half]);
            return sums[0];
        }

        T Leaves(T[] leaves)
        {
            if (leaves.Length == 1) return leaves[0];
            var left = (int)BitOperations.RoundUpToPowerOf2((uint)leaves.Length) / 2;
            return combine(Leaves(leaves[..left]), Leaves(leaves[left..]));
        }
    }

    static long Position<T>(T[] x, int sign)
        where T : INumber<T>
    {
        var best = 0;
        for (var i = 1; i < x.Length && !T.IsNaN(x[best]); i++)
            if (T.IsNaN(x[i]) || (sign > 0 ? x[i] > x[best] : x[i] < x[best])) best = i;
        return best;
    }

    static bool Agrees<T>(Kernel<T, T> kernel, Case c, Func<T[], T> fold)
        where T : unmanaged, INumber<T> => Agrees<T, T>(kernel, c, fold);

    static bool Agrees<T, R>(Kernel<T, R> kernel, Case c, Func<T[], R> fold)
        where T : unmanaged, INumber<T>
        where R : unmanaged, INumber<R>
    {
        var x = Elements<T>(c);
        var expected = (from o in Enumerable.Range(0, c.Outer)
                        from j in Enumerable.Range(0, c.Inner)
                        select fold(
                            Enumerable.Range(0, c.Reduce).Select(r => x[(o * c.Reduce + r) * c.Inner + j]).ToArray()))
            .ToArray();
        return Pools.All(workers =>
        {
            var y = new R[expected.Length + 1];
            y[^1] = R.CreateChecked(77);
            kernel(c.Outer, c.Reduce, c.Inner, in x[0], ref y[0], workers);
            return y[^1] == R.CreateChecked(77) && y.Zip(expected).All(pair => Same(pair.First, pair.Second));
        });
    }

    static bool Same<R>(R x, R y)
        where R : INumber<R> => x.Equals(y) && (R.IsNaN(x) || R.IsNegative(x) == R.IsNegative(y));

    static T[] Elements<T>(Case c)
        where T : unmanaged, INumber<T>
    {
        var random = new Random(c.Seed);
        var x = new T[Math.Max(1, c.Outer * c.Reduce * c.Inner)];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = Element<T>(random, c);
            if (c.Special > 0 && random.Next(c.Special) == 0)
            {
                x[i] = T.CreateSaturating(random.Next(5) switch
                {
                    0 => double.NaN,
                    1 => double.NegativeInfinity,
                    2 => double.PositiveInfinity,
                    3 => -0.0,
                    _ => 0.0,
                });
            }
        }

        return x;
    }

    // Bytes are mostly 0, or mostly 1 where Special is -1, so that Any and All have both answers.
    static T Element<T>(Random random, Case c)
        where T : INumber<T>
    {
        if (typeof(T) == typeof(byte)) return T.CreateChecked(random.Next(30) == 0 == (c.Special == 0) ? 1 : 0);
        if (typeof(T) == typeof(int) || typeof(T) == typeof(long)) return T.CreateChecked(random.Next(-1000, 1000));
        return T.CreateChecked((random.NextDouble() - 0.4) * 3);
    }
}
