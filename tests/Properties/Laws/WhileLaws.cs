using System.Collections.Immutable;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// A loop of run-time length is what it is unrolled: values, derivatives of any order in both modes, batches in which
/// each example makes trips of its own.
/// </summary>
public class WhileLaws
{
    public static TheoryData<int, string> TripsAndKinds =>
        new(from trips in new[] { 0, 1, 2, 5 } from kind in new[] { "while", "fori" } select (trips, kind));

    [Theory]
    [MemberData(nameof(TripsAndKinds))]
    public void AWhileIsTheLoopUnrolled(int trips, string kind)
    {
        var (loop, unrolled) = (Loop(trips, kind), Unrolled(trips));
        Law.AreSame(loop, unrolled);
        Law.AreSame(Derived.Jvp(loop), Derived.Jvp(unrolled));
        Law.AreSame(Derived.Vjp(loop), Derived.Vjp(unrolled));
    }

    [Theory]
    [MemberData(nameof(TripsAndKinds))]
    public void SecondDerivativesOfAWhileAreThoseOfTheLoopUnrolled(int trips, string kind)
    {
        var (loop, unrolled) = (Loop(trips, kind), Unrolled(trips));
        Law.AreSame(Derived.Jvp(Derived.Vjp(loop)), Derived.Jvp(Derived.Vjp(unrolled)));
        Law.AreSame(Derived.Vjp(Derived.Vjp(loop)), Derived.Vjp(Derived.Vjp(unrolled)));
        Law.AreSame(Derived.Vjp(Derived.Jvp(loop)), Derived.Vjp(Derived.Jvp(unrolled)));
        Law.AreSame(Derived.Jvp(Derived.Jvp(loop)), Derived.Jvp(Derived.Jvp(unrolled)));
    }

    // Eight loops, there and back, of which the last four need what all others kept.
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void ThirdDerivativesOfAWhileAreThoseOfTheLoopUnrolled(int trips)
    {
        var (loop, unrolled) = (Loop(trips, "while"), Unrolled(trips));
        Law.AreSame(Derived.Vjp(Derived.Vjp(Derived.Vjp(loop))), Derived.Vjp(Derived.Vjp(Derived.Vjp(unrolled))));
        Law.AreSame(Derived.Vjp(Derived.Jvp(Derived.Vjp(loop))), Derived.Vjp(Derived.Jvp(Derived.Vjp(unrolled))));
    }

    [Theory]
    [MemberData(nameof(TripsAndKinds))]
    public void ABatchOfLoopsIsTheBatchOfLoopsUnrolled(int trips, string kind)
    {
        var (loop, unrolled) = (Loop(trips, kind), Unrolled(trips));
        ImmutableArray<ImmutableArray<bool>> subsets = [[true, false], [false, true], [true, true]];
        foreach (var batched in subsets)
        {
            Law.AreSame(Derived.Vmap(loop, 2, batched), Derived.Vmap(unrolled, 2, batched));
            Law.AreSame(Derived.Vjp(Derived.Vmap(loop, 2, batched)), Derived.Vjp(Derived.Vmap(unrolled, 2, batched)));
            ImmutableArray<bool> withCts = [.. batched, true];
            Law.AreSame(Derived.Vmap(Derived.Vjp(loop), 2, withCts), Derived.Vmap(Derived.Vjp(unrolled), 2, withCts));
        }
    }

    // The trips of an example depend on its own numbers: x doubles until it has passed 10.
    [Fact]
    public void EachExampleOfABatchMakesItsOwnTrips()
    {
        static Tensor Doubled(Tensor x) => Flow.While(x, y => y < 10, y => y * 2);
        static Tensor Counted(Tensor x, Tensor n) => Flow.Fori(Tensor.Of(0L), n, x, (_, y) => y * y);
        var x = Tensor.Of([1.0, 12, 3, 0.5, 10]);
        Assert.Equal([16, 12, 12, 16, 10], Diff.Vmap(Doubled)(x).ToArray<double>());
        Assert.Equal([16, 1, 4, 32, 1], Diff.Vmap(Diff.Grad(Doubled))(x).ToArray<double>());
        Assert.Equal([16, 1, 4, 32, 1], Diff.Grad(x, t => Diff.Vmap(Doubled)(t).Sum()).ToArray<double>());
        var along = Diff.Jvp(x, Tensor.Ones([5], DType.Float64), Diff.Vmap(Doubled)).Tangent;
        Assert.Equal([16, 1, 4, 32, 1], along.ToArray<double>());
        var (y, n) = (Tensor.Of([2.0, 3, 0.5]), Tensor.Of([2L, 0L, 1L]));
        Assert.Equal([16, 3, 0.25], Diff.Vmap(Counted)(y, n).ToArray<double>());
        Assert.Equal([32, 1, 1], Diff.Grad(y, t => Diff.Vmap(Counted)(t, n).Sum()).ToArray<double>());
        Assert.Equal([32, 1, 1], Diff.Vmap((a, b) => Diff.Grad(a, t => Counted(t, b)))(y, n).ToArray<double>());
    }

    // The step divides by what is 0 once the loop is done: of an example that waits for the others it must not count.
    [Fact]
    public void AnExampleThatIsDoneSendsNothingIntoTheStepsOfTheOthers()
    {
        static Tensor F(Tensor x) => Flow.While(x, y => y > 0, y => y - 1 + (0 * Tensor.Sqrt(y) / y));
        var x = Tensor.Of([1.0, 3]);
        Assert.Equal([0, 0], Diff.Vmap(F)(x).ToArray<double>());
        Assert.Equal([1, 1], Diff.Grad(x, t => Diff.Vmap(F)(t).Sum()).ToArray<double>());
        Assert.Equal([1, 1], Diff.Vmap(Diff.Grad(F))(x).ToArray<double>());
    }

    // Newton's square root; both loops end by what they compute, and the inner one starts from the outer one's state.
    [Fact]
    public void LoopsInLoopsWithGradientsInTheBody()
    {
        static Tensor Root(Tensor a) => Flow.While(a, y => Tensor.Abs((y * y) - a) > 1e-13, y => (y + (a / y)) / 2);
        static Tensor Descend(Tensor a) => Flow.While(
            (Tensor.Of(1.0), Tensor.Of(0L)), s => s.Item2 < 3,
            s => (s.Item1 - (0.1 * Diff.Grad(s.Item1, y => Tensor.Sin(y * Root(a)) * y)), s.Item2 + 1)).Item1;
        static Tensor Unrolled(Tensor a)
        {
            var y = Tensor.Of(1.0);
            for (var i = 0; i < 3; i++)
                y -= 0.1 * Diff.Grad(y, t => Tensor.Sin(t * Tensor.Sqrt(a)) * t);
            return y;
        }

        foreach (var at in new[] { 0.7, 2, 5 })
        {
            var a = Tensor.Of(at);
            Near.Relative(1e-12, [Unrolled(a).Item()], [Descend(a).Item()], "value");
            Near.Relative(1e-11, [Diff.Grad(a, Unrolled).Item()], [Diff.Grad(a, Descend).Item()], "gradient");
            Near.Relative(
                1e-9, [Diff.Grad(a, t => Diff.Grad(t, Unrolled)).Item()],
                [Diff.Grad(a, t => Diff.Grad(t, Descend)).Item()], "second");
            Near.Relative(
                1e-9, [Diff.Jvp(a, Tensor.Of(1.0), Diff.Grad(Unrolled)).Tangent.Item()],
                [Diff.Jvp(a, Tensor.Of(1.0), Diff.Grad(Descend)).Tangent.Item()], "forward over reverse");
        }
    }

    // What is kept of all trips would take more than the budget, so stretches of the loop are computed again.
    [Fact]
    public void ALongLoopIsDifferentiatedInStretches()
    {
        const int Size = 1 << 15;
        const int Steps = 1100;
        Assert.True((long)Steps * Size * sizeof(double) > Execute.Kernels.SweepsKernel.Budget);
        static Tensor Loop(Tensor x) => Flow.While(
            (x, Tensor.Of(0L)), s => s.Item2 < Steps, s => (s.Item1 + (1e-3 * Tensor.Sin(s.Item1)), s.Item2 + 1)).Item1;
        var x = Tensor.Iota(DType.Float64, [Size], 0) / Size;
        var found = Diff.Grad(x, t => Loop(t).Sum()).ToArray<double>();
        foreach (var i in new[] { 0, 1, Size / 2, Size - 1 })
        {
            var (y, slope) = ((double)i / Size, 1.0);
            for (var k = 0; k < Steps; k++)
                (y, slope) = (y + (1e-3 * Math.Sin(y)), slope * (1 + (1e-3 * Math.Cos(y))));
            Near.Relative(1e-12, [slope], [found[i]], $"at {i}");
        }
    }

    [Fact]
    public void AMapIsTheBatch()
    {
        var (w, x) = (Tensor.Of([0.3, -0.7]), Tensor.Of(new double[,] { { 1, 2 }, { -0.5, 0.25 }, { 3, 4 } }));
        Tensor One(Tensor row) => Tensor.Tanh(row * w).Sum();
        Assert.Equal(Diff.Vmap(One)(x).ToArray<double>(), Flow.Map(x, One).ToArray<double>());
        Near.Relative(
            1e-14, Diff.Grad(x, t => Tensor.Exp(Diff.Vmap(One)(t)).Sum()).ToArray<double>(),
            Diff.Grad(x, t => Tensor.Exp(Flow.Map(t, One)).Sum()).ToArray<double>(), "gradient");
    }

    [Fact]
    public void BoundsKnownWhenWrittenAndBoundsKnownWhenRunAreTheSame()
    {
        static Tensor Known(Tensor x) => Flow.Fori(-2, 3, x, (i, y) => Tensor.Sin(y) + i.Cast(DType.Float64));
        static Tensor Given(Tensor x) => Flow.Fori(
            Tensor.Of(-2), Tensor.Of(3), x, (i, y) => Tensor.Sin(y) + i.Cast(DType.Float64));
        var x = Tensor.Of(0.4);
        Assert.Equal(Known(x).Item(), Given(x).Item());
        Near.Relative(1e-14, [Diff.Grad(x, Known).Item()], [Diff.Grad(x, Given).Item()], "gradient");
        Assert.Equal(0.4, Flow.Fori(3, -2, x, (_, y) => y * 2).Item());
        Assert.Equal(0.4, Flow.Fori(Tensor.Of(3L), Tensor.Of(-2L), x, (_, y) => y * 2).Item());
    }

    [Fact]
    public void MistakesAreToldWhenTheLoopIsWritten()
    {
        Assert.Throws<DTypeException>(() => Flow.While(Tensor.Of(1.0), x => x, x => x));
        Assert.Throws<ShapeException>(() => Flow.While(Tensor.Of(1.0), x => x < 1, x => Tensor.Stack([x, x])));
        Assert.Throws<DTypeException>(() => Flow.Fori(Tensor.Of(0.5), Tensor.Of(3L), Tensor.Of(1.0), (_, x) => x));
        Assert.Throws<DTypeException>(() => Flow.Fori(0, 3, Tensor.Of(1.0), (_, x) => x.Cast(DType.Float32)));
    }

    static Lambda Loop(int trips, string kind) => Closed.Of(Inputs, x =>
    [
        kind == "while"
            ? Flow.While(
                (Tensor.Of(0L), x[1]), s => s.Item1 < trips, s => (s.Item1 + 1, Step(x[0], s.Item2, s.Item1))).Item2
            : Flow.Fori(Tensor.Of(0), Tensor.Of(trips), x[1], (i, h) => Step(x[0], h, i)),
    ]);

    static Lambda Unrolled(int trips) => Closed.Of(Inputs, x =>
        [Enumerable.Range(0, trips).Aggregate(x[1], (h, i) => Step(x[0], h, Tensor.Of((long)i)))]);

    static Tensor Step(Tensor w, Tensor h, Tensor i) => Tensor.Tanh(w * h) + (h * h * i.Cast(DType.Float64) / 10);

    static ImmutableArray<TensorType> Inputs => [new(DType.Float64, [3]), new(DType.Float64, [3])];
}
