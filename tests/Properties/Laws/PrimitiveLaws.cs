using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>What each primitive's rules must satisfy, over the table of primitives and their specimens.</summary>
public class PrimitiveLaws
{
    // Differences at steps of 1e-4: extrapolated, the truncation is far below, and rounding gives 1e-11.
    const double DifferenceTolerance = 1e-6;

    public static TheoryData<string> Specimens => [.. Samples.Names];

    public static TheoryData<string> SmoothSpecimens => [.. Samples.Names.Where(n => IsSmooth(Samples.Find(n)))];

    /// <summary>Those with a forward rule: a function with a reverse rule of the user's own has none.</summary>
    public static TheoryData<string> ForwardSpecimens =>
        [.. Samples.Names.Where(n => HasTangents(Samples.Find(n)) && Samples.Find(n).Primitive is not CustomVjp)];

    public static TheoryData<string> DoubleSpecimens =>
        [
            .. Samples.Names.Where(
                n => HasTangents(Samples.Find(n)) && IsSmooth(Samples.Find(n)) && !IsNarrow(Samples.Find(n))),
        ];

    [Theory]
    [MemberData(nameof(Specimens))]
    public void TheShapeRuleForetellsTheType(string name)
    {
        var (specimen, f) = Program(name);
        Law.Holds(3, random =>
        {
            var results = Derived.Run(f, Samples.Operands(specimen, random));
            Assert.Equal(f.Results.Select(r => r.Type), results.Select(v => new TensorType(v.DType, v.Shape)));
        });
    }

    [Theory]
    [MemberData(nameof(DoubleSpecimens))]
    public void DerivativesAreThoseOfDifferences(string name)
    {
        var (specimen, f) = Program(name);
        AgreesWithDifferences(8, f, random => Samples.Operands(specimen, random));
    }

    [Theory]
    [MemberData(nameof(DoubleSpecimens))]
    public void SecondDerivativesAreThoseOfDifferences(string name)
    {
        var (specimen, f) = Program(name);
        var reverse = Derived.Vjp(f);
        AgreesWithDifferences(3, reverse, random =>
            [.. Samples.Operands(specimen, random), .. Samples.Directions(Derived.Floats(f.Results), random)]);
        if (specimen.Primitive is CustomVjp)
            return;
        var forward = Derived.Jvp(f);
        AgreesWithDifferences(3, forward, random =>
            [.. Samples.Operands(specimen, random), .. Samples.Directions(Derived.Floats(f.Parameters), random)]);
    }

    [Theory]
    [MemberData(nameof(ForwardSpecimens))]
    public void ReverseIsTheTransposeOfForward(string name)
    {
        var (specimen, f) = Program(name);
        IsAdjoint(6, f, IsNarrow(specimen), random => Samples.Operands(specimen, random));
    }

    [Theory]
    [MemberData(nameof(ForwardSpecimens))]
    public void ReverseIsTheTransposeOfForwardInSecondOrder(string name)
    {
        var (specimen, f) = Program(name);
        IsAdjoint(3, Derived.Vjp(f), IsNarrow(specimen), random =>
            [.. Samples.Operands(specimen, random), .. Samples.Directions(Derived.Floats(f.Results), random)]);
        IsAdjoint(3, Derived.Jvp(f), IsNarrow(specimen), random =>
            [.. Samples.Operands(specimen, random), .. Samples.Directions(Derived.Floats(f.Parameters), random)]);
    }

    [Theory]
    [MemberData(nameof(ForwardSpecimens))]
    public void ForwardIsLinearInTheTangent(string name)
    {
        var (specimen, f) = Program(name);
        var jvp = Derived.Jvp(f);
        var moving = Derived.Floats(f.Parameters);
        Law.Holds(4, random =>
        {
            var x = Samples.Operands(specimen, random);
            var (u, v) = (Samples.Directions(moving, random), Samples.Directions(moving, random));
            var (a, b) = (random.NextDouble() - 0.5, 2 * random.NextDouble());
            var mixed = Derived.Run(jvp, [.. x, .. Derived.Moved(Derived.Scaled(a, u), v, b)]);
            var (alongU, alongV) = (Derived.Run(jvp, [.. x, .. u]), Derived.Run(jvp, [.. x, .. v]));
            Near.Relative(
                IsNarrow(specimen) ? 1e-5 : 1e-12,
                [.. Derived.Flat(alongU).Zip(Derived.Flat(alongV), (ju, jv) => (a * ju) + (b * jv))],
                Derived.Flat(mixed), $"J(au + bv) of {name}");
        });
    }

    [Theory]
    [MemberData(nameof(Specimens))]
    public void ABatchIsAStackOfSingles(string name)
    {
        var (specimen, f) = Program(name);
        BatchesAreStacks(
            f, random => Samples.Operands(specimen, random), specimen.Primitive.IsExact ? 0 : Rounding(specimen), name);
    }

    [Theory]
    [MemberData(nameof(ForwardSpecimens))]
    public void ABatchOfDerivativesIsAStackOfSingles(string name)
    {
        var (specimen, f) = Program(name);
        BatchesAreStacks(
            Derived.Jvp(f),
            random =>
                [.. Samples.Operands(specimen, random), .. Samples.Directions(Derived.Floats(f.Parameters), random)],
            Rounding(specimen), $"jvp of {name}");
        BatchesAreStacks(
            Derived.Vjp(f),
            random => [.. Samples.Operands(specimen, random), .. Samples.Directions(Derived.Floats(f.Results), random)],
            Rounding(specimen), $"vjp of {name}");
    }

    [Theory]
    [MemberData(nameof(ForwardSpecimens))]
    public void TheDerivativeOfABatchIsTheBatchOfDerivatives(string name)
    {
        var (specimen, f) = Program(name);
        if (f.Parameters.IsEmpty)
            return;
        const int Size = 2;
        ImmutableArray<bool> all = [.. f.Parameters.Select(_ => true)];
        var (gradOfBatch, batchOfGrads) = (
            Derived.Vjp(Derived.Vmap(f, Size, all)),
            Derived.Vmap(Derived.Vjp(f), Size, [.. all, .. Derived.Floats(f.Results).Select(_ => true)]));
        Law.Holds(2, random =>
        {
            var x = Stacked([.. Enumerable.Range(0, Size).Select(_ => Samples.Operands(specimen, random))]);
            var ct = Samples.Directions(Derived.Floats(gradOfBatch.Parameters.Skip(x.Length)), random);
            Near.Relative(
                Rounding(specimen), Derived.Flat(Derived.Run(batchOfGrads, [.. x, .. ct])),
                Derived.Flat(Derived.Run(gradOfBatch, [.. x, .. ct])), $"vjp of the batch of {name}");
        });
    }

    [Theory]
    [MemberData(nameof(Specimens))]
    public void TheMachineDoesWhatThePrimitiveMeans(string name)
    {
        var (specimen, f) = Program(name);
        var machine = Machine.Of(f);
        using var two = new Workers(2);
        Law.Holds(10, random =>
        {
            var x = Samples.Operands(specimen, random);
            // Elementwise ones take any numbers; others are held to their domain unless they only move numbers about.
            if (random.Next(2) == 0 &&
                (specimen.Primitive is Elementwise || specimen.Primitive is FirstOrder { IsExact: true } and not Draw))
                x = [.. x.Select(v => Samples.WithSpecials(v, random))];
            if (specimen.Primitive is Elementwise or Cast)
                x = [.. x.Select(v => Samples.WithExtremes(v, random))];
            if (specimen.Primitive is Cast && random.Next(2) == 0)
                x = [.. x.Select(v => Samples.WithSpecials(v, random))];
            var (expected, found) = (Derived.Run(f, x), machine.Run(x, Workers.Single));
            for (var i = 0; i < expected.Length; i++)
                IsMeant(specimen, x, i, expected[i], found[i]);
            Near.Bits(found, machine.Run(x, two), $"{name} on two threads");
        });
    }

    [Theory]
    [MemberData(nameof(ForwardSpecimens))]
    public void SimplifyingAndPlanningKeepDerivatives(string name)
    {
        var (specimen, f) = Program(name);
        foreach (var derivative in new[] { Derived.Jvp(f), Derived.Vjp(f), Derived.Vjp(Derived.Jvp(f)) })
        {
            var simple = DistGrad.Simplify.Rewriter.Simplify(derivative);
            var machine = Machine.Of(derivative);
            Law.Holds(4, random =>
            {
                ImmutableArray<Value> x =
                    [
                        .. Samples.Operands(specimen, random),
                        .. Samples.Directions(derivative.Parameters.Skip(f.Parameters.Length), random),
                    ];
                var found = machine.Run(x, Workers.Single);
                Near.Relative(
                    Rounding(specimen), Derived.Flat(Derived.Run(derivative, x)), Derived.Flat(found),
                    $"the machine on {derivative.Name}");
                if (specimen.Primitive is FirstOrder)
                {
                    bool TakesSpecials(int i) => i >= f.Parameters.Length || specimen.Primitive is Elementwise;
                    x = [.. x.Select((v, i) => TakesSpecials(i) ? Samples.WithSpecials(v, random) : v)];
                }
                // Only the power rules round in another way.
                if (specimen.Primitive is Pow)
                    return;
                Near.Bits(Derived.Run(derivative, x), Derived.Run(simple, x), $"simplified {derivative.Name}");
            });
        }
    }

    [Fact]
    public void EveryPrimitiveIsInTheTableWithSpecimensAndAKernel()
    {
        var concrete =
            typeof(Primitive).Assembly.GetTypes().Where(
                t => t.IsSubclassOf(typeof(Primitive)) && !t.IsAbstract &&
                    t != typeof(Plan.Fused) && t != typeof(Plan.FusedMatMul));
        Assert.Equal(
            concrete.OrderBy(t => t.Name).Select(t => t.Name), PrimitiveTable.All.Select(e => e.Type.Name).Order());
        foreach (var entry in PrimitiveTable.All)
        {
            var specimens = entry.Specimens().ToList();
            // A linear map of which only the transpose is known has no value; the laws of CustomVjp test it.
            Assert.True(specimens.Count > 0 || entry.Type == typeof(CustomLinear), $"{entry.Name} has no specimen");
            Assert.All(specimens, s => Assert.Equal(entry.Type, s.Primitive.GetType()));
            Assert.All(
                specimens,
                s => Assert.Equal(s.Primitive, entry.Read(new AttributeReader(entry.Name, s.Primitive.Attributes))));
            Assert.True(
                IsGone(specimens) || specimens[0].Primitive.IsFree || KernelTable.Has(entry.Type),
                $"{entry.Name} has no kernel");
        }
    }

    /// <summary>Whether a program is planned as what the primitive holds, so that nothing is left to run.</summary>
    private static bool IsGone(List<Specimen> specimens) => specimens.TrueForAll(
        s => !Lowering.Lower(Samples.Program(s)).Body.Any(n => n.Operation.GetType() == s.Primitive.GetType()));

    [Fact]
    public void EveryPrimitiveThatCanBeWrongHasAnInterestingSpecimen()
    {
        foreach (var entry in PrimitiveTable.All.Where(e => e.Type != typeof(CustomLinear)))
        {
            Assert.True(
                entry.Specimens().Any(s => Samples.Program(s).Results.Any(r => r.Shape.Size > 1)),
                $"{entry.Name}: more than one element");
            Assert.True(
                !entry.Specimens().Any(HasTangents) ||
                    entry.Specimens().Any(s => HasTangents(s) && s.Operands.Any(o => o.Type.Shape.Size > 1)),
                $"{entry.Name}: a derivative of more than one element");
        }
    }

    static (Specimen Specimen, Lambda Program) Program(string name) =>
        (Samples.Find(name), Samples.Program(Samples.Find(name)));

    static bool IsSmooth(Specimen specimen) => specimen.Operands.All(o => o.IsSmooth);

    static bool IsNarrow(Specimen specimen) =>
        Samples.Program(specimen) is var f && f.Parameters.Concat(f.Results).Any(p => p.DType == DType.Float32);

    static bool HasTangents(Specimen specimen) =>
        specimen.Operands.Any(o => o.Type.DType.IsFloat) && Samples.Program(specimen).Results.Any(r => r.DType.IsFloat);

    static double Rounding(Specimen specimen) => IsNarrow(specimen) ? 2e-5 : 1e-12;

    static void AgreesWithDifferences(int times, Lambda f, Func<Random, ImmutableArray<Value>> draw)
    {
        var (forward, reverse) = (f.Body.Any(n => n.Operation is CustomVjp) ? null : Derived.Jvp(f), Derived.Vjp(f));
        var settled = new Coverage();
        Law.Holds(times, random =>
        {
            var x = draw(random);
            var dx = Samples.Directions(Derived.Floats(f.Parameters), random);
            var difference = Derived.Difference(f, x, dx);
            settled.Count(difference is not null, "settled differences");
            if (difference is null)
                return;
            if (forward is not null)
                Near.Relative(
                    DifferenceTolerance, difference, Derived.Flat(Derived.Run(forward, [.. x, .. dx])), forward.Name);
            var ct = Samples.Directions(Derived.Floats(f.Results), random);
            var along = Dot(Derived.Flat(Derived.Run(reverse, [.. x, .. ct])), Derived.Flat(dx)).Sum;
            Near.Relative(DifferenceTolerance, [Dot(difference, Derived.Flat(ct)).Sum], [along], reverse.Name);
        });
        settled.Require(0.3, "settled differences");
    }

    static void IsAdjoint(int times, Lambda f, bool isNarrow, Func<Random, ImmutableArray<Value>> draw)
    {
        var (jvp, vjp) = (Derived.Jvp(f), Derived.Vjp(f));
        Law.Holds(times, random =>
        {
            var x = draw(random);
            var (v, w) = (
                Samples.Directions(Derived.Floats(f.Parameters), random),
                Samples.Directions(Derived.Floats(f.Results), random));
            var left = Dot(Derived.Flat(Derived.Run(jvp, [.. x, .. v])), Derived.Flat(w));
            var right = Dot(Derived.Flat(v), Derived.Flat(Derived.Run(vjp, [.. x, .. w])));
            // Rounding of sums of products is relative to the sum of their sizes.
            var bound = (isNarrow ? 2e-5 : 1e-12) * (1e-3 + left.Size + right.Size);
            Assert.True(
                Math.Abs(left.Sum - right.Sum) <= bound, $"{f.Name}: <Jv, w> = {left.Sum:R}, <v, J'w> = {right.Sum:R}");
        });
    }

    static (double Sum, double Size) Dot(double[] x, double[] y) =>
        (x.Zip(y, (a, b) => a * b).Sum(), x.Zip(y, (a, b) => Math.Abs(a * b)).Sum());

    static void BatchesAreStacks(Lambda f, Func<Random, ImmutableArray<Value>> draw, double tolerance, string name)
    {
        var count = f.Parameters.Length;
        // All subsets of few operands, of many the single ones, their complements and the whole.
        var subsets = Enumerable.Range(1, (1 << count) - 1)
            .Where(s => count <= 3 || int.PopCount(s) is 1 || int.PopCount(s) >= count - 1);
        foreach (var subset in subsets)
        {
            ImmutableArray<bool> batched = [.. Enumerable.Range(0, count).Select(i => (subset >> i & 1) == 1)];
            foreach (var size in new[] { 0, 1, 3 })
            {
                var batch = Derived.Vmap(f, size, batched);
                Law.Holds(1, random => IsStack(f, batch, size, batched, draw, random, tolerance, name));
            }
        }
    }

    static void IsStack(
        Lambda f, Lambda batch, int size, ImmutableArray<bool> batched, Func<Random, ImmutableArray<Value>> draw,
        Random random,
        double tolerance, string name)
    {
        var shared = draw(random);
        ImmutableArray<ImmutableArray<Value>> examples =
            [
                .. Enumerable.Range(0, size)
                    .Select(_ => draw(random).Select((v, i) => batched[i] ? v : shared[i]).ToImmutableArray()),
            ];
        var stacked = Stacked(examples);
        ImmutableArray<Value> arguments =
            [
                .. shared.Select(
                    (v, i) => !batched[i] ? v : size > 0 ? stacked[i] : Value.Full(v.DType, v.Shape.Insert(0, 0), 0)),
            ];
        var found = Derived.Run(batch, arguments);
        var of = $"{name} over {size} of [{string.Join(", ", batched)}]";
        Assert.Equal(
            f.Results.Select(r => new TensorType(r.DType, r.Shape.Insert(0, size))),
            found.Select(v => new TensorType(v.DType, v.Shape)));
        if (size == 0)
            return;
        var expected = Stacked([.. examples.Select(e => Derived.Run(f, e))]);
        for (var i = 0; i < expected.Length; i++)
        {
            if (tolerance == 0 || !expected[i].DType.IsFloat)
                Near.Bits(expected[i], found[i], of);
            else
                Near.Relative(tolerance, Derived.Flat([expected[i]]), Derived.Flat([found[i]]), of);
        }
    }

    /// <summary>The values at each place side by side along a new first axis.</summary>
    static ImmutableArray<Value> Stacked(ImmutableArray<ImmutableArray<Value>> examples) => examples.IsEmpty ? [] :
        [.. examples[0].Select((first, i) => Stack(first, [.. examples.Select(e => e[i])]))];

    static Value Stack(Value like, Value[] rows)
    {
        var (shape, size) = (like.Shape.Insert(0, rows.Length), like.Shape.Size);
        return like.DType.IsFloat
            ? Value.FromDoubles(like.DType, shape, i => rows[i / size].Double(i % size))
            : Value.FromLongs(like.DType, shape, i => rows[i / size].Long(i % size));
    }

    /// <summary>
    /// Exact primitives have the same bits. Sums and products of matrices may round once for each term, relative to the
    /// sum of the terms' sizes. Functions are within 2 ulp of the truth, the interpreter's within a few of it.
    /// </summary>
    static void IsMeant(Specimen specimen, ImmutableArray<Value> x, int result, Value expected, Value found)
    {
        if (specimen.Primitive is { IsExact: true } or Cast || !expected.DType.IsFloat)
            Near.Bits(expected, found, specimen.ToString());
        else if (specimen.Primitive is Sum or MatMul or Convolution or WindowSum or ScatterAdd)
            WithinRounding(specimen, x, result, expected, found);
        // Near their zeros the meaning has digits of the terms' size, as far as it goes.
        else if (specimen.Primitive is Lgamma or Digamma or Erfinv)
            Near.Relative(Rounding(specimen), Derived.Flat([expected]), Derived.Flat([found]), specimen.ToString());
        else if (specimen.Primitive is MatrixFunction)
            Near.Relative(Rounding(specimen), Derived.Flat([expected]), Derived.Flat([found]), specimen.ToString());
        else if (specimen.Primitive is HigherOrder)
            Near.Relative(1e-13, Derived.Flat([expected]), Derived.Flat([found]), specimen.ToString());
        else
            Near.Ulps(expected.DType == DType.Float32 ? 3 : 12, expected, found, specimen.ToString());
    }

    static void WithinRounding(Specimen specimen, ImmutableArray<Value> x, int result, Value expected, Value found)
    {
        ImmutableArray<Value> sizes =
            [.. x.Select(v => v.DType.IsFloat ? Value.FromDoubles(v.DType, v.Shape, i => Math.Abs(v.Double(i))) : v)];
        var scale = Derived.Run(Samples.Program(specimen), sizes)[result];
        // Both round, the meaning each product too: of few terms that is twice for each.
        var terms = specimen.Primitive is Convolution
            ? Math.Max(4, x[1].Shape.Skip(2).Aggregate((product, d) => product * d))
            : x[0].Shape.Aggregate(4, (longest, d) => Math.Max(longest, d));
        var unit = expected.DType == DType.Float32 ? 6e-8 : 1.1e-16;
        for (var i = 0; i < expected.Shape.Size; i++)
        {
            Assert.True(
                Math.Abs(expected.Double(i) - found.Double(i)) <= terms * unit * scale.Double(i),
                $"{specimen}: at {i} expected {expected.Double(i):R}, found {found.Double(i):R}");
        }
    }
}
