using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Plan;
using DistGrad.Properties.Generators;
using DistGrad.Verification;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Loops and tiles are ways of computing what the program says: they change no bit of it, however large the arrays are
/// and whichever way a loop is run.
/// </summary>
public class FusionLaws
{
    public static TheoryData<string> Models => [.. Large.Keys];

    /// <summary>Functions over arrays of odd sizes that are worth tiling, with their gradients.</summary>
    private static readonly Dictionary<string, (Func<Tensor, Tensor, Tensor> Of, Shape X, Shape Y)> Large = new()
    {
        ["softmax"] = ((x, y) => x.Softmax() * y, [1037, 301], [301]),
        ["log-softmax along the front"] = ((x, y) => x.LogSoftmax(0) * y, [301, 1037], [1037]),
        ["normalisation"] = ((x, y) => Normalised(x) * y, [1037, 301], [301]),
        ["normalisation, wide"] = ((x, y) => Normalised(x) * y, [300, 1500], [1500]),
        ["normalisation of three axes"] = ((x, y) => Normalised(x) * y, [67, 41, 150], [150]),
        // Rows of whole vectors, but not of whole rounds of accumulators.
        ["normalisation of whole vectors"] = ((x, y) => Normalised(x) * y, [700, 400], [400]),
        ["rows that are read again"] = (
            (x, y) => (x.Reshape(50, 20, 48) * y).Softmax().Reshape(x.Shape), [1000, 48], [50, 1, 48]),
        ["normalisation of powers of two"] = ((x, y) => Normalised(x) * y, [1024, 256], [256]),
        ["a column for each row"] = ((x, y) => Tensor.Tanh(x * y) / (1 + (x * x)), [700, 600], [700, 1]),
        ["rows and columns"] = ((x, y) => Tensor.Sigmoid(x) + (Tensor.Sin(y) * x.Sum([1], true)), [900, 310], [310]),
        // What a product gives is read by the first of a tile's loops alone, and the last writes as much.
        ["groups of a product"] = (
            (x, y) => (y[0, ..25] - Tensor.Square(x.MatMul(y[2..]) - y[1]).Reshape(x.Shape[0], 25, -1).Sum(2))
                .LogSumExp(1),
            [476, 10], [12, 250]),
        ["one long row"] = ((x, y) => Tensor.Exp(-x * x) * y, [400_003], [1]),
        // Accumulators lie side by side, and the last vector of each reaches beyond its columns.
        ["two sums of the same columns"] = (
            (x, y) => y * Tensor.Exp(x).Sum(0) / (1 + (x * x).Sum(0)), [1200, 301], [301]),
        // Threads and tiles meet within a cache line, and within a vector.
        ["short rows"] = ((x, y) => (x * y).Softmax() + Tensor.Exp(x * y), [5000, 10], [10]),
        ["normalisation of short rows"] = ((x, y) => Normalised(x) * y, [20_000, 7], [7]),
        ["narrow columns"] = ((x, y) => Tensor.Exp(-x * x) * y, [40_000, 7], [7]),
        ["chosen"] = ((x, y) => Tensor.Where(x * x < y, x, Tensor.Abs(y) - x), [999, 333], [333]),
        ["read backwards"] = ((x, y) => x.Flip(0) * Tensor.Exp(y) * x.Flip(1), [640, 480], [480]),
        ["read turned"] = ((x, y) => x * Tensor.Exp(x.Permute(1, 0)) * y, [480, 480], [480]),
    };

    [Fact]
    public void FusingChangesNoBit()
    {
        var coverage = new Coverage();
        Law.Holds(150, Programs.WithInputs(Programs.Any(operations: 20)), c =>
        {
            var f = Closed.Of(c.Program);
            var program = Lowering.Lower(Derived.Vjp(f));
            var fused = Fusion.Fuse(program);
            var loops = fused.Body.Select(n => n.Operation).OfType<Fused>().ToArray();
            coverage.Count(
                loops.SelectMany(l => l.Body.Results).Any(r => r.Source.Operation is Reduction)
                    ? "a reduction in a loop"
                    : "none",
                loops.Any(l => l.Body.Body.Length > 2) ? "several in a loop" : "none",
                loops.Any(l => l.Body.Results.Length > 1) ? "several results" : "none");
            ImmutableArray<Value> x =
            [
                .. c.Inputs.Select(t => t.ToValue()),
                .. Samples.Directions(
                    program.Parameters.Skip(f.Parameters.Length), new Random(c.Program.ToString().Length)),
            ];
            Near.Bits(Interpreter.Run(program, x), Interpreter.Run(fused, x), "fused");
            var machine = Machine.Of(program);
            var interpreted = machine.Run(x, Workers.Single);
            machine.Compile();
            Near.Bits(interpreted, machine.Run(x, Workers.Single), "compiled");
        });
        coverage.Require(0.2, "a reduction in a loop", "several in a loop", "several results");
    }

    /// <summary>
    /// The runtime's compiler inlines no more into a method that has 512 variables. Of a loop these are the operands'
    /// and the applications' values, three more of each strong product, and the operands' and the results' addresses.
    /// </summary>
    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    public void NoLoopHasMoreVariablesThanItsFunctionsAreInlinedInto(int n, bool isSplit)
    {
        var matrix = Uniform(n, [n, n, 50], DType.Float64);
        var program = Diff.Trace(
            matrix, a => Diff.Grad(a, x => Expanded([.. x.Unstack().Select(r => r.Unstack().ToArray())]).Sum()));
        var loops = Fusion.Fuse(Lowering.Lower(program)).Body.Where(l => l.Operation is Fused).ToArray();
        Assert.All(loops, l => Assert.InRange(Variables(l), 0, 511));
        Assert.Equal(isSplit, loops.Sum(Variables) > 1024);
        var machine = Machine.Of(program);
        var interpreted = machine.Run([matrix.ToValue()], Workers.Single);
        machine.Compile();
        Near.Bits(interpreted, machine.Run([matrix.ToValue()], Workers.Single), "compiled");

        static int Variables(Application loop) =>
            ((Fused)loop.Operation).Body.Body.Sum(a => a.Operation is StrongMul ? 4 : 1) +
            (2 * loop.Operands.Length) + loop.Results.Length;

        // The determinant by its first row.
        static Tensor Expanded(Tensor[][] rows) => rows.Length == 1
            ? rows[0][0]
            : rows[0].Select((x, j) => (j % 2 == 0 ? x : -x) *
                Expanded([.. rows[1..].Select(row => row.Where((_, column) => column != j).ToArray())]))
                .Aggregate((x, y) => x + y);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void TilesThreadsAndCompilationChangeNoBit(string name)
    {
        var (f, xShape, yShape) = Large[name];
        using var two = new Workers(2);
        using var three = new Workers(3);
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            var (x, y) = (Uniform(1, xShape, dtype), Uniform(2, yShape, dtype));
            var program = Diff.Trace(
                Tuple.Create(x, y), p => Diff.ValueAndGrad(p, q => f(q.Item1, q.Item2).Sum()));
            ImmutableArray<Value> arguments = [x.ToValue(), y.ToValue()];
            var whole = new Machine(Planner.Plan(program, isTiled: false));
            var expected = whole.Run(arguments, Workers.Single);
            if (dtype == DType.Float64)
                Near.Relative(
                    1e-9, Derived.Flat(Near.Sampled(Interpreter.Run(program, arguments))),
                    Derived.Flat(Near.Sampled(expected)), name);
            var tiled = new Machine(Planner.Plan(program));
            var passing = new Machine(Planner.Plan(program, caches: 0));
            for (var round = 0; round < 2; round++)
            {
                foreach (var workers in new[] { Workers.Single, two, three })
                {
                    Near.Bits(expected, whole.Run(arguments, workers), $"{name}, {workers.Threads} threads");
                    Near.Bits(expected, tiled.Run(arguments, workers), $"{name}, tiled, {workers.Threads} threads");
                    Near.Bits(expected, passing.Run(arguments, workers), $"{name}, past, {workers.Threads} threads");
                }
                whole.Compile();
                tiled.Compile();
                passing.Compile();
            }
        }
    }

    [Fact]
    public void WhatIsNotReadAgainIsWrittenPastTheCaches()
    {
        var x = Tensor.Zeros([1024, 256], DType.Float32);
        var program = Diff.Trace((x, x), p =>
        {
            var (y, pullback) = Diff.Vjp(p.Item1, z => z.Softmax());
            return (y, pullback(p.Item2));
        });
        Assert.All(Planner.Plan(program).Instructions, i => Assert.Null(i.Traffic));
        var instructions = Planner.Plan(program, caches: 0).Instructions.Where(i => i.Primitive is Fused).ToArray();
        var read = instructions.SelectMany(i => i.Operands).Select(o => o.Buffer).ToHashSet();
        Assert.All(
            instructions.SelectMany(i => i.Results.Zip(i.Traffic!.IsPassing)),
            r => Assert.False(r.Second && read.Contains(r.First.Buffer)));
        Assert.Equal(2, instructions.Sum(i => i.Traffic!.IsPassing.Count(p => p)));
        // The next tile of both arguments is asked for once.
        Assert.Equal(2, instructions.Sum(i => i.Traffic!.Ahead.Count(a => a > 0)));
    }

    /// <summary>Functions of vectors that are not full would cost more than is gained.</summary>
    [Theory]
    [InlineData(3, 10, false, true)]
    [InlineData(3, 127, true, true)]
    [InlineData(300, 10, false, true)]
    [InlineData(300, 10, true, false)]
    [InlineData(300, 127, true, false)]
    [InlineData(300, 128, true, true)]
    public void ShortRowsAreReducedInALoopWithWhatIsSimple(int rows, int width, bool isFunction, bool isTogether)
    {
        var x = Tensor.Parameter(new(DType.Float32, [rows, width]), "x");
        var plan = Planner.Plan(new("f", [x], [(isFunction ? Tensor.Exp(x) : x * x).Sum(1), x.Max([1])]));
        Assert.Equal(isTogether, plan.Instructions is [{ Primitive: Fused { Reduced: not null } }, ..]);
    }

    [Fact]
    public void LargeArraysAreTiled()
    {
        string[] tiled = [.. Large.Where(l => IsTiled(l.Value)).Select(l => l.Key)];
        Assert.Superset(
            new HashSet<string>
            {
                "softmax", "normalisation", "normalisation, wide", "normalisation of three axes",
                "normalisation of powers of two",
            },
            tiled.ToHashSet());

        static bool IsTiled((Func<Tensor, Tensor, Tensor> Of, Shape X, Shape Y) model) => !Planner.Plan(Diff.Trace(
            Tuple.Create(Tensor.Zeros(model.X, DType.Float64), Tensor.Zeros(model.Y, DType.Float64)),
            p => Diff.Grad(p, q => model.Of(q.Item1, q.Item2).Sum()))).Tilings.IsEmpty;
    }

    private static Tensor Normalised(Tensor x)
    {
        var centred = x - x.Mean([-1], keepDims: true);
        return centred * Tensor.Rsqrt((centred * centred).Mean([-1], keepDims: true) + 1e-5);
    }

    private static Tensor Uniform(long seed, Shape shape, DType dtype) =>
        ((2 * Tensor.Uniform(Key.Of(seed), shape, dtype)) - 1).Evaluate();
}
