using System.Collections.Immutable;
using DistGrad.Properties.Generators;
using DistGrad.Simplify;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>Loops and branches compute what is asked of them and no more, and that to the same bits.</summary>
public class DeadResultLaws
{
    private static readonly Shape Cell = [2];

    [Fact]
    public void AnyPartOfALoopsResultsIsComputedByAsMuchOfTheLoop()
    {
        var loop = Loop();
        foreach (var results in Subsets(loop.Results))
        {
            Lambda part = new("part", loop.Parameters, results);
            foreach (var program in new[] { part, Derived.Vjp(part), Derived.Jvp(part) })
                RequireTightAndEqual(program);
        }
    }

    [Fact]
    public void AnyPartOfABranchesResultsIsComputedByAsMuchOfTheBranch()
    {
        var branch = Branch();
        foreach (var results in Subsets(branch.Results))
            RequireTightAndEqual(new("part", branch.Parameters, results));
    }

    [Fact]
    public void WhatAloneADeadResultNeedsIsGoneInLoopsWithinLoopsToo()
    {
        var (h, x) = (Tensor.Parameter(new(DType.Float64, Cell), "h"), Tensor.Parameter(new(DType.Float64, Cell), "x"));
        var loop = Loop().Body.Single(n => n.Operation is Scan).Operation;
        var inner = Application.Of(loop, [h, x, h, x, Two(h), Two(x)]);
        Lambda body = new("outer", [h, x], [inner.Results[0], inner.Results[2]]);
        var (start, xs) = (Tensor.Parameter(h.Type, "start"), Tensor.Parameter(Two(x).Type, "xs"));
        var outer = Application.Of(new Scan(body, 0, 1, 2, false), [start, xs]);
        var simple = RequireTightAndEqual(new("nested", [start, xs], [outer.Results[0]]));
        var held = (Scan)Scans(simple).Single().Operation;
        Assert.Single(Scans(held.Body).Single().Results);
    }

    [Fact]
    public void AGradientByTheLastCarryKeepsNoStackOfResults()
    {
        var program = Diff.Trace(Tensor.Of([0.5, -1.0]), x => Diff.Grad(x, t => Flow.Scan(
            t, Tensor.Iota(DType.Float64, [5, 2], 0), (c, v) => (Tensor.Sin(c * v), Tensor.Exp(c) + v)).Carry.Sum()));
        var simple = RequireTightAndEqual(program);
        Assert.DoesNotContain(
            Scans(simple).SelectMany(n => ((Scan)n.Operation).Body.Body), n => n.Operation is Exp or Add);
    }

    // a needs itself alone, b both; the count is needed by the condition.
    [Fact]
    public void AnyPartOfAWhilesStatesIsComputedByAsMuchOfTheLoop()
    {
        static ImmutableArray<Tensor> Ends(Tensor x, Tensor w) => Flow.While(
            (Tensor.Of(0L), x, w), s => s.Item1 < 3,
            s => (s.Item1 + 1, Tensor.Sin(s.Item2), Tensor.Exp(s.Item2) * s.Item3))
            is var (_, a, b) ? [a, b] : [];
        ImmutableArray<Tensor> parameters = [.. Parameters(Cell, "x", "w")];
        var all = Ends(parameters[0], parameters[1]);
        foreach (var (results, states) in new[] { (all[..1], 2), (all[1..], 3), (all, 3) })
        {
            Lambda part = new("part", parameters, results);
            var simple = RequireTightAndEqual(part);
            Assert.Equal(states + 1, simple.Body.Single(n => n.Operation is While).Results.Length);
            foreach (var program in new[] { Derived.Vjp(part), Derived.Jvp(part), Derived.Vjp(Derived.Vjp(part)) })
                RequireTightAndEqual(program);
        }
    }

    // The total is in the carries, but the gradient of the end does not need it again.
    [Fact]
    public void AGradientByTheEndOfAWhileComputesNoTotalAgain()
    {
        var program = Diff.Trace(Tensor.Of([0.5, -1.0]), x => Diff.Grad(x, t => Flow.While(
            (Tensor.Of(0L), t, t), s => s.Item1 < 3,
            s => (s.Item1 + 1, Tensor.Sin(s.Item2), s.Item3 + Tensor.Exp(s.Item2))).Item2.Sum()));
        var simple = RequireTightAndEqual(program);
        var loops = (Sweeps)simple.Body.Single(n => n.Operation is Sweeps).Operation;
        Assert.Equal(2, loops.All.Length);
        Assert.DoesNotContain(loops.All.SelectMany(s => s.Body.Body), n => n.Operation is Exp);
        Assert.Equal([1, 1], loops.All.Select(s => s.Carries));
        Assert.Equal(1, loops.KeptCount);
    }

    private static Tensor Two(Tensor x) => Tensor.Stack([x, x]);

    private static IEnumerable<Application> Scans(Lambda program) => program.Body.Where(n => n.Operation is Scan);

    /// <summary>
    /// Two carries and two stacks: the first carry needs itself alone, the second both, the first stack the first
    /// carry and a slice, the second the second carry and a constant.
    /// </summary>
    private static Lambda Loop()
    {
        ImmutableArray<Tensor> inside = [.. Parameters(Cell, "k1", "k2", "a", "b", "x1", "x2")];
        var (k1, k2, a, b, x1, x2) = (inside[0], inside[1], inside[2], inside[3], inside[4], inside[5]);
        Lambda body = new(
            "step", inside, [Tensor.Tanh(a * k1), Tensor.Sin(b + a) * x2, Tensor.Exp(a) * x1, Tensor.Cos(b) * k2]);
        ImmutableArray<Tensor> outside =
            [.. Parameters(Cell, "k1", "k2", "a", "b"), .. Parameters(Cell.Insert(0, 2), "x1", "x2")];
        return new("loop", outside, Application.Of(new Scan(body, 2, 2, 2, false), outside).Results);
    }

    private static Lambda Branch()
    {
        ImmutableArray<Tensor> x = [.. Parameters(Cell, "x", "y")];
        ImmutableArray<Tensor> u = [.. Parameters(Cell, "u", "v")];
        var cond = new Cond(
            new("then", x, [Tensor.Sin(x[0]), x[1], x[0] * x[1]]), new("else", u, [u[0], Tensor.Exp(u[0]), u[1]]));
        var which = Tensor.Parameter(new(DType.Bool, []), "which");
        ImmutableArray<Tensor> outside = [which, .. Parameters(Cell, "x", "y")];
        return new("branch", outside, Application.Of(cond, outside).Results);
    }

    private static IEnumerable<Tensor> Parameters(Shape shape, params string[] names) =>
        names.Select(n => Tensor.Parameter(new(DType.Float64, shape), n));

    private static IEnumerable<ImmutableArray<Tensor>> Subsets(ImmutableArray<Tensor> all) =>
        Enumerable.Range(1, (1 << all.Length) - 1)
            .Select(mask => all.Where((_, i) => (mask >> i & 1) == 1).ToImmutableArray());

    private static Lambda RequireTightAndEqual(Lambda program)
    {
        var simple = Rewriter.Simplify(program);
        RequireTight(simple);
        Law.Holds(3, random =>
        {
            ImmutableArray<Value> x = [.. program.Parameters.Select(p => Samples.Draw(DomainOf(p), random))];
            Near.Bits(Derived.Run(program, x), Derived.Run(simple, x), program.ToString());
        });
        return simple;
    }

    private static Domain DomainOf(Tensor p) => p.DType == DType.Bool ? Domain.Bool(p.Shape) : new(p.Type);

    /// <summary>Each result of a loop or branch is used, and so is each operand but the start of a carry.</summary>
    private static void RequireTight(Lambda program)
    {
        var used = program.Body.SelectMany(n => n.Operands).Concat(program.Results)
            .ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var node in program.Body)
        {
            var (held, carries) = node.Operation switch
            {
                Scan scan => (new[] { scan.Body }, scan.Carries),
                Cond cond => ([cond.Then, cond.Else], 0),
                _ => ([], 0),
            };
            if (held.Length == 0)
                continue;
            Assert.All(node.Results.Skip(carries), r => Assert.Contains(r, used));
            for (var i = 0; i < held[0].Parameters.Length; i++)
            {
                var isCarry = node.Operation is Scan s && i >= s.Constants && i < s.Constants + s.Carries;
                Assert.True(isCarry || held.Any(h => IsRead(h, h.Parameters[i])), $"operand {i} of\n{program}");
            }
            foreach (var inner in held)
                RequireTight(inner);
        }
    }

    private static bool IsRead(Lambda program, Tensor parameter) =>
        program.Body.SelectMany(n => n.Operands).Concat(program.Results).Any(t => ReferenceEquals(t, parameter));
}
