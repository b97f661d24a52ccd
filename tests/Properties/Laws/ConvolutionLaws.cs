using System.Collections.Immutable;
using System.Globalization;
using DistGrad.Execute;
using DistGrad.Execute.Kernels;
using DistGrad.Properties.Generators;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// A convolution is a sum over shifts, and has the bits of the matrix product of filters and patches.
/// </summary>
public class ConvolutionLaws
{
    /// <summary>An axis: its length and the filter's, how the filter slides, and how both are spread out.</summary>
    public sealed record Axis(int Length, int Taps, int Stride, int Before, int After, int Base, int Dilation)
    {
        public int Extent => ((Length - 1) * Base) + 1;

        public int Reach => ((Taps - 1) * Dilation) + 1;

        public int Places => ((Extent + Before + After - Reach) / Stride) + 1;

        public bool Fits => Length > 0 && Taps > 0 && Extent + Before + After >= Reach;
    }

    /// <summary>Images, groups, channels and filters of a group, and the two axes.</summary>
    public sealed record Case(int N, int G, int C, int O, Axis Y, Axis X, int Seed)
    {
        public Shape Array => [N, G, C, Y.Length, X.Length];

        public Shape Filter => [G, O, C, Y.Taps, X.Taps];

        public int Taps => C * Y.Taps * X.Taps;

        internal Window Window => new(
            [Y.Stride, X.Stride], [Y.Before, X.Before], [Y.After, X.After], [Y.Base, X.Base], [Y.Dilation, X.Dilation]);

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{Array} x {Filter}, {Window}, seed {Seed}");
    }

    private static readonly Gen<int> Number =
        Gen.Frequency((4, Gen.Constant(1)), (2, Gen.Constant(2)), (1, Gen.Constant(3)));

    // A negative one cuts off.
    private static readonly Gen<int> Padding = Gen.Frequency(
        (3, Gen.Constant(0)), (2, Gen.Choose(1, 3)), (1, Gen.Choose(4, 9)), (1, Gen.Choose(-2, -1)));

    private static Gen<Axis> Axes(int longest) =>
        from length in Gen.Choose(1, longest)
        from taps in Gen.Frequency((4, Gen.Choose(1, 5)), (1, Gen.Choose(1, longest)))
        from stride in Number
        from before in Padding
        from after in Padding
        from spread in Number
        from dilation in Number
        let axis = new Axis(length, taps, stride, before, after, spread, dilation)
        where axis.Fits
        select axis;

    private static readonly Gen<Case> Cases =
        from n in Gen.Choose(1, 3)
        from g in Gen.Choose(1, 3)
        from c in Gen.Frequency((3, Gen.Choose(1, 4)), (3, Gen.Choose(30, 140)))
        from o in Gen.Frequency((2, Gen.Choose(1, 6)), (1, Gen.Choose(1, 30)))
        from y in Axes(8)
        from x in Axes(40)
        from seed in Gen.Choose(0, 1 << 20)
        where (long)n * g * c * o * y.Taps * x.Taps * y.Places * x.Places < 2_000_000
        select new Case(n, g, c, o, y, x, seed);

    private static Arbitrary<Case> Some => Arb.From(Cases, Smaller);

    private static IEnumerable<Case> Smaller(Case c) =>
        new[]
        {
            c with { N = 1 }, c with { G = 1 }, c with { C = 1 }, c with { O = 1 }, c with { C = c.C / 2 },
            c with { O = c.O / 2 },
        }
        .Concat(Smaller(c.Y).Select(y => c with { Y = y })).Concat(Smaller(c.X).Select(x => c with { X = x }))
        .Where(s => s != c && s.N > 0 && s.G > 0 && s.C > 0 && s.O > 0 && s.Y.Fits && s.X.Fits);

    private static IEnumerable<Axis> Smaller(Axis a) =>
    [
        a with { Stride = 1 }, a with { Base = 1 }, a with { Dilation = 1 }, a with { Before = 0 },
        a with { After = 0 },
        a with { Length = a.Length / 2 }, a with { Taps = a.Taps / 2 }, a with { Length = a.Length - 1 },
        a with { Taps = a.Taps - 1 },
    ];

    [Fact]
    public void AConvolutionHasTheBitsOfTheProductOfFiltersAndPatches()
    {
        var met = new Coverage();
        using var two = new Workers(2);
        using var three = new Workers(3);
        Law.Holds(150, Some, c =>
        {
            met.Count([
                .. Kinds(c.Taps > MatrixProduct.Depth, "several blocks of taps"),
                .. Kinds(c.Y.Places * c.X.Places > 32, "several strips"),
                .. Kinds(c.X.Stride == 1 && c.X.Base == 1, "neighbours"),
                .. Kinds(c.X.Base > 1, "spread elements"),
                .. Kinds(c.O > 12, "several tiles of filters"),
                .. Kinds(c.Y.Before < 0 || c.X.Before < 0, "cut off"),
                .. Kinds((long)c.N * c.G * c.O * c.Taps * c.Y.Places * c.X.Places > 1 << 18, "shared by threads"),
            ]);
            foreach (var dtype in new[] { DType.Float32, DType.Float64 })
                HasBitsOfProduct(c, dtype, [Workers.Single, two, three]);
        });
        met.Require(
            0.03, "several blocks of taps", "several strips", "neighbours", "spread elements",
            "several tiles of filters", "cut off", "shared by threads");
    }

    // Shapes beyond those of random cases: shares of the blocks of taps; filters that are worth a copy.
    [Theory]
    [InlineData(1, 1, 40, 3, 9, 10, 0, 5, 5, 40)]
    [InlineData(3, 2, 16, 24, 9, 20, 1, 3, 3, 1)]
    [InlineData(2, 1, 64, 33, 7, 7, 1, 3, 3, 1)]
    public void LargerOnesHaveThemToo(
        int n, int g, int c, int o, int height, int width, int padding, int tapRows, int tapColumns, int more)
    {
        using var two = new Workers(2);
        using var three = new Workers(3);
        Case large = new(
            n, g, c * more, o, new(height, tapRows, 1, padding, padding, 1, 1),
            new(width, tapColumns, 1, padding, padding, 1, 1), 7);
        HasBitsOfProduct(large, DType.Float32, [Workers.Single, two, three]);
        HasBitsOfProduct(large, DType.Float64, [Workers.Single, two, three]);
    }

    [Fact]
    public void AConvolutionIsTheSumOverShifts() => Law.Holds(60, Some, c =>
    {
        var (x, w) = Operands(c, DType.Float64);
        var expected = Tensor.Zeros([c.N, c.G, c.O, c.Y.Places, c.X.Places], DType.Float64);
        var patches = Patches(c, x);
        for (var tap = 0; tap < c.Taps; tap++)
        {
            var weights = w.Reshape(c.G, c.O, c.Taps)[.., .., tap].Reshape(c.G, c.O, 1, 1);
            expected += weights * patches[.., .., tap].Unsqueeze(2);
        }
        Near.Relative(
            1e-12, Derived.Flat([expected.ToValue()]),
            Derived.Flat([Tensor.Apply(new Convolution(c.Window), x, w).ToValue()]), c.ToString());
    });

    [Theory]
    [InlineData(5, 3, 2, 1, 0, 1, 1)]
    [InlineData(4, 3, 2, 0, 1, 2, 2)]
    [InlineData(6, 2, 3, 1, 2, 1, 3)]
    [InlineData(3, 4, 1, 2, 0, 1, 1)]
    public void ATransposedConvolutionIsTheTransposeOfOne(
        int length, int taps, int stride, int padding, int more, int dilation, int groups)
    {
        var x = Tensor.Normal(Key.Of(1), [2, 2 * groups, length, length + 1], DType.Float64);
        var w = Tensor.Normal(Key.Of(2), [2 * groups, 3, taps, taps], DType.Float64);
        var y = x.ConvTranspose2d(w, stride, padding, more, dilation, groups);
        Assert.Equal(((length - 1) * stride) - (2 * padding) + (dilation * (taps - 1)) + 1 + more, y.Shape[2]);
        // The pullback of the convolution whose result is as large as x.
        var expected = Diff.Vjp(
            Tensor.ZerosLike(y), t => t.Conv2d(w, stride, padding, dilation, groups)).Pullback(x);
        Near.Relative(1e-12, Derived.Flat([expected.ToValue()]), Derived.Flat([y.ToValue()]), "conv_transpose2d");
    }

    [Fact]
    public void AConvolutionAlongOneAxisIsThatOfARow()
    {
        var x = Tensor.Normal(Key.Of(1), [2, 4, 11], DType.Float64);
        var w = Tensor.Normal(Key.Of(2), [6, 2, 3], DType.Float64);
        var y = x.Conv1d(w, stride: 2, padding: 1, dilation: 2, groups: 2);
        Assert.Equal([2, 6, 5], y.Shape);
        Assert.Equal(
            x.Unsqueeze(2).Conv2d(w.Unsqueeze(2), [1, 2], [0, 1], [1, 2], 2).Squeeze(2).Evaluate(), y.Evaluate());
    }

    private static IEnumerable<string> Kinds(bool holds, string kind) => holds ? [kind] : [];

    private static (Tensor X, Tensor W) Operands(Case c, DType dtype) => (
        Tensor.Normal(Key.Of(c.Seed), c.Array, dtype).Evaluate(),
        Tensor.Normal(Key.Of(c.Seed + 1), c.Filter, dtype).Evaluate());

    private static void HasBitsOfProduct(Case c, DType dtype, Workers[] pools)
    {
        var (x, w) = Operands(c, dtype);
        // Of one place, too, it has the order of several.
        var patches = Patches(c, x).Reshape(c.N, c.G, c.Taps, -1);
        var product = w.Reshape(c.G, c.O, c.Taps).MatMul(Tensor.Concat([patches, patches], 3))
            [.., .., .., 0..(c.Y.Places * c.X.Places)].Reshape(c.N, c.G, c.O, c.Y.Places, c.X.Places).ToValue();
        ImmutableArray<Tensor> parameters = [Tensor.Parameter(x.Type, "x"), Tensor.Parameter(w.Type, "w")];
        var machine = Machine.Of(
            new("convolution", parameters, [Tensor.Apply(new Convolution(c.Window), parameters[0], parameters[1])]));
        foreach (var workers in pools)
        {
            var found = machine.Run([x.ToValue(), w.ToValue()], workers)[0];
            Near.Bits(product, found, $"{c} on {workers.Threads} threads");
        }
    }

    /// <summary>[n, g, c kh kw, h', w']: what each tap sees, as slices of the array spread out and padded.</summary>
    private static Tensor Patches(Case c, Tensor x)
    {
        // Wide enough that cutting off is a matter of where slices begin.
        const int Margin = 10;
        var spread = x.Pad(
            Ints.Of([0, 0, 0, Margin, Margin]), Ints.Of([0, 0, 0, Margin, Margin]),
            Ints.Of([0, 0, 0, c.Y.Base - 1, c.X.Base - 1]), 0);
        var taps =
            from ty in Enumerable.Range(0, c.Y.Taps)
            from tx in Enumerable.Range(0, c.X.Taps)
            select Along(Along(spread, 3, c.Y, ty), 4, c.X, tx);
        return Tensor.Stack(taps, 3).Reshape(c.N, c.G, c.Taps, c.Y.Places, c.X.Places);

        static Tensor Along(Tensor x, int axis, Axis a, int tap)
        {
            var start = Margin - a.Before + (tap * a.Dilation);
            return x.Slice(axis, start, start + ((a.Places - 1) * a.Stride) + 1, a.Stride);
        }
    }
}
