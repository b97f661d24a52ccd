using DistGrad.Properties.Generators;
using DistGrad.Verification;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>What is handed to users to check their functions with finds what is wrong, and nothing else.</summary>
public class VerificationLaws
{
    public sealed record Model(Tensor Weights, Tensor Bias);

    [Fact]
    public void RightGradientsPass()
    {
        var vectors = Tensors.Of(Shapes.Any(rank: 2, shortest: 1));
        Holds(GradientProperty.Check(x => Tensor.Tanh(x).Sum(), vectors));
        Holds(GradientProperty.Check(x => Tensor.Exp(x) * x, vectors, new(Order: 2)));
        Holds(GradientProperty.Check(x => x.LogSumExp(), vectors, new(Order: 2)));
        Holds(GradientProperty.Check(x => Tensor.Sin(x).Sum(), Tensors.Of([3], DType.Float32)));
        Holds(GradientProperty.Check(x => Tensor.Of(2.0) * x.Sum(), Tensors.Of([0])));
    }

    [Fact]
    public void TreesPass()
    {
        var models = Arb.From(
            from weights in Tensors.Of([2, 3]).Generator
            from bias in Tensors.Of([3]).Generator
            select new Model(weights, bias));
        var x = Tensor.Of([0.3, -0.7]);
        Holds(GradientProperty.Check<Model>(m => Tensor.Tanh(x.MatMul(m.Weights) + m.Bias), models, new(Order: 2)));
    }

    [Fact]
    public void RandomProgramsPass() => Law.Holds(20, Programs.Any(operations: 6), p =>
        Holds(GradientProperty.Check<Tensor[]>(
            x => p.Total(x), Arb.From(Gen.CollectToArray(p.Inputs.Select(s => Tensors.Of(s).Generator))),
            new(Order: 2)), times: 2));

    // At the kink itself differences give half of the slope.
    [Fact]
    public void KinksAreNoErrors()
    {
        Holds(GradientProperty.Check(x => Tensor.Relu(x).Sum(), Arb.From(Gen.Constant(Tensor.Of([0.0, 1, -1])))));
        Holds(GradientProperty.Check(x => Tensor.Abs(x).Sum(), Arb.From(Gen.Constant(Tensor.Of([0.0001, 0])))));
        Holds(GradientProperty.Check(x => x.Max(), Arb.From(Gen.Constant(Tensor.Of([1.0, 1, 0])))));
        Holds(
            GradientProperty.Check(
                x => Tensor.Where(x > 0, Tensor.Sqrt(x), 0), Arb.From(Gen.Constant(Tensor.Of([0.0])))));
    }

    [Fact]
    public void WrongGradientsFail()
    {
        var vectors = Tensors.Of([3], low: 0.5);
        Fails(GradientProperty.Check(WithRule((x, dx) => -2 * x * dx), vectors));
        Fails(GradientProperty.Check(WithRule((x, dx) => 2.001 * x * dx), vectors));
        Fails(GradientProperty.Check(WithRule((x, dx) => x * dx), vectors));
        Fails(GradientProperty.Check(WithRule((x, dx) => double.NaN * x * dx), vectors));
        Fails(GradientProperty.Check(x => x * Tensor.StopGradient(x), vectors));
    }

    // The rule is right, what it is made of is not: only the second derivative shows it.
    [Fact]
    public void WrongSecondDerivativesFail()
    {
        var (vectors, f) = (Tensors.Of([3], low: 0.5), WithRule((x, dx) => 2 * Tensor.StopGradient(x) * dx));
        Holds(GradientProperty.Check(f, vectors));
        Fails(GradientProperty.Check(f, vectors, new(Order: 2)));
    }

    [Fact]
    public void ShapesOfAGroupGoTogetherAndShrinkTogether()
    {
        var coverage = new Coverage();
        var groups = Shapes.Broadcastable(3, rank: 4);
        Law.Holds(300, groups, s =>
        {
            foreach (var group in groups.Shrinker(s).Append(s))
            {
                var joined = group.Aggregate((x, y) => Broadcasting.Join(x, y, "law"));
                Assert.All(group, g => Assert.True(Broadcasting.Stretches(g, joined)));
            }
            Assert.All(groups.Shrinker(s), smaller => Assert.True(smaller.Sum(x => x.Rank) < s.Sum(x => x.Rank)));
            coverage.Count(s.Distinct().Count() > 1, "different shapes");
        });
        coverage.Require(0.4, "different shapes");
    }

    [Fact]
    public void ShapesAndTensorsShrinkToAnEnd()
    {
        var shapes = Shapes.Any(rank: 4);
        Law.Holds(100, shapes, s => Assert.InRange(Descend(s, shapes.Shrinker), 0, 100));
        var tensors = Tensors.Of(shapes);
        Law.Holds(50, tensors, t => Assert.InRange(Descend(t, tensors.Shrinker), 0, 500));
        var special = Tensors.Special([5], DType.Float32);
        Law.Holds(50, special, t => Assert.InRange(Descend(t, special.Shrinker), 0, 100));
    }

    [Fact]
    public void ProgramsAreWellTypedPrintedAndShrinkToTheirInputs()
    {
        var coverage = new Coverage();
        Law.Holds(60, Programs.WithInputs(Programs.Any()), c =>
        {
            Assert.Equal(c.Program.Result, c.Program.Apply(c.Inputs).Shape);
            Assert.Equal(c.Program.Operations.Count() + 1, c.Program.ToString().TrimEnd('\n').Split('\n').Length);
            foreach (var smaller in Programs.Any().Shrinker(c.Program))
            {
                Assert.Equal(c.Program.Operations.Count() - 1, smaller.Operations.Count());
                Assert.Equal(smaller.Result, smaller.Apply(c.Inputs).Shape);
            }
            coverage.Count(c.Program.Operations.Count() >= 5, "of five operations or more");
        });
        coverage.Require(0.5, "of five operations or more");
    }

    static Func<Tensor, Tensor> WithRule(Func<Tensor, Tensor, Tensor> rule) =>
        x => Diff.CustomJvp((Tensor t) => t * t, rule)(x).Sum();

    static int Descend<T>(T start, Func<T, IEnumerable<T>> shrink)
    {
        var steps = 0;
        for (var next = shrink(start).Take(1).ToList();
            next.Count > 0 && steps < 1000;
            next = [.. shrink(next[0]).Take(1)])
            steps++;
        return steps;
    }

    static void Holds(Property property, int times = 20) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(times).WithQuietOnSuccess(true), property);

    static void Fails(Property property) => Assert.ThrowsAny<Exception>(() => Holds(property, 1));
}
