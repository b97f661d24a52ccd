using DistGrad.Learn;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// Layers are affine functions and what is between them; first weights have the moments that their sources ask for.
/// </summary>
public class LayerLaws
{
    public static TheoryData<string, double> Initialisers => new()
    {
        { nameof(Initialiser.He), 2.0 / 300 },
        { nameof(Initialiser.Glorot), 2.0 / (300 + 200) },
        { nameof(Initialiser.Zeros), 0 },
    };

    // 60,000 draws put the mean within 5 standard errors of 0, and the variance within 5 percent: more than 6 of its
    // own.
    [Theory, MemberData(nameof(Initialisers))]
    public void DrawsHaveTheMeanAndVarianceOfTheirSource(string name, double variance)
    {
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            var w = Find(name).Draw(Key.Of(1), [300, 200], dtype);
            Assert.Equal(dtype, w.DType);
            Assert.InRange(Math.Abs(w.Mean().Item()), 0, 5 * Math.Sqrt(variance / w.Shape.Size));
            Assert.InRange(w.Var().Item(), 0.95 * variance, 1.05 * variance);
        }
    }

    [Fact]
    public void GlorotsDrawsStayWithinTheirBound()
    {
        var bound = Math.Sqrt(6.0 / 50);
        var w = Initialiser.Glorot.Draw(Key.Of(2), [20, 30], DType.Float64);
        Assert.InRange(w.Min().Item(), -bound, -0.9 * bound);
        Assert.InRange(w.Max().Item(), 0.9 * bound, bound);
    }

    [Fact]
    public void TheSameKeyGivesTheSameBitsAndAnotherGivesOthers()
    {
        Mlp[] models = [Made(5), Made(5), Made(6)];
        Assert.Equal(Tree.Flatten(models[0]).Leaves, Tree.Flatten(models[1]).Leaves);
        Assert.NotEqual(models[0].Layers[0].Weights, models[2].Layers[0].Weights);

        static Mlp Made(int seed) => Diff.Evaluate(Mlp.Create(Key.Of(seed), [3, 4, 2]));
    }

    [Fact]
    public void LayersOfOneModelAreDrawnIndependently()
    {
        var model = Diff.Evaluate(Mlp.Create(Key.Of(5), [4, 4, 4]));
        Assert.NotEqual(model.Layers[0].Weights, model.Layers[1].Weights);
    }

    [Fact]
    public void AKeySpentTwiceIsAnErrorThatNamesTheCallersLines()
    {
        var key = Key.Of(1);
        _ = Linear.Create(key, 2, 3);
        var error = Assert.Throws<KeyReuseException>(() => Initialiser.He.Draw(key, [2, 3]));
        Assert.Matches(@"used in LayerLaws\.cs line \d+ is used again in LayerLaws\.cs line \d+", error.Message);
    }

    [Fact]
    public void AModelIsItsLayersWithTheActivationBetweenThem()
    {
        var model = Mlp.Create(Key.Of(3), [3, 5, 4, 2], Tensor.Tanh, Initialiser.Glorot, DType.Float64);
        var x = Tensor.Normal(Key.Of(4), [7, 3], DType.Float64);
        Tensor Affine(int i, Tensor h) => h.MatMul(model.Layers[i].Weights) + model.Layers[i].Bias;
        var expected = Affine(2, Tensor.Tanh(Affine(1, Tensor.Tanh(Affine(0, x)))));
        Assert.Equal(expected.Evaluate(), model.Apply(x).Evaluate());
        Assert.Equal([2], model.Apply(x[0]).Shape);
    }

    [Fact]
    public void TheActivationIsNoParameter()
    {
        var model = Mlp.Create(Key.Of(3), [3, 5, 2]);
        Assert.Equal(
            ["Layers[0].Weights", "Layers[0].Bias", "Layers[1].Weights", "Layers[1].Bias"], Tree.Flatten(model).Paths);
    }

    [Fact]
    public void MisfitsAreRefusedWithBothSides()
    {
        var layer = Linear.Create(Key.Of(1), 3, 2);
        var error = Assert.Throws<ShapeException>(() => layer.Apply(Tensor.Zeros([5, 4])));
        Assert.Contains("3 inputs", error.Message, StringComparison.Ordinal);
        Assert.Contains("[5, 4]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => layer.Apply(Tensor.Zeros([])));
        Assert.Throws<OptionException>(() => Mlp.Create(Key.Of(1), [3]));
        Assert.Throws<ShapeException>(() => Initialiser.He.Draw(Key.Of(1), [3]));
    }

    private static Initialiser Find(string name) => name switch
    {
        nameof(Initialiser.He) => Initialiser.He,
        nameof(Initialiser.Glorot) => Initialiser.Glorot,
        _ => Initialiser.Zeros,
    };
}
