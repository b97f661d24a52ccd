using System.Globalization;
using DistGrad.Properties.Generators;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>Einstein's sum is the sum over all values of all labels of the product of the elements they name.</summary>
public class EinsumLaws
{
    private const string Letters = "abcde";

    /// <summary>An equation by the letters of its operands and its result, and the length of each letter.</summary>
    public sealed record Case(string[] Operands, string Result, int[] Lengths, int Seed)
    {
        public string Text => $"{string.Join(',', Operands)}->{Result}";

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{Text}, lengths [{string.Join(", ", Lengths)}], seed {Seed}");
    }

    private static readonly Gen<string> Labels =
        from count in Gen.Choose(0, 3)
        from labels in Gen.Elements(Letters.ToCharArray()).ArrayOf(count)
        select new string(labels);

    private static readonly Gen<Case> Cases =
        from count in Gen.Choose(1, 3)
        from operands in Labels.ArrayOf(count)
        let met = string.Concat(operands).Distinct().ToArray()
        from order in Gen.Shuffle(met)
        from kept in Gen.Choose(0, met.Length)
        from lengths in Gen.Frequency((1, Gen.Choose(0, 1)), (6, Gen.Choose(2, 3))).ArrayOf(Letters.Length)
        from seed in Gen.Choose(0, 1 << 20)
        select new Case(operands, new string(order[..kept]), lengths, seed);

    private static Arbitrary<Case> Some => Arb.From(Cases, Smaller);

    private static IEnumerable<Case> Smaller(Case c)
    {
        if (c.Result.Length > 0)
            yield return c with { Result = c.Result[1..] };
        for (var i = 0; i < c.Operands.Length; i++)
        {
            string[] others = [.. c.Operands.Where((_, j) => j != i)];
            if (others.Length > 0 && c.Result.All(l => others.Any(o => o.Contains(l))))
                yield return c with { Operands = others };
        }
        for (var i = 0; i < c.Lengths.Length; i++)
        {
            if (c.Lengths[i] > 1)
                yield return c with { Lengths = [.. c.Lengths.Select((n, j) => j == i ? 1 : n)] };
        }
    }

    [Fact]
    public void ItIsTheNaiveSumOverAllLabels()
    {
        var met = new Coverage();
        Law.Holds(300, Some, c =>
        {
            met.Count([
                .. Kinds(c.Operands.Any(o => o.Distinct().Count() < o.Length), "a diagonal"),
                .. Kinds(c.Operands.Length == 3, "three operands"),
                .. Kinds(c.Operands.Length > 1 && c.Operands[0].Intersect(c.Operands[1]).Except(c.Result).Any(), "a contraction"),
                .. Kinds(c.Operands.Length > 1 && c.Operands[0].Intersect(c.Operands[1]).Intersect(c.Result).Any(), "a batch"),
                .. Kinds(c.Operands.Any(o => o.Any(l => c.Lengths[Letters.IndexOf(l)] == 0)), "nothing to sum"),
            ]);
            Tensor[] x = [.. c.Operands.Select((o, i) => Tensor.Normal(Key.Of(c.Seed + i), Lengths(c, o), DType.Float64).Evaluate())];
            var found = Tensor.Einsum(c.Text, x);
            Assert.Equal(Lengths(c, c.Result), found.Shape);
            Near.Relative(1e-12, Naive(c, x), found.ToArray<double>(), c.ToString());
        });
        met.Require(0.05, "a diagonal", "three operands", "a contraction", "a batch", "nothing to sum");
    }

    [Fact]
    public void ItsGradientIsAnEinsumToo() => Law.Holds(40, Some, c =>
    {
        // Each operand once with a tangent of its own: the sum is linear in it.
        Tensor[] x = [.. c.Operands.Select((o, i) => Tensor.Normal(Key.Of(c.Seed + i), Lengths(c, o), DType.Float64).Evaluate())];
        var dx = Tensor.Normal(Key.Of(c.Seed + 9), x[0].Shape, DType.Float64).Evaluate();
        var ct = Tensor.Normal(Key.Of(c.Seed + 8), Lengths(c, c.Result), DType.Float64).Evaluate();
        Tensor Of(Tensor t) => Tensor.Einsum(c.Text, [t, .. x[1..]]);
        var along = (Of(dx) * ct).Sum().Item();
        Near.Relative(
            1e-11, [along], [(Diff.Vjp(x[0], Of).Pullback(ct) * dx).Sum().Item()], $"gradient of {c}");
    });

    [Theory]
    [InlineData("ij,jk", "ij,jk->ik")]
    [InlineData("ba,ac", "ba,ac->bc")]
    [InlineData("zb,bz", "zb,bz->")]
    [InlineData("ca,cb", "ca,cb->ab")]
    [InlineData(" ij , jk -> ik ", "ij,jk->ik")]
    public void WithoutAnArrowTheLettersThatOccurOnceAreKeptInOrder(string implied, string written)
    {
        var (x, y) = (Tensor.Normal(Key.Of(1), [3, 3]), Tensor.Normal(Key.Of(2), [3, 3]));
        Assert.Equal(Tensor.Einsum(written, x, y).Evaluate(), Tensor.Einsum(implied, x, y).Evaluate());
    }

    [Fact]
    public void AnEllipsisStandsForAxesThatBroadcast()
    {
        var x = Tensor.Normal(Key.Of(1), [4, 1, 2, 3], DType.Float64);
        var y = Tensor.Normal(Key.Of(2), [5, 3, 2], DType.Float64);
        Same(x.MatMul(y), Tensor.Einsum("...ij,...jk->...ik", x, y));
        Same(x.MatMul(y), Tensor.Einsum("...ij,...jk", x, y));
        Same(x.MatMul(y).MoveAxis(3, 0), Tensor.Einsum("...ij,...jk->k...i", x, y));
        Same(x.Sum(0, 1), Tensor.Einsum("...ij->ij", x));
        Same(x.SwapAxes(), Tensor.Einsum("...ij->...ji", x));

        static void Same(Tensor expected, Tensor found)
        {
            Assert.Equal(expected.Shape, found.Shape);
            Near.Relative(1e-13, expected.ToArray<double>(), found.ToArray<double>(), "einsum");
        }
    }

    [Fact]
    public void TensorDotSumsOverPairsOfAxes()
    {
        var x = Tensor.Normal(Key.Of(1), [2, 3, 4, 5], DType.Float64);
        var y = Tensor.Normal(Key.Of(2), [5, 3, 6], DType.Float64);
        var found = x.TensorDot(y, [1, -1], [1, 0]);
        Assert.Equal([2, 4, 6], found.Shape);
        Near.Relative(
            1e-12, Tensor.Einsum("abcd,dbe->ace", x, y).ToArray<double>(), found.ToArray<double>(), "tensordot");
        Assert.Equal([2, 3, 4, 5, 5, 3, 6], x.TensorDot(y, [], []).Shape);
        Assert.Throws<ShapeException>(() => x.TensorDot(y, [0], [0]));
        Assert.Throws<ShapeException>(() => x.TensorDot(y, [1, 1], [1, 1]));
    }

    private static Shape Lengths(Case c, string labels) => [.. labels.Select(l => c.Lengths[Letters.IndexOf(l)])];

    private static IEnumerable<string> Kinds(bool holds, string kind) => holds ? [kind] : [];

    private static double[] Naive(Case c, Tensor[] x)
    {
        var labels = string.Concat(c.Operands).Distinct().ToArray();
        var result = new double[Lengths(c, c.Result).Size];
        var values = x.Select(t => t.ToValue()).ToArray();
        foreach (var at in All(labels))
        {
            int Place(string of) => of.Aggregate(0, (place, l) => (place * c.Lengths[Letters.IndexOf(l)]) + at[l]);
            result[Place(c.Result)] += c.Operands.Select((o, i) => values[i].Double(Place(o))).Aggregate(1.0, (p, v) => p * v);
        }
        return result;

        IEnumerable<Dictionary<char, int>> All(char[] labels) => labels.Aggregate(
            new[] { new Dictionary<char, int>() }.AsEnumerable(),
            (all, label) => all.SelectMany(at => Enumerable.Range(0, c.Lengths[Letters.IndexOf(label)])
                .Select(i => new Dictionary<char, int>(at) { [label] = i })));
    }
}
