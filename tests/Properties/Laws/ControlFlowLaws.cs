using System.Collections.Immutable;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// A loop is what it is unrolled, a choice is what is chosen: values, both derivatives, batches, on the machine too.
/// </summary>
public class ControlFlowLaws
{
    public static TheoryData<int, bool> Loops =>
        new() { { 0, false }, { 1, false }, { 2, true }, { 5, false }, { 5, true } };

    static readonly Shape Cell = [3];

    [Theory]
    [MemberData(nameof(Loops))]
    public void AScanIsTheLoopUnrolled(int length, bool reverse)
    {
        Law.AreSame(Loop(length, reverse), Unrolled(length, reverse));
        Law.AreSame(Derived.Jvp(Loop(length, reverse)), Derived.Jvp(Unrolled(length, reverse)));
        Law.AreSame(Derived.Vjp(Loop(length, reverse)), Derived.Vjp(Unrolled(length, reverse)));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public void SecondDerivativesOfAScanAreThoseOfTheLoopUnrolled(int length, bool reverse)
    {
        var (loop, unrolled) = (Loop(length, reverse), Unrolled(length, reverse));
        Law.AreSame(Derived.Jvp(Derived.Vjp(loop)), Derived.Jvp(Derived.Vjp(unrolled)));
        Law.AreSame(Derived.Vjp(Derived.Vjp(loop)), Derived.Vjp(Derived.Vjp(unrolled)));
        Law.AreSame(Derived.Vjp(Derived.Jvp(loop)), Derived.Vjp(Derived.Jvp(unrolled)));
        Law.AreSame(Derived.Jvp(Derived.Jvp(loop)), Derived.Jvp(Derived.Jvp(unrolled)));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public void ABatchOfScansIsTheBatchOfLoopsUnrolled(int length, bool reverse)
    {
        var (loop, unrolled) = (Loop(length, reverse), Unrolled(length, reverse));
        foreach (ImmutableArray<bool> batched in new ImmutableArray<bool>[]
        {
            [true, false, false], [false, true, false], [false, false, true], [true, true, true], [true, false, true],
        })
        {
            Law.AreSame(Derived.Vmap(loop, 2, batched), Derived.Vmap(unrolled, 2, batched));
            Law.AreSame(Derived.Vjp(Derived.Vmap(loop, 2, batched)), Derived.Vjp(Derived.Vmap(unrolled, 2, batched)));
            ImmutableArray<bool> withCts = [.. batched, .. loop.Results.Select(_ => true)];
            Law.AreSame(Derived.Vmap(Derived.Vjp(loop), 2, withCts), Derived.Vmap(Derived.Vjp(unrolled), 2, withCts));
        }
    }

    // What the step takes from outside gets its share of the gradient from every step.
    [Theory]
    [MemberData(nameof(Loops))]
    public void CapturedTensorsAreDifferentiated(int length, bool reverse)
    {
        Tensor Loss(Tensor w, bool isLoop)
        {
            var twice = w * 2;
            var xs = Tensor.Iota(DType.Float64, [length, 3], 1) * 0.25 + Tensor.Iota(DType.Float64, [length, 3], 0);
            var start = Tensor.Zeros(Cell, DType.Float64);
            if (isLoop)
            {
                var scanned = Flow.Scan(start, xs, (h, x) => (Tensor.Tanh((h * twice) + x), h * w), reverse);
                return (scanned.Carry * scanned.Carry).Sum() + scanned.Ys.Sum();
            }
            var (carry, total) = (start, Tensor.Of(0.0));
            foreach (var i in Scan.Steps(length, reverse))
            {
                total += (carry * w).Sum();
                carry = Tensor.Tanh((carry * twice) + xs[i]);
            }
            return (carry * carry).Sum() + total;
        }

        var w = Tensor.Of([0.3, -0.7, 1.1]);
        foreach (var d in new Func<Func<Tensor, Tensor>, Tensor, Tensor>[]
        {
            (f, x) => f(x), (f, x) => Diff.Grad(x, f), (f, x) => Diff.Hvp(x, Tensor.Of([1.0, 2, 3]), f),
            (f, x) => Diff.Grad(x, t => (Diff.Grad(t, f) * t).Sum()),
            (f, x) => Diff.Vmap(t => Diff.Grad(t, f))(Tensor.Stack([x, -x])),
        })
        {
            Near.Relative(
                1e-12, d(x => Loss(x, isLoop: false), w).ToArray<double>(),
                d(x => Loss(x, isLoop: true), w).ToArray<double>(), "captured");
        }
    }

    // The carry begins as a constant, which the first steps do not know yet to move.
    [Fact]
    public void ACarryThatStartsConstantMovesLater()
    {
        Tensor Sums(Tensor x) => Flow.Scan(
            (Tensor.Of(0.0), Tensor.Of(1.0)), x, (s, a) => ((s.Item1 + a, s.Item2 * s.Item1 + a), s.Item2)).Ys.Sum();
        Tensor Unrolled(Tensor x)
        {
            var (s, p, total) = (Tensor.Of(0.0), Tensor.Of(1.0), Tensor.Of(0.0));
            for (var i = 0; i < x.Shape[0]; i++)
                (total, s, p) = (total + p, s + x[i], (p * s) + x[i]);
            return total;
        }

        var x = Tensor.Of([0.5, -1.5, 2, 0.75]);
        Assert.Equal(Diff.Grad(x, Unrolled).ToArray<double>(), Diff.Grad(x, Sums).ToArray<double>());
        Near.Relative(
            1e-14, Diff.Hessian(Unrolled)(x).ToArray<double>(), Diff.Hessian(Sums)(x).ToArray<double>(), "Hessian");
    }

    // What has a rule for reverse alone is differentiated in a loop as it is outside of one.
    [Fact]
    public void AFunctionWithAReverseRuleMayStandInALoop()
    {
        var square = Diff.CustomVjp<Tensor, Tensor, Tensor>(x => x * x, x => (x * x, x), (x, ct) => 3 * x * ct);
        var xs = Tensor.Of([0.5, -1.5, 2, 0.75]);
        var gradient = Diff.Grad(xs, t => Flow.Scan(Tensor.Of(1.0), t, (s, x) => (s + square(s * x), s)).Carry);
        var unrolled = Diff.Grad(xs, t => t.Unstack().Aggregate(Tensor.Of(1.0), (s, x) => s + square(s * x)));
        Near.Relative(1e-14, unrolled.ToArray<double>(), gradient.ToArray<double>(), "a custom rule in a loop");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ACondIsTheBranchChosen(bool chosen)
    {
        var (cond, branch) = (Chosen(chosen), Branch(chosen));
        Law.AreSame(cond, branch);
        Law.AreSame(Derived.Jvp(cond), Derived.Jvp(branch));
        Law.AreSame(Derived.Vjp(cond), Derived.Vjp(branch));
        Law.AreSame(Derived.Vjp(Derived.Jvp(cond)), Derived.Vjp(Derived.Jvp(branch)));
        Law.AreSame(Derived.Jvp(Derived.Vjp(cond)), Derived.Jvp(Derived.Vjp(branch)));
        Law.AreSame(Derived.Vjp(Derived.Vjp(cond)), Derived.Vjp(Derived.Vjp(branch)));
        Law.AreSame(Derived.Vmap(cond, 3, [true, false]), Derived.Vmap(branch, 3, [true, false]));
    }

    // Each example has a condition of its own; the branch not taken sends nothing, whatever it computes.
    [Fact]
    public void EachExampleOfABatchTakesItsOwnBranch()
    {
        static Tensor F(Tensor x) => Flow.Cond(x > 0, x, t => Tensor.Sqrt(t) * t, t => Tensor.Exp(t));
        var x = Tensor.Of([-1.0, 4, 0, 9]);
        Near.Relative(1e-15, [Math.Exp(-1), 8, 1, 27], Diff.Vmap(F)(x).ToArray<double>(), "values");
        Near.Relative(1e-15, [Math.Exp(-1), 3, 1, 4.5], Diff.Vmap(Diff.Grad(F))(x).ToArray<double>(), "gradients");
        Near.Relative(
            1e-15, [Math.Exp(-1), 3, 1, 4.5], Diff.Grad(x, t => Diff.Vmap(F)(t).Sum()).ToArray<double>(),
            "gradient of the batch");
        Near.Relative(
            1e-15, [Math.Exp(-1), 0.375, 1, 0.25], Diff.Vmap(Diff.Grad(t => Diff.Grad(t, F)))(x).ToArray<double>(),
            "second");
    }

    // The branch that is not taken is not run: an index outside would be an error.
    [Fact]
    public void TheOtherBranchIsNotRun()
    {
        static Tensor Pick(Tensor x, Tensor i) => Flow.Cond(i < 3, x, t => t.Take(i), t => t.Sum());
        Assert.Equal(6, Pick(Tensor.Of([1.0, 2, 3]), Tensor.Of(7L)).Item());
        Assert.Equal(2, Pick(Tensor.Of([1.0, 2, 3]), Tensor.Of(1L)).Item());
        Assert.Equal([0, 1, 0], Diff.Grad(Tensor.Of([1.0, 2, 3]), x => Pick(x, Tensor.Of(1L))).ToArray<double>());
        Assert.Equal([1, 1, 1], Diff.Grad(Tensor.Of([1.0, 2, 3]), x => Pick(x, Tensor.Of(7L))).ToArray<double>());
    }

    [Fact]
    public void LoopsInLoopsAndChoicesInLoops()
    {
        static Tensor F(Tensor x) => Flow.Scan(x.Sum(), x, (s, a) =>
        {
            var inner = Flow.Scan(s, x, (t, b) => (Tensor.Sin(t + (a * b)), t)).Carry;
            return (Flow.Cond(inner > 0, inner, u => u * a, u => u - s), inner);
        }).Ys.Sum();
        static Tensor Unrolled(Tensor x)
        {
            var (s, total) = (x.Sum(), Tensor.Of(0.0));
            for (var i = 0; i < x.Shape[0]; i++)
            {
                var inner = s;
                for (var k = 0; k < x.Shape[0]; k++)
                    inner = Tensor.Sin(inner + (x[i] * x[k]));
                total += inner;
                s = Tensor.Where(inner > 0, inner * x[i], inner - s);
            }
            return total;
        }

        var x = Tensor.Of([0.5, -1.5, 0.75]);
        Near.Relative(1e-13, Unrolled(x).ToArray<double>(), F(x).ToArray<double>(), "value");
        Near.Relative(1e-13, Diff.Grad(x, Unrolled).ToArray<double>(), Diff.Grad(x, F).ToArray<double>(), "gradient");
        Near.Relative(
            1e-12, Diff.Hessian(Unrolled)(x).ToArray<double>(), Diff.Hessian(F)(x).ToArray<double>(), "Hessian");
        var batch = Tensor.Stack([x, -x, x * 2]);
        Near.Relative(
            1e-13, Diff.Vmap(t => Diff.Grad(t, Unrolled))(batch).ToArray<double>(),
            Diff.Vmap(t => Diff.Grad(t, F))(batch).ToArray<double>(), "batch");
    }

    /// <summary>A loop over xs with a carry h and a constant w, of which xs and h also enter what is stacked.</summary>
    static Lambda Loop(int length, bool reverse) => Closed.Of(Inputs(length), x =>
    {
        var scanned = Flow.Scan(x[1], x[2], (h, a) => Step(x[0], h, a), reverse);
        return [scanned.Carry, scanned.Ys];
    });

    static Lambda Unrolled(int length, bool reverse) => Closed.Of(Inputs(length), x =>
    {
        var (h, ys) = (x[1], new Tensor[length]);
        foreach (var i in Scan.Steps(length, reverse))
            (h, ys[i]) = Step(x[0], h, x[2][i]);
        return [h, length == 0 ? Tensor.Zeros([0, 3], DType.Float64) : Tensor.Stack(ys)];
    });

    static (Tensor Carry, Tensor Y) Step(Tensor w, Tensor h, Tensor a)
    {
        var next = Tensor.Tanh((w * h) + a);
        return (next, (next * Tensor.Sin(a)) + (h * h));
    }

    static ImmutableArray<TensorType> Inputs(int length) =>
        [new(DType.Float64, Cell), new(DType.Float64, Cell), new(DType.Float64, Cell.Insert(0, length))];

    static Lambda Chosen(bool chosen) => Closed.Of([new(DType.Float64, Cell), new(DType.Float64, Cell)], x =>
        [Flow.Cond(Tensor.Of(chosen), x[0], a => Tensor.Sin(a) * x[1], a => a + Tensor.Exp(x[1] * a))]);

    static Lambda Branch(bool chosen) => Closed.Of([new(DType.Float64, Cell), new(DType.Float64, Cell)], x =>
        [chosen ? Tensor.Sin(x[0]) * x[1] : x[0] + Tensor.Exp(x[1] * x[0])]);
}
