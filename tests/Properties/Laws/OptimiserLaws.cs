using System.Collections.Immutable;
using DistGrad.Learn;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Optimisers are pure functions that form a monoid under Chain, and do not see the tree that their parameters come in.
/// </summary>
public class OptimiserLaws
{
    private static readonly Dictionary<string, Optimiser> Table = new()
    {
        ["sgd"] = Optimiser.Sgd(0.1),
        ["momentum"] = Optimiser.Sgd(0.1, 0.9, weightDecay: 0.01, dampening: 0.5),
        ["nesterov"] = Optimiser.Sgd(Schedule.Cosine(0.1, 5).WarmUp(2), 0.9, nesterov: true),
        ["adam"] = Optimiser.Adam(0.1, weightDecay: 0.1),
        ["amsgrad"] = Optimiser.Adam(0.1, 0.5, 0.5, amsgrad: true),
        ["adamw"] = Optimiser.AdamW(0.1, weightDecay: 0.1),
        ["rmsprop"] = Optimiser.RmsProp(0.1, momentum: 0.9, centred: true),
        ["adagrad"] = Optimiser.Adagrad(0.1, start: 0.1),
        ["adadelta"] = Optimiser.Adadelta(1),
        ["adamax"] = Optimiser.Adamax(0.1),
        ["clipped"] = Optimiser.Chain(Optimiser.ClipByGlobalNorm(0.5), Optimiser.ClipByValue(0.3), Optimiser.Adam(0.1)),
        ["scale"] = Optimiser.Scale(-0.01),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    private static Pair Start { get; } = new(Tensor.Of([1.0, -2, 0.5, 3], 2, 2), Tensor.Of([0.25, -1.5]));

    [Theory, MemberData(nameof(Names))]
    public void ChainIsAssociativeAndTheEmptyChainChangesNothing(string name)
    {
        var (x, y, z) = (Table[name], Optimiser.Trace(0.5), Optimiser.ScaleByAdam());
        var expected = Run(Optimiser.Chain(x, y, z));
        Assert.Equal(expected, Run(Optimiser.Chain(Optimiser.Chain(x, y), z)));
        Assert.Equal(expected, Run(Optimiser.Chain(x, Optimiser.Chain(y, z))));
        Assert.Equal(expected, Run(Optimiser.Chain(Optimiser.Chain(), x, y, Optimiser.Chain(), z)));
    }

    [Fact]
    public void TheOrderOfAChainMatters() => Assert.NotEqual(
        Run(Optimiser.Chain(Optimiser.ClipByValue(0.1), Optimiser.Scale(3))),
        Run(Optimiser.Chain(Optimiser.Scale(3), Optimiser.ClipByValue(0.1))));

    [Theory, MemberData(nameof(Names))]
    public void TheSameLeavesInAnotherTreeGiveTheSameBits(string name)
    {
        var flat = Run(Table[name], ImmutableArray.Create(Start.W, Start.B), leaves => new Pair(leaves[0], leaves[1]));
        var tree = (("a", Start.W), new List<Tensor> { Start.B });
        var nested = Run(Table[name], tree, t => new Pair(t.Item1.W, t.Item2[0]));
        Assert.Equal(Run(Table[name]), flat);
        Assert.Equal(flat, nested);
    }

    // Reorderings of sums and contracted products may differ in the last bits, which ten steps do not make many of.
    [Theory, MemberData(nameof(Names))]
    public void TheCompiledStepIsTheStepAndIsTracedOnce(string name)
    {
        var traced = 0;
        var step = Training.Step(Table[name], (Pair p, Tensor scale) =>
        {
            traced++;
            return scale * Bowl(p);
        });
        var (model, state) = (Start, Table[name].Init(Start));
        for (var t = 0; t < 10; t++)
            (model, state, _) = step(model, state, Tensor.Of(1.0));
        Assert.Equal(1, traced);
        Assert.Equal(10, state.Step.Item());
        var expected = Run(Table[name], 10);
        foreach (var (x, y) in expected.Zip(Tree.Flatten(model).Leaves))
            Close(x, y, 1e-12);
    }

    [Theory, MemberData(nameof(Names))]
    public void AnUpdateIsAProgramThatSurvivesTheWire(string name)
    {
        var optimiser = Table[name];
        var (g, state) = (Diff.Grad(Start, Bowl), optimiser.Init(Start));
        var program = Diff.Trace(Tuple.Create(g, state, Start), t =>
        {
            var (updates, next) = optimiser.Update(t.Item1, t.Item2, t.Item3);
            return Tuple.Create(Optimiser.Apply(t.Item3, updates), next);
        });
        Assert.Equal(program.Hash(), Lambda.FromWire(program.ToWire()).Hash());
    }

    [Fact]
    public void SgdWithoutMomentumSubtractsTheRateTimesTheGradient()
    {
        var (g, optimiser) = (Diff.Grad(Start, Bowl), Optimiser.Sgd(0.1));
        var (updates, _) = optimiser.Update(g, optimiser.Init(Start), Start);
        var next = Optimiser.Apply(Start, updates);
        Close(Start.W - (0.1 * g.W), next.W, 1e-15);
        Close(Start.B - (0.1 * g.B), next.B, 1e-15);
    }

    // Without the correction of the bias the first step would be 0.1 / sqrt(0.001) = 3.2 times the rate. With it m and
    // v are g and g^2 to rounding, so only eps against |g| is left.
    [Theory]
    [InlineData(DType.Float32, 1e-6)]
    [InlineData(DType.Float64, 1e-7)]
    public void AdamsFirstStepIsOfTheSizeOfTheRate(DType dtype, double tolerance)
    {
        var g = Tensor.Of([1.0, -0.5, 20, -1e3, 1]).Cast(dtype);
        foreach (var amsgrad in new[] { false, true })
        {
            var optimiser = Optimiser.Adam(0.01, amsgrad: amsgrad);
            var (update, _) = optimiser.Update(g, optimiser.Init(g), g);
            Assert.Equal(dtype, update.DType);
            Close(-0.01 * Tensor.Sign(g), update, 0.01 * tolerance);
        }
    }

    [Fact]
    public void CoupledDecayIsAPenaltyAndDecoupledDecayAShrinking()
    {
        var (p, g, decay, rate) = (Tensor.Of([2.0, -3]), Tensor.Of([0.5, 0.25]), 0.1, 0.01);
        Tensor Next(Optimiser optimiser, Tensor gradient) =>
            Optimiser.Apply(p, optimiser.Update(gradient, optimiser.Init(p), p).Updates);
        Close(Next(Optimiser.Adam(rate), g + (decay * p)), Next(Optimiser.Adam(rate, weightDecay: decay), g), 1e-15);
        Close(
            Next(Optimiser.Adam(rate), g) - (rate * decay * p),
            Next(Optimiser.AdamW(rate, weightDecay: decay), g),
            1e-15);
        Assert.NotEqual(
            Next(Optimiser.Adam(rate, weightDecay: decay), g).Evaluate(),
            Next(Optimiser.AdamW(rate, weightDecay: decay), g).Evaluate());
        // Nothing but decay: the parameters shrink towards 0, and do not grow.
        Close((1 - (rate * decay)) * p, Next(Optimiser.AdamW(rate, weightDecay: decay), Tensor.ZerosLike(g)), 1e-15);
        Close((1 - (rate * decay)) * p, Next(Optimiser.Sgd(rate, weightDecay: decay), Tensor.ZerosLike(g)), 1e-15);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1e-3)]
    [InlineData(0.5)]
    [InlineData(10.0)]
    [InlineData(1e6)]
    public void ClippingByTheNormNeverIncreasesItAndKeepsTheDirection(double size)
    {
        var g = new Pair(size * Tensor.Of([0.6, 0, 0, -0.3], 2, 2), size * Tensor.Of([0.0, 0.2]));
        var optimiser = Optimiser.ClipByGlobalNorm(1);
        var (clipped, _) = optimiser.Update(g, optimiser.Init(g), g);
        double Dot(Pair x, Pair y) => ((x.W * y.W).Sum() + (x.B * y.B).Sum()).Item();
        var (before, after) = (Math.Sqrt(Dot(g, g)), Math.Sqrt(Dot(clipped, clipped)));
        Assert.InRange(after, 0, Math.Min(before, 1));
        Assert.True(after >= 0.999 * Math.Min(before, 1), $"{after} is far below what {before} may keep");
        // Cauchy and Schwarz's equality: the two are parallel.
        Assert.Equal(before * after, Dot(g, clipped), 1e-12 * (1 + (before * after)));
    }

    [Fact]
    public void ClippingByValueActsOnEachElement()
    {
        var g = Tensor.Of([-3.0, -0.5, 0, 0.5, 3]);
        var optimiser = Optimiser.ClipByValue(1);
        Assert.Equal([-1.0, -0.5, 0, 0.5, 1], optimiser.Update(g, optimiser.Init(g), g).Updates.ToArray<double>());
    }

    [Fact]
    public void DampeningSparesTheFirstGradient()
    {
        var g = Tensor.Of([2.0]);
        var optimiser = Optimiser.Trace(0.5, dampening: 0.25);
        var (first, state) = optimiser.Update(g, optimiser.Init(g), g);
        Assert.Equal(2, first.Item());
        Assert.Equal((0.5 * 2) + (0.75 * 2), optimiser.Update(g, state, g).Updates.Item());
    }

    // 200 equal gradients leave a variance of 0 up to rounding, whose square root must not be one of a negative number.
    [Fact]
    public void ACentredVarianceStaysAboveZero()
    {
        var optimiser = Optimiser.RmsProp(0.1, 0.5, centred: true);
        var g = Tensor.Uniform(Key.Of(1), [1000]).Evaluate();
        var update = Diff.Compile((OptimiserState s) => optimiser.Update(g, s, g));
        var state = optimiser.Init(g);
        for (var t = 0; t < 200; t++)
        {
            (var updates, state) = update(state);
            Assert.True(double.IsFinite(updates.Sum().Item()), $"an update of step {t} is not finite");
        }
    }

    [Fact]
    public void ARuleOfOnesOwnIsAnOptimiser()
    {
        var signs = Optimiser.Of(1, (g, _, _, slots) =>
        {
            var m = (0.9 * slots[0]) + (0.1 * g);
            return new(Tensor.Sign(m), [m]);
        });
        var (updates, _) = signs.Update(Start, signs.Init(Start), Start);
        Assert.Equal([1.0, -1, 1, 1], updates.W.ToArray<double>());
    }

    /// <summary>An optimiser may itself be differentiated, such as with respect to where training starts.</summary>
    [Fact]
    public void TheDerivativeThroughTwoStepsIsThatOfDifferences()
    {
        Tensor Loss(Tensor x)
        {
            var (optimiser, p) = (Optimiser.Adam(0.1), new Pair(x, Start.B));
            var state = optimiser.Init(p);
            for (var t = 0; t < 2; t++)
            {
                var (updates, next) = optimiser.Update(Diff.Grad(p, Bowl), state, p);
                (p, state) = (Optimiser.Apply(p, updates), next);
            }
            return Bowl(p);
        }
        var (h, x) = (1e-6, Start.W);
        var step = Tensor.Of([h, 0, 0, 0], 2, 2);
        var expected = (Loss(x + step).Item() - Loss(x - step).Item()) / (2 * h);
        Assert.Equal(expected, Diff.Grad(x, Loss)[0, 0].Item(), 1e-6);
    }

    [Fact]
    public void OptionsOutsideTheirRangeAreRefused()
    {
        foreach (var make in new Func<Optimiser>[]
        {
            () => Optimiser.Sgd(-0.1), () => Optimiser.Sgd(double.NaN), () => Optimiser.Sgd(0.1, nesterov: true),
            () => Optimiser.Sgd(0.1, 0.9, nesterov: true, dampening: 0.1), () => Optimiser.Adam(0.1, beta1: 1),
            () => Optimiser.Adam(0.1, beta2: -0.1), () => Optimiser.AdamW(0.1, weightDecay: -1),
            () => Optimiser.ClipByGlobalNorm(0), () => Optimiser.ClipByValue(-1),
            () => Optimiser.Sgd(0.1, momentum: -0.5),
        })
        {
            Assert.Throws<OptionException>(make);
        }
    }

    [Fact]
    public void MisfitsAreRefusedWithBothSides()
    {
        var adam = Optimiser.Adam(0.1);
        var (p, state) = (Start, adam.Init(Start));
        var error = Assert.Throws<ShapeException>(() => adam.Update(p with { B = Tensor.Of([1.0]) }, state, p));
        Assert.Contains("B is float64[2] and its gradient float64[1]", error.Message, StringComparison.Ordinal);
        Assert.Throws<TreeException>(() => adam.Update(p, Optimiser.Sgd(0.1).Init(p), p));
        Assert.Throws<ShapeException>(() => adam.Update(p, adam.Init(p with { B = Tensor.Of([1.0]) }), p));
        Assert.Throws<DTypeException>(() => adam.Init(p with { B = Tensor.Of([1L]) }));
        var sums = Optimiser.Of(0, (g, _, _, _) => new(g.Sum(), []));
        Assert.Throws<ShapeException>(() => sums.Update(p, sums.Init(p), p));
    }

    /// <summary>
    /// A loss whose curvature differs by direction, so that no optimiser's step is by accident another's.
    /// </summary>
    private static Tensor Bowl(Pair p) =>
        (Tensor.Of([1.0, 2, 3, 4], 2, 2) * p.W * p.W).Sum() + Tensor.Exp(p.B).Sum() + (p.W[0, 0] * p.B[1]);

    private static Tensor[] Run(Optimiser optimiser, int steps = 4) => Run(optimiser, Start, p => p, steps);

    /// <summary>The parameters after some steps, in whatever tree they come.</summary>
    private static Tensor[] Run<T>(Optimiser optimiser, T model, Func<T, Pair> read, int steps = 4)
    {
        var state = optimiser.Init(model);
        for (var t = 0; t < steps; t++)
        {
            var (updates, next) = optimiser.Update(Diff.Grad(model, m => Bowl(read(m))), state, model);
            (model, state) = Diff.Evaluate(Tuple.Create(Optimiser.Apply(model, updates), next));
        }
        return [.. Tree.Flatten(read(model)).Leaves];
    }

    private static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.InRange(Tensor.Abs(expected - actual).Max().Item(), 0, tolerance);
    }

    private sealed record Pair(Tensor W, Tensor B);
}
