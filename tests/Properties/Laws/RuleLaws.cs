using System.Collections.Immutable;
using DistGrad.Properties.Generators;
using DistGrad.Simplify;
using DistGrad.Verification;
using FsCheck.Fluent;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>What the simplifier must satisfy: each rule on its own, and the rewriter on whole programs.</summary>
public class RuleLaws
{
    static readonly Shape Vector = [4];

    public static TheoryData<string> AllRules => [.. Rules.Table.Select(r => r.ToString())];

    [Theory]
    [MemberData(nameof(AllRules))]
    public void EachRuleKeepsValuesOfEveryDTypeForWhichItHolds(string name)
    {
        var rule = Rules.Table.Single(r => r.ToString() == name);
        var dtypes = DTypes.All.Where(d => rule.Holds?.Invoke(d) ?? true)
            .Where(d => Instance.Of(rule.Pattern, d, Vector, 1) is not null)
            .ToList();
        Assert.NotEmpty(dtypes);
        foreach (var dtype in dtypes)
            Law.Holds(60, random => KeepsValues(rule, dtype, random));
    }

    [Theory]
    [MemberData(nameof(AllRules))]
    public void TheRewriterAppliesEachRule(string name)
    {
        var rule = Rules.Table.Single(r => r.ToString() == name);
        var dtype = DTypes.All.First(
            d => (rule.Holds?.Invoke(d) ?? true) && Instance.Of(rule.Pattern, d, Vector, 1) is not null);
        var (left, parameters) = Instance.Of(rule.Pattern, dtype, Vector, 1.5)!.Value;
        var program = new Lambda("rule", parameters, [left]);
        var simple = Rewriter.Simplify(program);
        Assert.NotSame(left.Source, simple.Results[0].Source);
        Law.Holds(20, random => SameValues(program, simple, Arguments(parameters, random), rule.IsExact, name));
    }

    // x * 0, x + 0, x - x and x / x are not what they are in the reals: -0, infinities and NaN pass through them.
    [Fact]
    public void WhatHoldsOfRealNumbersAloneIsNotApplied()
    {
        foreach (var dtype in new[] { DType.Float64, DType.Float32 })
        {
            var x = Tensor.Parameter(new(dtype, Vector), "x");
            Tensor[] expressions =
                [x * 0, 0 * x, x + 0, 0 + x, x - x, x / x, 0 - x, x * -0.0, x + 1 - 1, Tensor.Sqrt(x * x)];
            foreach (var y in expressions)
            {
                var program = new Lambda("reals", [x], [y]);
                var simple = Rewriter.Simplify(program);
                Law.Holds(
                    20,
                    random => SameValues(program, simple, Arguments([x], random), isExact: true, program.ToString()));
            }
        }
    }

    [Fact]
    public void WhatIsRepeatedIsComputedOnce()
    {
        var x = Tensor.Parameter(new(DType.Float64, [40, 1]), "x");
        var y = Tensor.Parameter(new(DType.Float64, []), "y");
        var z = Tensor.Parameter(new(DType.Float64, [40, 50]), "z");
        Tensor Wide(Tensor a) => a.BroadcastTo([40, 50]);
        var program = new Lambda("repeated", [x, y, z], [z * (Tensor.Exp(Wide(x)) / Wide(y))]);
        var simple = Rewriter.Simplify(program);
        Assert.Equal([[40, 1], [40, 1], [40, 50]], Computed(simple).Select(n => n.Results[0].Shape.ToArray()));
        Law.Holds(20, random => SameValues(program, simple, Arguments([x, y, z], random), isExact: true, "repeated"));

        // Of columns and rows together nothing is repeated.
        var row = Tensor.Parameter(new(DType.Float64, [50]), "row");
        var outer = Rewriter.Simplify(new("outer", [x, row], [Wide(x) * Wide(row)]));
        Assert.Equal([[40, 50]], Computed(outer).Select(n => n.Results[0].Shape.ToArray()));

        static IEnumerable<Application> Computed(Lambda f) => f.Body.Where(n => n.Operation is Elementwise);
    }

    [Fact]
    public void FoldingConstantsKeepsValues() => Law.Holds(150, Programs.WithInputs(Programs.Any()), c =>
    {
        // The inputs are literals, so all that is exact is folded as far as it is small.
        var program = new Lambda("constants", [], [c.Program.Apply(c.Inputs)]);
        Near.Bits(Derived.Run(program), Derived.Run(Rewriter.Simplify(program)), "folded");
    });

    [Fact]
    public void SimplifyingKeepsValuesOfPrograms() => Law.Holds(80, Programs.Any(), p =>
    {
        var f = Closed.Of(p);
        foreach (var program in new[] { f, Derived.Vjp(f) })
        {
            var simple = Rewriter.Simplify(program);
            Law.Holds(
                3,
                random => SameValues(program, simple, Arguments(program.Parameters, random), isExact: true, "program"));
        }
    });

    [Fact]
    public void ASecondPassFindsNothingLarger() => Law.Holds(80, Programs.Any(), p =>
    {
        var f = Closed.Of(p);
        foreach (var program in new[] { f, Derived.Vjp(f), Derived.Jvp(Derived.Vjp(f)) })
        {
            var once = Rewriter.Simplify(program);
            Assert.True(Size(once) <= Size(program), $"from {Size(program)} to {Size(once)}");
            Assert.True(Size(Rewriter.Simplify(once)) <= Size(once));
        }
    });

    [Fact]
    public void NothingIsComputedTwice() => Law.Holds(80, Programs.Any(), p =>
    {
        var f = Closed.Of(p);
        // The program beside itself, built once more: sharing leaves one of the two.
        var (again, parameters) = (p.Apply(f.Parameters), f.Parameters);
        var once = Rewriter.Simplify(f);
        var twice = Rewriter.Simplify(new("twice", parameters, [f.Results[0], again]));
        Assert.Equal(Size(once), Size(twice));
        Assert.Same(twice.Results[0], twice.Results[1]);
        foreach (var same in twice.Body.GroupBy(n => (n.Operation, string.Join(",", n.Operands.Select(Identity)))))
            Assert.Single(same);
    });

    static int Identity(Tensor tensor) => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(tensor);

    /// <summary>How much is computed: constants and readings cost nothing.</summary>
    static int Size(Lambda program) => program.Body.Count(n => n.Operation is Primitive { IsFree: false });

    static void KeepsValues(Rule rule, DType dtype, Random random)
    {
        var drawn = Math.Round((random.NextDouble() - 0.5) * 40, 2);
        var constant = !dtype.IsFloat ? random.Next(1, 9) : drawn != 0 ? drawn : 1;
        var (left, parameters) = Instance.Of(rule.Pattern, dtype, Vector, constant)!.Value;
        var match = new Match();
        Assert.True(rule.Pattern.Fits(left, match), $"{rule} does not fit its own pattern");
        var right = rule.Replacement.Build(match, left, (operation, x) => Tensor.Apply(operation, x));
        SameValues(
            new("left", parameters, [left]), new("right", parameters, [right]), Arguments(parameters, random),
            rule.IsExact, $"{rule} of {dtype}");
    }

    static ImmutableArray<Value> Arguments(ImmutableArray<Tensor> parameters, Random random) =>
    [
        .. parameters.Select(p => p.DType.IsFloat ? new(p.Type)
                : p.DType == DType.Bool ? Domain.Bool(p.Shape)
                : new Domain(p.Type, -5, 6))
            .Select(d => Samples.WithExtremes(Samples.WithSpecials(Samples.Draw(d, random), random), random)),
    ];

    static void SameValues(Lambda left, Lambda right, ImmutableArray<Value> x, bool isExact, string of)
    {
        var (expected, found) = (Derived.Run(left, x), Derived.Run(right, x));
        if (isExact)
            Near.Bits(expected, found, of);
        else
            Near.Ulps(4, expected[0], found[0], of);
    }

    /// <summary>The expression that a pattern describes, on parameters in the places of its letters.</summary>
    sealed class Instance(Shape shape, double constant)
    {
        readonly Dictionary<string, Tensor> letters = [];

        /// <summary>
        /// Nothing when the pattern's primitives do not take this dtype, or it lacks a number of the pattern's.
        /// </summary>
        public static (Tensor Expression, ImmutableArray<Tensor> Parameters)? Of(
            Pattern pattern, DType dtype, Shape shape, double constant)
        {
            var instance = new Instance(shape, constant);
            try
            {
                return (instance.Build(pattern, dtype), [.. instance.letters.Values]);
            }
            catch (DistGradException)
            {
                return null;
            }
        }

        Tensor Build(Pattern pattern, DType dtype) => pattern switch
        {
            Pattern.Letter x => Letter(x.Name, dtype),
            Pattern.Condition q => Letter(q.Name, DType.Bool),
            Pattern.FiniteConstant => Tensor.Full(dtype, shape, constant),
            Pattern.Number n => n.Content != 0 || !double.IsNegative(n.Content) || dtype.IsFloat
                ? Tensor.Full(dtype, shape, n.Content)
                : throw new DTypeException("no integer is -0"),
            Pattern.Applied { Primitive: Where } where =>
                Tensor.Apply(
                    where.Primitive, Build(where.Operands[0], DType.Bool), Build(where.Operands[1], dtype),
                    Build(where.Operands[2], dtype)),
            Pattern.Applied { Primitive: Equal } equal =>
                Tensor.Apply(
                    equal.Primitive,
                    [
                        .. equal.Operands.Select(
                            o => Build(o, equal.Operands.Any(q => q is Pattern.Condition) ? DType.Bool : dtype)),
                    ]),
            Pattern.Applied applied =>
                Tensor.Apply(applied.Primitive, [.. applied.Operands.Select(o => Build(o, dtype))]),
            _ => throw new NotSupportedException($"{pattern.GetType().Name}: say how to build an instance of it"),
        };

        Tensor Letter(string name, DType dtype) =>
            letters.TryGetValue(name, out var known)
                ? known
                : letters[name] = Tensor.Parameter(new(dtype, shape), name);
    }
}
