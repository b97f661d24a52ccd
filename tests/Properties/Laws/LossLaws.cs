using DistGrad.Learn;
using Xunit;

namespace DistGrad.Properties.Laws;

using Reduction = DistGrad.Learn.Reduction;

/// <summary>Losses: exact gradients, the symmetries that they have, no overflow, and nothing that broadcasts.</summary>
public class LossLaws
{
    private static readonly Tensor Labels = Tensor.Of([0L, 2, 1, 2]);

    private static readonly Tensor Shares = Tensor.Normal(Key.Of(1), [4, 3], DType.Float64).Softmax().Evaluate();

    private static readonly Tensor X = (2 * Tensor.Normal(Key.Of(2), [4, 3], DType.Float64)).Evaluate();

    /// <summary>Losses of a [4, 3] prediction, against a fixed target.</summary>
    private static readonly Dictionary<string, Func<Tensor, Reduction, Tensor>> Table = new()
    {
        ["SquaredError"] = (x, r) => Loss.SquaredError(x, Shares, r),
        ["AbsoluteError"] = (x, r) => Loss.AbsoluteError(x, Shares, r),
        ["Huber"] = (x, r) => Loss.Huber(x, Shares, 0.7, r),
        ["Hinge"] = (x, r) => Loss.Hinge(x, Tensor.Sign(Shares - 0.3), r),
        ["Logistic"] = (x, r) => Loss.Logistic(x, Shares, r),
        ["BinaryCrossEntropy"] = (x, r) => Loss.BinaryCrossEntropy(Tensor.Sigmoid(x), Shares, r),
        ["SoftmaxCrossEntropy"] = (x, r) => Loss.SoftmaxCrossEntropy(x, Labels, r),
        ["SmoothedCrossEntropy"] = (x, r) => Loss.SoftmaxCrossEntropy(x, Labels, r, 0.1),
        ["SoftmaxCrossEntropyOfProbabilities"] = (x, r) => Loss.SoftmaxCrossEntropyOfProbabilities(x, Shares, r),
        ["NegativeLogLikelihood"] = (x, r) => Loss.NegativeLogLikelihood(x.LogSoftmax(), Labels, r),
        ["KullbackLeibler"] = (x, r) => Loss.KullbackLeibler(x.LogSoftmax(), Shares, r),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    // Central differences with h = 1e-5 are good to about h^2 and to rounding over h, both near 1e-10.
    [Theory, MemberData(nameof(Names))]
    public void GradientsAreThoseOfCentralDifferences(string name)
    {
        Tensor F(Tensor x) => Table[name](x, Reduction.Mean);
        var gradient = Diff.Grad(X, F);
        var h = 1e-5;
        var f = Diff.Compile<Tensor, Tensor>(F);
        for (var i = 0; i < X.Shape.Size; i++)
        {
            var step = h * Tensor.OneHot(Tensor.Of((long)i), X.Shape.Size, DType.Float64).Reshape(X.Shape);
            var difference = (f(X + step).Item() - f(X - step).Item()) / (2 * h);
            Assert.Equal(difference, gradient.Flatten()[i].Item(), 1e-8);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void TheMeanAndTheSumAreThoseOfTheParts(string name)
    {
        var parts = Table[name](X, Reduction.None);
        Assert.Equal(parts.Mean().Item(), Table[name](X, Reduction.Mean).Item(), 1e-12);
        Assert.Equal(parts.Sum().Item(), Table[name](X, Reduction.Sum).Item(), 1e-12);
        Assert.Equal(X.Shape[0], parts.Shape[0]);
    }

    [Fact]
    public void CrossEntropiesOfABatchAreThoseOfItsExamples()
    {
        var integer = Diff.Vmap((x, y) => Loss.SoftmaxCrossEntropy(x, y))(X, Labels);
        var soft = Diff.Vmap((x, y) => Loss.SoftmaxCrossEntropyOfProbabilities(x, y))(X, Shares);
        Close(Loss.SoftmaxCrossEntropy(X, Labels, Reduction.None), integer, 1e-12);
        Close(Loss.SoftmaxCrossEntropyOfProbabilities(X, Shares, Reduction.None), soft, 1e-12);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.25)]
    public void AShiftOfARowsLogitsLeavesTheCrossEntropyUnchanged(double smoothing)
    {
        var shift = Tensor.Of([0.0, 1, -700, 1e6], 4, 1);
        var (before, after) = (
            Loss.SoftmaxCrossEntropy(X, Labels, Reduction.None, smoothing),
            Loss.SoftmaxCrossEntropy(X + shift, Labels, Reduction.None, smoothing));
        // A shift of 1e6 costs the logits themselves that many units in the last place.
        Close(before, after, 1e-9);
    }

    [Fact]
    public void IntegerLabelsAreTheCornersOfProbabilities()
    {
        foreach (var smoothing in new[] { 0, 0.3 })
        {
            var soft = ((1 - smoothing) * Tensor.OneHot(Labels, 3, DType.Float64)) + (smoothing / 3);
            var expected = Loss.SoftmaxCrossEntropyOfProbabilities(X, soft, Reduction.None);
            foreach (var labels in new[] { Labels, Labels.Cast(DType.Int32) })
            {
                var actual = Loss.SoftmaxCrossEntropy(X, labels, Reduction.None, smoothing);
                Close(expected, actual, 1e-12);
            }
        }
    }

    [Fact]
    public void LogitsAndProbabilitiesAgree()
    {
        var (byLogits, byProbabilities) = (
            Loss.Logistic(X, Shares, Reduction.None),
            Loss.BinaryCrossEntropy(Tensor.Sigmoid(X), Shares, Reduction.None));
        Close(byLogits, byProbabilities, 1e-12);
    }

    [Fact]
    public void HugeLogitsDoNotOverflow()
    {
        var z = Tensor.Of([-1e4, 1e4, 0]);
        var losses = Loss.Logistic(z, Tensor.Of([1.0, 0, 1]), Reduction.None);
        Assert.Equal([1e4, 1e4, Math.Log(2)], losses.ToArray<double>());
        Assert.Equal(2e4, Loss.SoftmaxCrossEntropy(z, Tensor.Of(0L)).Item());
        Assert.Equal([-1.0, 1, 0], Diff.Grad(z, x => Loss.SoftmaxCrossEntropy(x, Tensor.Of(0L))).ToArray<double>());
    }

    [Fact]
    public void NothingTimesTheLogarithmOfNothingIsNothing()
    {
        var corner = Tensor.Of([0.0, 1]);
        Assert.Equal([0.0, 0], Loss.BinaryCrossEntropy(corner, corner, Reduction.None).ToArray<double>());
        var logp = Tensor.Log(Tensor.Of([0.5, 0.5]));
        Assert.Equal(Math.Log(2), Loss.KullbackLeibler(logp, corner).Item(), 1e-15);
        var gradient = Diff.Grad(logp, x => Loss.KullbackLeibler(x, corner)).ToArray<double>();
        Assert.All(gradient, g => Assert.True(double.IsFinite(g)));
    }

    [Fact]
    public void ADivergenceFromItselfIsZero() =>
        Assert.Equal(0, Loss.KullbackLeibler(Tensor.Log(Shares), Shares).Item(), 1e-15);

    [Fact]
    public void NoLossBroadcasts()
    {
        var (x, y) = (Tensor.Ones([3, 1]), Tensor.Ones([3]));
        foreach (var (name, loss) in Pairwise())
        {
            foreach (var (first, second) in new[] { (x, y), (y, x), (y, Tensor.Ones([])), (x, Tensor.Ones([1, 3])) })
            {
                var error = Assert.Throws<ShapeException>(() => loss(first, second));
                Assert.StartsWith(name + ": ", error.Message, StringComparison.Ordinal);
                Assert.Contains($"float32{first.Shape}", error.Message, StringComparison.Ordinal);
                Assert.Contains($"float32{second.Shape}", error.Message, StringComparison.Ordinal);
                Assert.Contains("Reshape", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void NoLossMixesOrAcceptsOtherTypes()
    {
        var (x, y) = (Tensor.Ones([3]), Tensor.Ones([3], DType.Float64));
        foreach (var (name, loss) in Pairwise())
        {
            foreach (var (first, second) in new[] { (x, y), (x, Tensor.Of([1L, 0, 1])), (Tensor.Of([1L, 0, 1]), x) })
            {
                var error = Assert.Throws<DTypeException>(() => loss(first, second));
                Assert.StartsWith(name + ": ", error.Message, StringComparison.Ordinal);
                Assert.Contains("Cast", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void LabelsAreIntegersOneForEachRow()
    {
        foreach (var loss in new Func<Tensor, Tensor, Tensor>[]
        {
            (x, y) => Loss.SoftmaxCrossEntropy(x, y), (x, y) => Loss.NegativeLogLikelihood(x, y), Metric.Accuracy,
        })
        {
            var error = Assert.Throws<DTypeException>(() => loss(X, Tensor.Of([0.0, 1, 2, 1])));
            Assert.Contains("float64[4, 3]", error.Message, StringComparison.Ordinal);
            Assert.Contains("float64[4]", error.Message, StringComparison.Ordinal);
            Assert.Throws<ShapeException>(() => loss(X, Tensor.Of([0L, 1, 2])));
            Assert.Throws<ShapeException>(() => loss(X, Tensor.Of([0L, 1, 2, 1], 4, 1)));
            Assert.Throws<DTypeException>(() => loss(Labels, Labels));
            Assert.Throws<ShapeException>(() => loss(Tensor.Of(1.0), Tensor.Of(0L)));
        }
        Assert.Throws<IndexException>(() => Loss.SoftmaxCrossEntropy(X, Tensor.Of([0L, 1, 3, 1])).Item());
        Assert.Throws<IndexException>(() => Loss.SoftmaxCrossEntropy(X, Tensor.Of([0L, 1, -1, 1])).Item());
        Assert.Throws<OptionException>(() => Loss.SoftmaxCrossEntropy(X, Labels, smoothing: 1.5));
        Assert.Throws<OptionException>(() => Loss.Huber(X, X, delta: 0));
    }

    [Fact]
    public void AccuracyIsTheShareOfRowsWhoseGreatestIsAtTheLabel()
    {
        var logits = Tensor.Of([1.0f, 2, 3, 9, 2, 1, 0, 1, 0, 5, 5, 4], 4, 3);
        Assert.Equal(0.75, Metric.Accuracy(logits, Tensor.Of([2L, 0, 0, 0])).Item());
        Assert.Equal(1, Metric.Accuracy(logits, Tensor.Of([2, 0, 1, 0])).Item());
    }

    private static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.InRange(Tensor.Abs(expected - actual).Max().Item(), 0, tolerance);
    }

    private static IEnumerable<(string Name, Func<Tensor, Tensor, Tensor> Loss)> Pairwise() =>
    [
        ("SquaredError", (x, y) => Loss.SquaredError(x, y)),
        ("AbsoluteError", (x, y) => Loss.AbsoluteError(x, y)),
        ("Huber", (x, y) => Loss.Huber(x, y)),
        ("Hinge", (x, y) => Loss.Hinge(x, y)),
        ("Logistic", (x, y) => Loss.Logistic(x, y)),
        ("BinaryCrossEntropy", (x, y) => Loss.BinaryCrossEntropy(x, y)),
        ("SoftmaxCrossEntropyOfProbabilities", (x, y) => Loss.SoftmaxCrossEntropyOfProbabilities(x, y)),
        ("KullbackLeibler", (x, y) => Loss.KullbackLeibler(x, y)),
    ];
}
