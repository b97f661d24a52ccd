using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Execute.Straight;
using DistGrad.Plan;
using DistGrad.Properties.Generators;
using DistGrad.Verification;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>A straight method is a way of running a small program: it changes no bit of it.</summary>
public class StraightLaws
{
    /// <summary>How a random function of two vectors becomes a program.</summary>
    private static readonly Dictionary<string, Func<Step, Tensor, Tensor, Tensor>> Forms = new()
    {
        ["alone"] = (f, x, y) => f(x, y),
        ["while"] = (f, x, y) => Flow.While(
            (x, y, Tensor.Of(0L)), s => Tensor.And(s.Item3 < 5, Size(s.Item1) < 4),
            s => (f(s.Item1, s.Item2), s.Item1 + s.Item2, s.Item3 + 1)).Item1,
        ["scan"] = (f, x, y) => Flow.Scan(
            x, Tensor.Stack([y, x, x + y]), (s, row) => (f(s, row), s * row)) is var z
            ? z.Carry + z.Ys.Sum(0) + z.Ys[1] : x,
        ["backwards"] = (f, x, y) => Flow.Scan(
            x, Tensor.Stack([y, x, x + y]), (s, row) => (f(s, row), s * row), reverse: true) is var z
            ? z.Carry + z.Ys[0] : x,
        ["choice"] = (f, x, y) => Flow.Cond(Size(x) < 1, (x, y), p => f(p.x, p.y), p => f(p.y, p.x) - p.x),
        ["loops in loops"] = (f, x, y) => Flow.While(
            (x, y, Tensor.Of(0L)), s => s.Item3 < 3,
            s =>
            {
                var inner = Flow.While(
                    (s.Item1, Tensor.Of(0)), t => t.Item2.Cast(DType.Int64) < s.Item3 + 1,
                    t => (f(t.Item1, s.Item2), t.Item2 + 1)).Item1;
                return (
                    Flow.Cond(Size(inner) < 2, (inner, y), p => p.inner * p.y, p => Tensor.Tanh(p.inner)),
                    s.Item1, s.Item3 + 1);
            }).Item1,
        ["picked"] = (f, x, y) => Flow.Fori(0, 3, x, (i, s) =>
            f(s, y) + Tensor.Concat([s, y]).Take(
                Tensor.Stack([.. Enumerable.Range(0, x.Shape[0]).Select(e => e % 2 == 0 ? i : 3 - i)]))),
    };

    private delegate Tensor Step(Tensor x, Tensor y);

    /// <summary>Of two elements, numbers; of more, vectors, whose last is full or not.</summary>
    public static TheoryData<string, DType, int> FormsTypesAndLengths =>
        new(from form in Forms.Keys
            from dtype in new[] { DType.Float64, DType.Float32 }
            from length in new[] { 2, 8, 10 }
            select (form, dtype, length));

    [Theory]
    [MemberData(nameof(FormsTypesAndLengths))]
    public void AStraightMethodHasTheBitsOfTheMachine(string form, DType dtype, int length)
    {
        var (coverage, vectors, meant) = (new Coverage(), new Coverage(), new Coverage());
        var random = new Random(7);
        Law.Holds(length == 2 ? 25 : 10, Programs.On([[length], [length]], operations: 6, dtype), p =>
        {
            TensorType type = new(dtype, [length]);
            var f = Closed.Of([type, type], x => [Forms[form](Bounded(p), x[0], x[1])]);
            foreach (var program in new[] { f, Derived.Jvp(f), Derived.Vjp(f), Derived.Jvp(Derived.Vjp(f)) })
            {
                var pair = new Pair(program);
                coverage.Count(pair.IsStraight, "straight");
                vectors.Count(pair.IsStraight && HasVectors(program), "vectors");
                var x = Samples.Directions(program.Parameters, random);
                pair.Agree(x, $"{form} of {p}");
                pair.Agree([.. x.Select(v => Samples.WithSpecials(v, random))], $"{form} of {p}, special");
                // Rounding may turn a choice, or the last trip of a loop; as a rule it does not.
                if (dtype == DType.Float64 && pair.IsStraight)
                    meant.Count(IsMeant(program, x, pair.Straight), "meant");
            }
        });
        coverage.Require(0.8, "straight");
        if (length > 2)
            vectors.Require(0.4, "vectors");
        meant.Require(0.97, "meant");
    }

    /// <summary>Every primitive that can be straight, over its specimens.</summary>
    [Fact]
    public void StraightPrimitivesHaveTheBitsOfTheMachine()
    {
        var random = new Random(11);
        var met = new HashSet<Type>();
        foreach (var specimen in Samples.Names.Select(Samples.Find).Where(s => s.Primitive is not CustomLinear))
        {
            var pair = new Pair(Samples.Program(specimen));
            if (!pair.IsStraight)
                continue;
            met.Add(specimen.Primitive.GetType());
            for (var round = 0; round < 10; round++)
            {
                var x = Samples.Operands(specimen, random);
                pair.Agree(x, specimen.Primitive.Name);
                pair.Agree([.. x.Select(v => Samples.WithSpecials(v, random))], $"{specimen.Primitive.Name}, special");
            }
        }
        Type[] missing =
        [
            .. PrimitiveTable.All.Select(e => e.Type).Where(t => Execute.Loops.LaneTable.Has(t) && !met.Contains(t)),
            .. new[]
            {
                typeof(Sum), typeof(Max), typeof(Min), typeof(MatMul), typeof(Gather), typeof(ScatterAdd),
                typeof(CumSum), typeof(Pad), typeof(Concat), typeof(While), typeof(Scan), typeof(Cond), typeof(Sweeps),
            }.Where(t => !met.Contains(t)),
        ];
        Assert.Empty(missing);
    }

    /// <summary>
    /// Every function of lanes as straight methods apply it to vectors, full ones or not, of every kind of number.
    /// </summary>
    [Fact]
    public void FunctionsOfVectorsHaveTheBitsOfTheMachine()
    {
        var random = new Random(13);
        var met = new HashSet<(Type, DType)>();
        foreach (var specimen in Samples.Names.Select(Samples.Find))
        {
            if (specimen.Primitive is not Elementwise { IsOfLanes: true } ||
                !specimen.Operands.Any(o => o.Type.DType.IsFloat))
                continue;
            foreach (var length in new[] { 5, 8, 14, 16, 31, StraightSize.LargestValue })
            {
                ImmutableArray<Tensor> parameters =
                    [.. specimen.Operands.Select(o => Tensor.Parameter(o.Type with { Shape = [length] }, "x"))];
                Lambda program = new(
                    specimen.Primitive.Name, parameters, Application.Of(specimen.Primitive, parameters).Results);
                var pair = new Pair(program);
                Assert.True(HasVectors(program), $"{specimen.Primitive.Name} of {length}");
                met.Add((specimen.Primitive.GetType(), specimen.Operands[^1].Type.DType));
                ImmutableArray<Value> x = [.. specimen.Operands.Select(o => Samples.Draw(o, [length], random))];
                pair.Agree(x, specimen.Primitive.Name);
                pair.Agree([.. x.Select(v => Samples.WithSpecials(v, random))], $"{specimen.Primitive.Name}, special");
            }
        }
        Assert.Empty(
            from entry in PrimitiveTable.All
            where typeof(Elementwise).IsAssignableFrom(entry.Type) && Execute.Loops.LaneTable.Has(entry.Type)
            from dtype in new[] { DType.Float64, DType.Float32 }
            where !met.Contains((entry.Type, dtype))
            select (entry.Type, dtype));
    }

    /// <summary>What is done element by element has numbers of vectors, and vectors have numbers of it.</summary>
    [Theory]
    [InlineData(DType.Float64, 5)]
    [InlineData(DType.Float64, 14)]
    [InlineData(DType.Float32, 14)]
    [InlineData(DType.Float32, 32)]
    public void VectorsAndNumbersBecomeEachOther(DType dtype, int length)
    {
        static Tensor Mixed(Tensor x, Tensor y)
        {
            var (both, n) = (x * y, x.Shape[0]);
            var isLess = both < y;
            var turned = Tensor.Where(isLess.Flip(0), both.Flip(0), x) - both.CumSum(0);
            var joined = Tensor.Concat([both.Narrow(0, 1, n - 1), y.Narrow(0, 0, 1)]);
            var picked = both.Take(Tensor.Iota(DType.Int64, [n], 0).Flip(0));
            return Tensor.Tanh(turned + joined) + (picked * both.Sum()) +
                Tensor.Where(isLess, Tensor.Full(x.DType, [n], 0.25), both) - both.Max();
        }

        TensorType type = new(dtype, [length]);
        var random = new Random(17);
        var once = Closed.Of([type, type], x => [Mixed(x[0], x[1])]);
        var looped = Closed.Of([type, type], x => [Flow.While(
            (x[0], Tensor.Of(0L)), s => s.Item2 < 4, s => (Mixed(s.Item1, x[1]) / 4, s.Item2 + 1)).Item1]);
        foreach (var f in new[] { once, looped })
        {
            foreach (var program in new[] { f, Derived.Jvp(f), Derived.Vjp(f) })
            {
                var pair = new Pair(program);
                Assert.True(pair.IsStraight && HasVectors(program));
                pair.Agree(Samples.Directions(program.Parameters, random), "mixed");
            }
        }
    }

    /// <summary>What is known of a number spares work, and no rounding, sign or NaN.</summary>
    [Fact]
    public void KnownNumbersChangeNoBit()
    {
        double[] known = [0, 1, -1, -0.0, 0.5, double.PositiveInfinity, double.NaN, 2];
        foreach (var dtype in new[] { DType.Float64, DType.Float32 })
        {
            var literal = Tensor.Of(Value.FromDoubles(dtype, [known.Length], i => known[i]));
            foreach (var primitive in new Primitive[]
                {
                    new Add(), new Sub(), new Mul(), new StrongMul(), new Div(), new Maximum(), new Less(),
                    new LessOrEqual(), new Equal(),
                })
            {
                var pair = new Pair(Closed.Of([literal.Type], x =>
                [
                    .. Application.Of(primitive, x[0], literal).Results,
                    .. Application.Of(primitive, literal, x[0]).Results,
                    Tensor.Where(literal < 1, x[0], literal),
                ]));
                foreach (var special in known.Concat([-2.5, double.NegativeInfinity, double.Epsilon]))
                    pair.Agree([Value.FromDoubles(dtype, literal.Shape, _ => special)], $"{primitive.Name} {special}");
            }
        }
    }

    /// <summary>What a trip computes is computed where there is one, and what all share before the first.</summary>
    [Fact]
    public void ATripIsComputedInItsPlace()
    {
        static Tensor Loop(Tensor x, Tensor w) => Flow.While(
            (x, Tensor.Of(0L)), s => s.Item2 < 9, s => ((s.Item1 * Tensor.Exp(w)) - w, s.Item2 + 1)).Item1;
        TensorType scalar = new(DType.Float64, Shape.Scalar);
        var steps = StraightBuilder.Build(Lowering.Lower(Closed.Of([scalar, scalar], x => [Loop(x[0], x[1])])))
            .Whole.Steps;
        Block[] blocks = [.. Assert.Single(steps.OfType<Loop>()).Held];
        Assert.Equal([1, 3], blocks.Select(b => b.Steps.Count));
        Assert.Equal(StraightFunction.CallWeight, steps.OfType<Apply>().Max(a => a.Weight));
    }

    // Longer ones fall into parts; those beyond the bounds are left to the machine.
    [Theory]
    [InlineData(100, 1, true)]
    [InlineData(700, 1, true)]
    [InlineData(2500, 1, false)]
    [InlineData(300, 3, true)]
    [InlineData(1, StraightSize.LargestValue, true)]
    [InlineData(20, StraightSize.LargestValue, true)]
    [InlineData(300, StraightSize.LargestValue, true)]
    [InlineData(1, StraightSize.LargestValue + 1, false)]
    public void LongProgramsFallIntoParts(int operations, int length, bool isStraight)
    {
        Tensor F(Tensor x, Tensor y)
        {
            var (a, b) = (x, y);
            for (var i = 0; i < operations; i++)
                (a, b) = (b, i % 50 == 49 ? Tensor.Tanh(a) : ((a * 0.75) - (b / (1.5 + (i % 3)))) + x);
            return a + b;
        }

        TensorType type = new(DType.Float64, [length]);
        var random = new Random(3);
        var straight = Closed.Of([type, type], x => [F(x[0], x[1])]);
        var looped = Closed.Of([type, type], x => [Flow.Fori(0, 3, x[0], (i, s) => F(s, x[1]) - s)]);
        foreach (var program in new[] { straight, looped })
        {
            var pair = new Pair(program);
            Assert.Equal(isStraight, pair.IsStraight);
            // Parts are held by the methods that call them.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            pair.Agree(Samples.Directions(program.Parameters, random), $"{operations} operations");
        }
    }

    // Elements that do not lie as vectors do are numbers; with many of them the machine is faster.
    [Theory]
    [InlineData(2, true)]
    [InlineData(20, false)]
    public void ManyNumbersAreLeftToTheMachine(int operations, bool isStraight)
    {
        TensorType type = new(DType.Float64, [StraightSize.LargestValue]);
        var f = Closed.Of([type], x =>
        {
            var y = x[0].Flip(0);
            for (var i = 0; i < operations; i++)
                y = (y * 0.75) + i;
            return [y];
        });
        Assert.Equal(isStraight, new Pair(f).IsStraight);
    }

    // A long axis lies in memory, before, behind and within the loop.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LoopsRunAlongArraysOfAnyLength(bool reverse)
    {
        const int Length = 300;
        static Tensor Along(Tensor x, Tensor w, bool reverse)
        {
            var first = Flow.Scan(w, x.Flip(0), (s, row) => (Tensor.Sin(s * row) + row[0], s - row[1]), reverse);
            var second = Flow.Scan(first.Carry, first.Ys, (s, row) => (s - (row / 3), s * row), !reverse);
            return second.Carry + first.Ys[2] + x[Length - 1];
        }

        var f = Closed.Of(
            [new(DType.Float64, [Length, 2]), new(DType.Float64, [2])], x => [Along(x[0], x[1], reverse)]);
        var stacked = Closed.Of(
            [new(DType.Float64, [Length, 2]), new(DType.Float64, [2])],
            x => [.. Flow.Scan(x[1], x[0], (s, row) => (Tensor.Cos(s) + row, s * row), reverse) is var z
                ? new[] { z.Ys, z.Carry } : []]);
        var random = new Random(5);
        foreach (var program in new[] { f, stacked })
        {
            var pair = new Pair(program);
            Assert.True(pair.IsStraight);
            pair.Agree(Samples.Directions(program.Parameters, random), "along an axis");
        }
    }

    [Fact]
    public void AnIndexOutsideIsTheMachinesToRefuse()
    {
        var program = Closed.Of(
            [new(DType.Float64, [3]), new(DType.Int64, [2])], x => [x[0].Take(x[1])]);
        var pair = new Pair(program);
        Assert.True(pair.IsStraight);
        var x = Value.FromDoubles(DType.Float64, [3], i => i);
        pair.Agree([x, Value.FromLongs(DType.Int64, [2], i => 2 - i)], "within");
        foreach (var outside in new[] { 3L, -1, long.MaxValue })
        {
            Assert.Throws<IndexException>(() => pair.Straight.Run(
                [x, Value.FromLongs(DType.Int64, [2], i => i == 0 ? 1 : outside)], Workers.Single));
        }
    }

    // What is kept of all trips would not fit, so the machine computes some of it again.
    [Fact]
    public void WhatDoesNotFitIsTheMachinesToRun()
    {
        var site = new StraightSite(64, 1);
        Assert.NotEqual(0, site.Reserve(0, 1000, 8));
        Assert.Equal(0, site.Reserve(0, long.MaxValue, 8));
        Assert.Equal(0, site.Reserve(0, (Execute.Kernels.SweepsKernel.Budget / 8) + 1, 8));
    }

    [Fact]
    public unsafe void AWarmRunAllocatesNothing()
    {
        static Tensor Loop(Tensor x) => Flow.While(
            (x, Tensor.Of(0L)), s => s.Item2 < 20, s => (Tensor.Sin(s.Item1) + x, s.Item2 + 1)).Item1;
        var straight = new Pair(Diff.Trace(Tensor.Of([0.5, 2]), x => Diff.Grad(x, t => Loop(t).Sum()))).Straight;
        double* x = stackalloc double[2], y = stackalloc double[2];
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
                straight.Run([(nint)x], [(nint)y], Workers.Single);
            if (round == 2)
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    /// <summary>What was run for long enough is compiled by itself, loops in larger programs included.</summary>
    [Fact]
    public void WhatRunsLongIsCompiledByItself()
    {
        static Tensor Loop(Tensor x) => Flow.While(
            (x, Tensor.Of(0L)), s => s.Item2 < 2000, s => (Tensor.Sin(s.Item1) + x, s.Item2 + 1)).Item1;
        var large = Tensor.Iota(DType.Float64, [1000], 0);
        foreach (var f in new Func<Tensor, Tensor>[] { Loop, x => Loop(x) + large.Sum(), x => Loop(x) * (large + x) })
        {
            var machine = new Machine(Planner.Plan(Diff.Trace(Tensor.Of(0.5), f)));
            ImmutableArray<Value> x = [Tensor.Of(0.5).ToValue()];
            var expected = machine.Run(x, Workers.Single);
            var deadline = DateTime.UtcNow.AddSeconds(30);
            for (var isSlow = true; isSlow;)
            {
                var before = StraightTier.InstructionsRun;
                Near.Bits(expected, machine.Run(x, Workers.Single), "in time");
                isSlow = StraightTier.InstructionsRun - before > 100;
                Assert.True(DateTime.UtcNow < deadline, "still run by the machine");
            }
        }
    }

    // Of a program that falls into parts, what these hand over to each other.
    private static bool HasVectors(Lambda program) => StraightBuilder.Build(Lowering.Lower(program)).Whole.Steps
        .SelectMany(s => s.Reads.Concat(s.Writes)).Any(x => x.Lane is not null);

    private static bool IsMeant(Lambda program, ImmutableArray<Value> x, Machine machine)
    {
        var (meant, found) = (
            Derived.Flat(Interpreter.Run(program, x)), Derived.Flat(machine.Run(x, Workers.Single)));
        return meant.Zip(found).All(p =>
            p.First.Equals(p.Second) || Math.Abs(p.First - p.Second) <= 1e-8 * (1 + Math.Abs(p.First)));
    }

    /// <summary>The same program as a machine alone runs it, and as straight methods do.</summary>
    private sealed class Pair
    {
        private readonly Machine machine;

        public Pair(Lambda program)
        {
            machine = new(Planner.Plan(program, isStraight: false));
            Straight = new(Planner.Plan(program));
            Straight.Compile();
        }

        public Machine Straight { get; }

        public bool IsStraight => Straight.IsStraight;

        public void Agree(ImmutableArray<Value> x, string of)
        {
            var expected = machine.Run(x, Workers.Single);
            var before = StraightTier.InstructionsRun;
            Near.Bits(expected, Straight.Run(x, Workers.Single), of);
            // A method that gives up would compare the machine with itself.
            if (IsStraight)
                Assert.Equal(before + 1, StraightTier.InstructionsRun);
        }
    }

    // What a random program gives, as a vector of two that does not grow from trip to trip.
    private static Step Bounded(RandomProgram program) => (x, y) => Tensor.Tanh(program.Total(x, y)) - (x / 2);

    private static Tensor Size(Tensor x) => Tensor.Abs(x).Sum();
}
