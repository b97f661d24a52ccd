using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Properties.Generators;
using DistGrad.Verification;
using FsCheck.Fluent;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>What transforms, simplifier and machine must satisfy on random programs of many primitives.</summary>
public class ProgramLaws
{
    /// <summary>What a model is made of: the laws of this class must have met all of it.</summary>
    static readonly string[] Common =
    [
        "neg", "add", "sub", "mul", "div", "strong_mul", "sin", "cos", "tanh", "sigmoid", "softplus", "erf", "atan",
        "exp", "log", "log1p", "sqrt", "rsqrt", "pow", "relu", "abs", "expm1", "maximum", "minimum", "less", "equal",
        "where", "atan2", "sum", "max", "min", "matmul", "reshape", "permute", "broadcast", "flip", "slice", "pad",
        "concat", "gather", "scatter_add", "stop_gradient", "iota",
    ];

    [Fact]
    public void TheGradientIsThatOfDifferences()
    {
        var coverage = new Coverage();
        Law.Holds(150, Cases(), c =>
        {
            var f = Closed.Total(c.Program);
            var random = new Random(c.Program.ToString().Length);
            var (x, dx) = (Inputs(c), Samples.Directions(f.Parameters, random));
            var difference = Derived.Difference(f, x, dx);
            coverage.Count(difference is not null, "settled");
            if (difference is not null)
                Near.Relative(1e-6, difference, Derived.Flat(Derived.Run(Derived.Jvp(f), [.. x, .. dx])), "jvp");
        });
        // The programs are smooth but at single points; NaN may not arise.
        coverage.Require(0.8, "settled");
    }

    [Fact]
    public void ReverseIsTheTransposeOfForward()
    {
        var coverage = new Coverage();
        Law.Holds(200, Cases(), c =>
        {
            var f = Closed.Of(c.Program);
            var (jvp, vjp) = (Derived.Jvp(f), Derived.Vjp(f));
            coverage.Count(Primitives(f, jvp, vjp));
            var random = new Random(c.Program.ToString().Length);
            var (v, w) = (Samples.Directions(f.Parameters, random), Samples.Directions(f.Results, random));
            var left = Dot(Derived.Flat(Derived.Run(jvp, [.. Inputs(c), .. v])), Derived.Flat(w));
            var right = Dot(Derived.Flat(v), Derived.Flat(Derived.Run(vjp, [.. Inputs(c), .. w])));
            Assert.True(
                Math.Abs(left.Sum - right.Sum) <= 1e-10 * (1e-3 + left.Size + right.Size),
                $"<Jv, w> = {left.Sum:R}, <v, J'w> = {right.Sum:R}");
        });
        coverage.Require(0.005, Common);
    }

    [Fact]
    public void TheGradientOfABatchIsTheBatchOfGradients() => Law.Holds(80, Cases(), c =>
    {
        const int Size = 3;
        var f = Closed.Of(c.Program);
        ImmutableArray<bool> all = [.. f.Parameters.Select(_ => true)];
        var (left, right) =
            (Derived.Vjp(Derived.Vmap(f, Size, all)), Derived.Vmap(Derived.Vjp(f), Size, [.. all, true]));
        Assert.Equal(left.Parameters.Select(p => p.Type), right.Parameters.Select(p => p.Type));
        var x = Samples.Directions(left.Parameters, new Random(c.Program.ToString().Length));
        Near.Relative(
            1e-10, Derived.Flat(Derived.Run(left, x)), Derived.Flat(Derived.Run(right, x)), "gradients of a batch");
        // The first example's results are those of the example alone.
        var batch = Derived.Flat(Derived.Run(Derived.Vmap(f, Size, all), x[..f.Parameters.Length]));
        var first = Derived.Flat(
            Derived.Run(
                f, [.. x[..f.Parameters.Length].Select((v, i) => Value.Pick(v, f.Parameters[i].Shape, k => k))]));
        Near.Relative(1e-12, first, batch[..first.Length], "the first of a batch");
    });

    [Fact]
    public void ForwardOverReverseIsReverseOverForward() => Law.Holds(80, Cases(), c =>
    {
        var f = Closed.Total(c.Program);
        var (x, n) = (Inputs(c), f.Parameters.Length);
        var v = Samples.Directions(f.Parameters, new Random(c.Program.ToString().Length));
        var (one, zero) = (Value.Scalar(DType.Float64, 1), Value.Scalar(DType.Float64, 0));
        var forwardOverReverse = Derived.Run(Derived.Jvp(Derived.Vjp(f)), [.. x, one, .. v, zero]);
        var reverseOverForward = Derived.Run(Derived.Vjp(Derived.Jvp(f)), [.. x, .. v, one])[..n];
        Near.Relative(1e-9, Derived.Flat(forwardOverReverse), Derived.Flat(reverseOverForward), "H v");
    });

    [Fact]
    public void TheMachineDoesWhatTheInterpreterDoesOnAnyNumberOfThreads()
    {
        using var two = new Workers(2);
        var (coverage, choices) = (new Coverage(), new Choices());
        Law.Holds(120, Cases(), c =>
        {
            var f = Closed.Of(c.Program);
            foreach (var program in new[] { f, Derived.Vjp(f), Derived.Jvp(Derived.Vjp(f)) })
            {
                coverage.Count(Primitives(program));
                ImmutableArray<Value> x =
                    [
                        .. Inputs(c),
                        .. Samples.Directions(
                            program.Parameters.Skip(f.Parameters.Length), new Random(c.Program.ToString().Length)),
                    ];
                var machine = Machine.Of(program);
                var found = machine.Run(x, Workers.Single);
                choices.Agrees(
                    program, 1e-10, Derived.Flat(Derived.Run(program, x)), Derived.Flat(found), "the machine");
                Near.Bits(found, machine.Run(x, two), "two threads");
            }
        });
        coverage.Require(0.005, Common);
        choices.RequireFew();
    }

    [Fact]
    public void SinglePrecisionFollowsDouble()
    {
        var choices = new Choices();
        Law.Holds(80, Cases(), c =>
        {
            var f = Closed.Of(c.Program);
            ImmutableArray<Value> rounded = [.. c.Inputs.Select(t => t.Cast(DType.Float32).ToValue())];
            ImmutableArray<Value> widened =
                [.. c.Inputs.Select(t => t.Cast(DType.Float32).Cast(DType.Float64).ToValue())];
            var narrow = Closed.Of(
                [.. f.Parameters.Select(p => p.Type with { DType = DType.Float32 })], x => [c.Program.Apply(x)]);
            Assert.All(narrow.Results, r => Assert.Equal(DType.Float32, r.DType));
            choices.Agrees(
                f, 1e-3, Derived.Flat(Derived.Run(f, widened)),
                Derived.Flat(Machine.Of(narrow).Run(rounded, Workers.Single)), "float32");
        });
        choices.RequireFew();
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.Float64)]
    public void ThreadsNeverChangeABit(DType dtype)
    {
        // Large enough that every kernel shares its work.
        var f = Closed.Of([new(dtype, [150, 401]), new(dtype, [401, 190])], x =>
        {
            var (a, b) = (x[0], x[1]);
            var product = a.MatMul(b);
            var wide = Tensor.Tanh((a.Unsqueeze(0) * 0.5) + a[..1].Unsqueeze(0)).BroadcastTo([2, 150, 401]);
            return
            [
                product, product.Sum(), product.Sum(0), product.Sum(1), a.Sum(), wide.Sum(0, 2), wide.Mean(),
                a.LogSumExp(), a.Softmax(0), a.Max(0), Tensor.Exp(b).SwapAxes(), b.ArgMax(),
                Tensor.Concat([a, a.Flip()], 0), a.Pad([1, 2], [3, 4], 0.5),
                a.Take(Tensor.Of(Enumerable.Range(0, 3000).Select(i => (long)(i * 7 % 150))), 0).Sum(0),
            ];
        });
        var reverse = Derived.Vjp(f);
        var random = new Random(7);
        ImmutableArray<Workers> pools = [new(2), new(3)];
        foreach (var program in new[] { f, reverse })
        {
            var x = program.Parameters.Select(p => Samples.Direction(p.Type, random)).ToImmutableArray();
            var machine = Machine.Of(program);
            var alone = machine.Run(x, Workers.Single);
            foreach (var workers in pools)
            {
                Near.Bits(alone, machine.Run(x, workers), $"{program.Name} on {workers.Threads} threads");
                Near.Bits(alone, machine.Run(x, workers), $"{program.Name} again on {workers.Threads} threads");
            }
        }
        foreach (var workers in pools)
            workers.Dispose();
    }

    /// <summary>
    /// Results that may differ because rounding turned a choice, such as which of two equal numbers is the larger: few,
    /// and only of programs that choose.
    /// </summary>
    sealed class Choices
    {
        static readonly string[] Choosing = ["less", "maximum", "minimum", "max", "min", "relu", "abs", "equal"];
        readonly Coverage coverage = new();

        public void Agrees(Lambda program, double tolerance, double[] expected, double[] found, string of)
        {
            try
            {
                Near.Relative(tolerance, expected, found, of);
                coverage.Count("agree");
            }
            catch (Xunit.Sdk.XunitException) when (Primitives(program).Intersect(Choosing).Any())
            {
                coverage.Count();
            }
        }

        public void RequireFew() => coverage.Require(0.97, "agree");
    }

    static FsCheck.Arbitrary<ProgramCase> Cases() => Programs.WithInputs(Programs.Any(operations: 14));

    static ImmutableArray<Value> Inputs(ProgramCase c) => [.. c.Inputs.Select(t => t.ToValue())];

    static IEnumerable<string> Primitives(params Lambda[] programs) =>
        programs.SelectMany(p => p.Body).Select(n => n.Operation.Name);

    static (double Sum, double Size) Dot(double[] x, double[] y) =>
        (x.Zip(y, (a, b) => a * b).Sum(), x.Zip(y, (a, b) => Math.Abs(a * b)).Sum());
}
