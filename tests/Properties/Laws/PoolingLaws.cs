using System.Globalization;
using DistGrad.Properties.Generators;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// A pool is the greatest or the mean of what its window sees, and the first of those that tie is moved.
/// </summary>
public class PoolingLaws
{
    public sealed record Axis(int Length, int Kernel, int Stride, int Padding)
    {
        public bool Fits => Length > 0 && Kernel > 0 && Padding <= Kernel / 2 && Length + (2 * Padding) >= Kernel;

        /// <summary>PyTorch's: a window may hang over the end, but not begin behind it.</summary>
        public int Places(bool ceil)
        {
            var room = Length + (2 * Padding) - Kernel;
            if (!ceil)
                return (room / Stride) + 1;
            var places = ((room + Stride - 1) / Stride) + 1;
            return (places - 1) * Stride >= Length + Padding ? places - 1 : places;
        }

        public IEnumerable<int> Seen(int place) =>
            Enumerable.Range((place * Stride) - Padding, Kernel).Where(i => i >= 0 && i < Length);

        /// <summary>How many of the taps at a place lie within the padded axis.</summary>
        public int Padded(int place) =>
            Enumerable.Range((place * Stride) - Padding, Kernel).Count(i => i < Length + Padding);
    }

    public sealed record Case(int N, Axis Y, Axis X, bool Ceil, bool CountPadding, int Distinct, int Seed)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{N} planes, {Y}, {X}, ceil {Ceil}, padding counts {CountPadding}, {Distinct} numbers, seed {Seed}");
    }

    private static Gen<Axis> Axes(int longest) =>
        from length in Gen.Choose(1, longest)
        from kernel in Gen.Choose(1, 4)
        from stride in Gen.Frequency((1, Gen.Constant(1)), (4, Gen.Choose(2, 4)))
        from padding in Gen.Choose(0, 2)
        let axis = new Axis(length, kernel, stride, padding)
        where axis.Fits
        select axis;

    private static readonly Gen<Case> Cases =
        from n in Gen.Choose(1, 3)
        from y in Axes(9)
        from x in Axes(160)
        from ceil in Gen.Frequency((1, Gen.Constant(false)), (6, Gen.Constant(true)))
        from count in Gen.Elements(false, true)
        from distinct in Gen.Elements(2, 1000)
        from seed in Gen.Choose(0, 1 << 20)
        select new Case(n, y, x, ceil, count, distinct, seed);

    private static Arbitrary<Case> Some => Arb.From(Cases, c =>
        new[] { c with { N = 1 }, c with { Ceil = false }, c with { CountPadding = true } }
            .Concat(Smaller(c.Y).Select(y => c with { Y = y })).Concat(Smaller(c.X).Select(x => c with { X = x }))
            .Where(s => s != c && s.Y.Fits && s.X.Fits));

    private static IEnumerable<Axis> Smaller(Axis a) =>
    [
        a with { Length = a.Length / 2 }, a with { Length = a.Length - 1 }, a with { Stride = 1 },
        a with { Padding = 0 }, a with { Kernel = a.Kernel - 1 },
    ];

    [Fact]
    public void AMaximumIsTheFirstGreatestThatItsWindowSees()
    {
        var met = new Coverage();
        Law.Holds(150, Some, c =>
        {
            var x = Drawn(c);
            var pooled = Pooled(c, x);
            met.Count([
                .. Kinds(c.Distinct == 2, "ties"), .. Kinds(c.Y.Padding + c.X.Padding > 0, "padding"),
                .. Kinds(c.Ceil && c.X.Places(true) > c.X.Places(false), "a window that hangs over"),
                .. Kinds(c.X.Places(c.Ceil) > 64, "several chunks"),
            ]);
            var (values, gradient) = (new List<double>(), new double[x.Shape.Size]);
            foreach (var (plane, seen) in Windows(c))
            {
                var best = seen.MaxBy(i => x.ToValue().Double(plane + i));
                values.Add(x.ToValue().Double(plane + best));
                gradient[plane + best] += 1;
            }
            Assert.Equal(values, pooled.ToArray<double>());
            Assert.Equal(gradient, Diff.Grad(t => Pooled(c, t).Sum())(x).ToArray<double>());
            Assert.Equal(values.Select(v => (float)v), Pooled(c, x.Cast(DType.Float32)).ToArray<float>());
        });
        met.Require(0.1, "ties", "padding", "a window that hangs over");
        met.Require(0.02, "several chunks");

        static Tensor Pooled(Case c, Tensor x) => x.MaxPool2d(
            [c.Y.Kernel, c.X.Kernel], [c.Y.Stride, c.X.Stride], [c.Y.Padding, c.X.Padding], c.Ceil);
    }

    [Fact]
    public void AMeanIsTheSumOfWhatItsWindowSeesOverHowMuchCounts() => Law.Holds(150, Some, c =>
    {
        var x = Drawn(c);
        var pooled = x.AvgPool2d(
            [c.Y.Kernel, c.X.Kernel], [c.Y.Stride, c.X.Stride], [c.Y.Padding, c.X.Padding], c.Ceil, c.CountPadding);
        double[] expected =
        [
            .. Windows(c).Select(w => w.Seen.Sum(i => x.ToValue().Double(w.Plane + i)))
                .Zip(Counts(c), (sum, n) => sum / n),
        ];
        Near.Relative(1e-13, expected, pooled.ToArray<double>(), c.ToString());
    });

    [Fact]
    public void OfNumbersThatCannotBeToldApartTheFirstIsTaken()
    {
        var (nan, least) = (double.NaN, double.NegativeInfinity);
        var x = Tensor.Of([least, least, 1, nan, 2, nan, -0.0, 0.0], 1, 8);
        Assert.Equal([least, nan, nan, -0.0], x.MaxPool1d(2).ToArray<double>());
        Assert.Equal([1.0, 0, 0, 1, 0, 1, 1, 0], Slopes(x, t => t.MaxPool1d(2)));
        // Padding is never the greatest, even where all that is seen is infinitely small.
        var small = Tensor.Full(DType.Float64, [1, 3], least);
        Assert.Equal([1.0, 1, 0], Slopes(small, t => t.MaxPool1d(2, padding: 1)));
        Assert.Equal([1, 2, 3], Tensor.Of(new long[,] { { 1, 0, 2, 2, 3, 3 } }).MaxPool1d(2).ToArray<long>());

        static double[] Slopes(Tensor x, Func<Tensor, Tensor> f) =>
            Diff.Vjp(x, f).Pullback(Tensor.Ones(f(x).Shape, x.DType)).ToArray<double>();
    }

    [Fact]
    public void AlongOneAxisItIsThatOfARow()
    {
        var x = Tensor.Normal(Key.Of(1), [2, 3, 9], DType.Float64);
        var row = x.Unsqueeze(2);
        Assert.Equal(
            row.MaxPool2d([1, 3], [1, 2], [0, 1]).Squeeze(2).Evaluate(), x.MaxPool1d(3, 2, 1).Evaluate());
        Assert.Equal(
            row.AvgPool2d([1, 3], [1, 2], [0, 1], countPadding: false).Squeeze(2).Evaluate(),
            x.AvgPool1d(3, 2, 1, countPadding: false).Evaluate());
    }

    private static Tensor Drawn(Case c)
    {
        var random = new Random(c.Seed);
        return Tensor.Of(
            Enumerable.Range(0, c.N * c.Y.Length * c.X.Length).Select(_ => (double)random.Next(c.Distinct)).ToArray(),
            c.N, c.Y.Length, c.X.Length);
    }

    private static IEnumerable<string> Kinds(bool holds, string kind) => holds ? [kind] : [];

    /// <summary>For each place, where its plane begins, and the elements of it that are seen, by rows.</summary>
    private static IEnumerable<(int Plane, int[] Seen)> Windows(Case c) =>
        from n in Enumerable.Range(0, c.N)
        from py in Enumerable.Range(0, c.Y.Places(c.Ceil))
        from px in Enumerable.Range(0, c.X.Places(c.Ceil))
        select (
            n * c.Y.Length * c.X.Length,
            (from y in c.Y.Seen(py) from x in c.X.Seen(px) select (y * c.X.Length) + x).ToArray());

    private static IEnumerable<double> Counts(Case c) =>
        from n in Enumerable.Range(0, c.N)
        from py in Enumerable.Range(0, c.Y.Places(c.Ceil))
        from px in Enumerable.Range(0, c.X.Places(c.Ceil))
        select c.CountPadding
            ? (double)c.Y.Padded(py) * c.X.Padded(px)
            : (double)c.Y.Seen(py).Count() * c.X.Seen(px).Count();
}
