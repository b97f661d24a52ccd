using System.Collections.Immutable;
using DistGrad.Learn;
using DistGrad.Trees;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// A function applied again and again in memory of its own is, seen from outside, the fold of the function compiled.
/// </summary>
public class IterationLaws
{
    private static readonly Tensor X = Tensor.Of([1.5, -2, 0.25]);

    // What becomes of a leaf: computed, kept, moved to another place, given twice, constant; of any dtype, or empty.
    private static readonly Dictionary<string, Func<Wide, Tensor, Wide>> Functions = new()
    {
        ["computed"] = (s, x) => s with { A = s.A * x, B = s.B + s.A },
        ["kept"] = (s, x) => s with { B = s.B - x },
        ["swapped"] = (s, x) => s with { A = s.B, B = s.A },
        ["moved round"] = (s, x) => s with { A = s.B, B = s.A + s.B + x },
        ["given twice"] = (s, x) => s with { A = s.A * s.B, B = s.A * s.B },
        ["the input"] = (s, x) => s with { A = x, B = s.A },
        ["constant"] = (s, x) => s with { A = Tensor.Of([1.0, 2, 3]), Count = Tensor.Of(7L) },
        ["counted"] = (s, x) =>
            s with { Count = s.Count + 1, Flag = Tensor.Not(s.Flag), A = Tensor.Where(s.Flag, s.A, x) },
    };

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory, MemberData(nameof(Names))]
    public void AnIterationIsTheFoldOfTheFunctionCompiled(string name)
    {
        var f = Functions[name];
        var start = new Wide(
            Tensor.Of([0.1, 0.2, 0.3]), Tensor.Of([3.0, -1, 2]), Tensor.Of(0L), Tensor.Of(true), Tensor.Zeros([0, 2]));
        var compiled = Diff.Compile(f);
        foreach (var threads in new[] { 1, 2 })
        {
            using var iteration = Diff.Iterate(start, f, threads);
            var expected = start;
            AssertSame(expected, iteration.State);
            for (var step = 1; step <= 5; step++)
            {
                // Inputs at other places, of which some are no literal.
                var x = step % 2 == 0 ? X + step : Tensor.Of([step, 0.5, -step]);
                iteration.Step(x);
                AssertSame(expected = compiled(expected, x), iteration.State);
                Assert.Equal(step, iteration.Steps);
            }
        }
    }

    [Fact]
    public void WithoutInputsToo()
    {
        var f = (Wide s) => Functions["moved round"](s, X);
        var start = new Wide(X, X + 1, Tensor.Of(0L), Tensor.Of(true), Tensor.Zeros([0, 2]));
        using var iteration = Diff.Iterate(start, f);
        for (var step = 0; step < 4; step++)
        {
            iteration.Step();
            start = Diff.Compile(f)(start);
        }
        AssertSame(start, iteration.State);
    }

    [Theory, InlineData(1), InlineData(2)]
    public void TrainingIsTheFoldOfItsStep(int threads)
    {
        var optimiser = Optimiser.Adam(0.01);
        var (model, loss) = (Perceptron(), (Func<Mlp, Batch, Tensor>)Error);
        using var iteration = Training.Iterate(model, optimiser, loss, threads);
        var (step, trained) = (Training.Step(optimiser, loss, threads), iteration.State);
        Assert.True(double.IsNaN(trained.Loss.Item()));
        for (var i = 0; i < 6; i++)
        {
            // Every third batch is of another size.
            var batch = Drawn(i, i % 3 == 2 ? 5 : 8);
            iteration.Step(batch);
            trained = step(trained.Model, trained.State, batch);
        }
        AssertSame(trained, iteration.State);
    }

    [Fact]
    public void WarmStepsAllocateNothing()
    {
        using var records = Training.Iterate(Perceptron(), Optimiser.Adam(0.01), (Func<Mlp, Batch, Tensor>)Error);
        using var pairs = Diff.Iterate(
            (W: X, Loss: Tensor.Of(0.0)),
            ((Tensor W, Tensor Loss) s, (Tensor X, Tensor Y) p) => (s.W - (0.1 * p.X * s.W), (s.W * p.Y).Sum()));
        using var alone = Diff.Iterate(X, x => x * 0.5);
        Batch[] batches = [Drawn(0, 8), Drawn(1, 8), Drawn(2, 8)];
        Assert.Equal(0, Allocated(i => records.Step(batches[i % 3])));
        Tensor[] points = [X, X.Reshape(3).Evaluate(), Tensor.Of([0.0, 1, 2])];
        Assert.Equal(0, Allocated(i => pairs.Step((points[i % 3], points[(i + 1) % 3]))));
        Assert.Equal(0, Allocated(_ => alone.Step()));
    }

    [Fact]
    public void WhatWasReadNeverChanges()
    {
        using var iteration = Diff.Iterate(X, x => x + 1);
        iteration.Step();
        var read = iteration.State;
        var elements = read.ToArray<double>();
        Assert.Same(read, iteration.State);
        iteration.Step();
        iteration.Step();
        Assert.Equal(elements, read.ToArray<double>());
        Assert.Equal((X + 3).ToValue(), iteration.State.ToValue());
    }

    [Fact]
    public void AStepThatThrowsChangesNothing()
    {
        using var iteration = Diff.Iterate(X, (Tensor x, Tensor i) => x + x.Gather(i, 0));
        iteration.Step(Tensor.Of([0L, 1, 2]));
        var before = iteration.State.ToValue();
        Assert.Throws<IndexException>(() => iteration.Step(Tensor.Of([0L, 1, 3])));
        Assert.Equal(1, iteration.Steps);
        Assert.Equal(before, iteration.State.ToValue());
        iteration.Step(Tensor.Of([2L, 1, 0]));
        Assert.Equal(2, iteration.Steps);
    }

    [Fact]
    public void AStateIsTakenToOneLikeIt()
    {
        Assert.Contains("differ in structure", Fails<TreeException, ImmutableArray<Tensor>>([X], x => [.. x, .. x]));
        Assert.Contains("float64[1, 3]", Fails<ShapeException, Tensor>(X, x => x.Reshape(1, 3)));
        Assert.Contains("Cast it", Fails<DTypeException, Tensor>(X, x => x.Cast(DType.Float32)));
        Assert.Contains("0 threads", Assert.Throws<OptionException>(() => Diff.Iterate(X, x => x, threads: 0)).Message);
        Diff.Trace(X, x =>
        {
            Assert.Throws<OpenTensorException>(() => Diff.Iterate(x, y => y));
            using var iteration = Diff.Iterate(X, (Tensor s, Tensor y) => s + y);
            Assert.Throws<OpenTensorException>(() => iteration.Step(x));
            return x;
        });
    }

    [Fact]
    public void MemoryIsGivenBackOnce()
    {
        var iteration = Diff.Iterate(X, (Tensor x, Tensor y) => x + y);
        iteration.Step(X);
        var last = iteration.State;
        iteration.Dispose();
        iteration.Dispose();
        Assert.Throws<ObjectDisposedException>(() => iteration.Step(X));
        Assert.Equal((X + X).ToValue(), last.ToValue());
    }

    // The quick way of reading leaves finds what the walk finds, or says that it cannot tell.
    [Fact]
    public void LeavesOfTypesOfOneStructureAreThoseOfTheWalk()
    {
        AssertReads(X, 1);
        AssertReads((X, X + 1), 2);
        AssertReads(Tuple.Create(X, (X + 1, X + 2)), 3);
        AssertReads(new Batch(X, X + 1), 2);
        AssertReads((new Batch(X, X + 1), new { A = X + 2 }), 3);
        AssertReads(ImmutableArray.Create(X), 0);
        AssertReads((X, 5), 0);
        AssertReads(Perceptron(), 0);
        Assert.False(FixedLeaves<Batch>.TryRead(new Labelled(X, X, X), new Tensor?[2]));
        Assert.False(FixedLeaves<Batch>.TryRead(new Batch(X, null!), new Tensor?[2]));
        Assert.False(FixedLeaves<Batch>.TryRead(null!, new Tensor?[2]));
        Assert.Equal(0, FixedLeaves<Chain>.Count);
    }

    private static void AssertReads<T>(T value, int count)
    {
        Assert.Equal(count, FixedLeaves<T>.Count);
        var leaves = new Tensor?[count];
        Assert.Equal(count > 0, FixedLeaves<T>.TryRead(value, leaves));
        if (count > 0)
            Assert.True(Tree.Flatten(value).Leaves.Zip(leaves).All(p => ReferenceEquals(p.First, p.Second)));
    }

    private static string Fails<TError, T>(T start, Func<T, T> f) where TError : Exception
    {
        using var iteration = Diff.Iterate(start, f);
        var message = Assert.Throws<TError>(iteration.Step).Message;
        Assert.Equal(0, iteration.Steps);
        return message;
    }

    /// <summary>
    /// Bytes that calls allocate on this thread once they are warm, which takes some: a loop that has become hot, for
    /// one, asks for its compilation.
    /// </summary>
    private static long Allocated(Action<int> call)
    {
        const int Calls = 50;
        const int Attempts = 100;
        var allocated = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && allocated > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
                call(i);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        return allocated;
    }

    private static void AssertSame<T>(T expected, T actual)
    {
        var (x, y) = (Tree.Flatten(expected), Tree.Flatten(actual));
        Assert.Equal(x.Structure, y.Structure);
        Assert.Equal(x.Leaves.Select(l => l.ToValue()), y.Leaves.Select(l => l.ToValue()));
    }

    private static Mlp Perceptron() => Mlp.Create(Key.Of(1), [3, 16, 2], Tensor.Tanh);

    private static Tensor Error(Mlp model, Batch batch) => Loss.SquaredError(model.Apply(batch.X), batch.Y);

    private static Batch Drawn(int seed, int count)
    {
        var (x, y) = Key.Of(seed).Split();
        return new(Draw(x, 3), Draw(y, 2));

        Tensor Draw(Key key, int width) => Tensor.Normal(key, [count, width], DType.Float32).Evaluate();
    }

    private sealed record Wide(Tensor A, Tensor B, Tensor Count, Tensor Flag, Tensor Empty);

    private record Batch(Tensor X, Tensor Y);

    private sealed record Labelled(Tensor X, Tensor Y, Tensor Label) : Batch(X, Y);

    private sealed record Chain(Tensor Head, Chain? Tail);
}
