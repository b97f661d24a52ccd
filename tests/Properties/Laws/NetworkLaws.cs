using DistGrad.Learn;
using DistGrad.Properties.Generators;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>Layers of networks are what their definitions say, written out in plain loops over doubles.</summary>
public class NetworkLaws
{
    private const double Rounding = 1e-12;

    [Fact]
    public void AnLstmIsItsGatesStepByStep()
    {
        var layer = Lstm.Create(Key.Of(1), 3, 4, DType.Float64);
        var xs = Tensor.Normal(Key.Of(2), [5, 2, 3], DType.Float64);
        var (w, v) = (Numbers(layer.InputWeights), Numbers(layer.StateWeights));
        var (b, d) = (Numbers(layer.InputBias), Numbers(layer.StateBias));
        var (h, c, all) = (new double[2, 4], new double[2, 4], new List<double>());
        for (var t = 0; t < 5; t++)
        {
            var before = (double[,])h.Clone();
            for (var n = 0; n < 2; n++)
            {
                for (var k = 0; k < 4; k++)
                {
                    double Gate(int which) =>
                        Affine(w, b, xs, t, n, (which * 4) + k, 3) + State(v, d, before, n, (which * 4) + k);
                    c[n, k] = (Sigmoid(Gate(1)) * c[n, k]) + (Sigmoid(Gate(0)) * Math.Tanh(Gate(2)));
                    h[n, k] = Sigmoid(Gate(3)) * Math.Tanh(c[n, k]);
                    all.Add(h[n, k]);
                }
            }
        }
        var found = layer.Apply(xs);
        Near.Relative(Rounding, [.. all], found.Ys.ToArray<double>(), "lstm");
        Near.Relative(Rounding, [.. c.Cast<double>()], found.Carry.Cell.ToArray<double>(), "the cell");
        AgreesWithSteps(
            layer, xs, (l, x) => l.Apply(x).Ys.Sum(), (l, x) =>
            {
                var state = new LstmState(Tensor.Zeros([2, 4], DType.Float64), Tensor.Zeros([2, 4], DType.Float64));
                var total = Tensor.Zeros([], DType.Float64);
                foreach (var step in x.Unstack())
                {
                    state = l.Step(state, step);
                    total += state.Hidden.Sum();
                }
                return total;
            });
    }

    [Fact]
    public void AGruIsItsGatesStepByStep()
    {
        var layer = Gru.Create(Key.Of(1), 3, 4, DType.Float64);
        var xs = Tensor.Normal(Key.Of(2), [5, 2, 3], DType.Float64);
        var (w, v) = (Numbers(layer.InputWeights), Numbers(layer.StateWeights));
        var (b, d) = (Numbers(layer.InputBias), Numbers(layer.StateBias));
        var (h, all) = (new double[2, 4], new List<double>());
        for (var t = 0; t < 5; t++)
        {
            var before = (double[,])h.Clone();
            for (var n = 0; n < 2; n++)
            {
                for (var k = 0; k < 4; k++)
                {
                    double Input(int which) => Affine(w, b, xs, t, n, (which * 4) + k, 3);
                    double Kept(int which) => State(v, d, before, n, (which * 4) + k);
                    var (r, z) = (Sigmoid(Input(0) + Kept(0)), Sigmoid(Input(1) + Kept(1)));
                    h[n, k] = ((1 - z) * Math.Tanh(Input(2) + (r * Kept(2)))) + (z * before[n, k]);
                    all.Add(h[n, k]);
                }
            }
        }
        Near.Relative(Rounding, [.. all], layer.Apply(xs).Ys.ToArray<double>(), "gru");
        AgreesWithSteps(
            layer, xs, (l, x) => l.Apply(x).Carry.Sum(),
            (l, x) => x.Unstack().Aggregate(Tensor.Zeros([2, 4], DType.Float64), l.Step).Sum());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AttentionIsAMeanOfValuesWeighedByProducts(bool causal)
    {
        var (q, k, v) = (
            Tensor.Normal(Key.Of(1), [2, 3, 4], DType.Float64), Tensor.Normal(Key.Of(2), [5, 4], DType.Float64),
            Tensor.Normal(Key.Of(3), [5, 6], DType.Float64));
        var mask = Tensor.Of(new[] { true, false, true, true, true });
        var (queries, keys, values) = (Numbers(q), Numbers(k), Numbers(v));
        var expected = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            bool Sees(int j) => j != 1 && (!causal || j <= i % 3);
            double[] weights =
            [
                .. Enumerable.Range(0, 5).Select(j => !Sees(j) ? 0 : Math.Exp(
                    Enumerable.Range(0, 4).Sum(e => queries[(i * 4) + e] * keys[(j * 4) + e]) / 2)),
            ];
            expected.AddRange(Enumerable.Range(0, 6).Select(f =>
                Enumerable.Range(0, 5).Sum(j => weights[j] * values[(j * 6) + f]) / weights.Sum()));
        }
        var found = Tensor.Attention(q, k, v, causal, mask);
        Assert.Equal([2, 3, 6], found.Shape);
        Near.Relative(Rounding, [.. expected], found.ToArray<double>(), "attention");
    }

    [Fact]
    public void HeadsAttendOnTheirOwnAndAreJoined()
    {
        var layer = MultiHeadAttention.Create(Key.Of(1), 6, 2, dtype: DType.Float64);
        var (x, memory) = (
            Tensor.Normal(Key.Of(2), [2, 3, 6], DType.Float64), Tensor.Normal(Key.Of(3), [2, 4, 6], DType.Float64));
        var (q, k, v) = (layer.Queries.Apply(x), layer.Keys.Apply(memory), layer.Values.Apply(memory));
        var heads = Enumerable.Range(0, 2).Select(h =>
            Tensor.Attention(q.Narrow(-1, 3 * h, 3), k.Narrow(-1, 3 * h, 3), v.Narrow(-1, 3 * h, 3)));
        var expected = layer.Output.Apply(Tensor.Concat(heads, -1));
        Near.Relative(
            Rounding, expected.ToArray<double>(), layer.Apply(x, memory).ToArray<double>(), "multi-head attention");
    }

    [Fact]
    public void ACausalBlockDoesNotSeeWhatComesAfter()
    {
        var block = TransformerBlock.Create(Key.Of(1), 4, 2, isCausal: true, dtype: DType.Float64);
        var x = Tensor.Normal(Key.Of(2), [3, 4], DType.Float64);
        var jacobian = Diff.JacobianReverse(t => block.Apply(t).Sum(1))(x).Sum(2);
        for (var i = 0; i < 3; i++)
        {
            for (var j = 0; j < 3; j++)
                Assert.Equal(j > i, jacobian[i, j].Item() == 0);
        }
    }

    [Fact]
    public void ABlockAddsWhatAttentionAndPerceptronFindInWhatIsNormalised()
    {
        var block = TransformerBlock.Create(Key.Of(1), 4, 2, hidden: 5, dtype: DType.Float64);
        var x = Tensor.Normal(Key.Of(2), [2, 3, 4], DType.Float64);
        var h = x + block.Attention.Apply(x.LayerNorm(block.Before.Scale, block.Before.Shift));
        var inner = h.LayerNorm(block.Between.Scale, block.Between.Shift).MatMul(block.Perceptron.Layers[0].Weights);
        var expected = h + Tensor.Gelu(inner).MatMul(block.Perceptron.Layers[1].Weights);
        Near.Relative(Rounding, expected.ToArray<double>(), block.Apply(x).ToArray<double>(), "block");
        Assert.Equal([4, 5], block.Perceptron.Layers[0].Weights.Shape);
        Assert.Equal(16, Tree.Flatten(block).Leaves.Length);
    }

    [Fact]
    public void NormsGiveMeanZeroAndVarianceOneOverTheirAxes() => Law.Holds(20, random =>
    {
        var x = Tensor.Of(Samples.Draw(Domain.Float([3, 4, 2, 5], -7, 9), random));
        Standard(LayerNorm.Create([2, 5], DType.Float64, eps: 0).Apply(x), [2, 3]);
        var (ones, zeros) = (Tensor.Ones([4], DType.Float64), Tensor.Zeros([4], DType.Float64));
        Standard(x.GroupNorm(2, ones, zeros, eps: 0).Reshape(3, 2, -1), [2]);
        Standard(x.BatchNorm(ones, zeros, zeros, ones, eps: 0).Y, [0, 2, 3]);
        var lengths = Tensor.Square(x.RmsNorm(Tensor.Ones([5], DType.Float64), eps: 0)).Mean([-1], keepDims: false);
        Near.Relative(1e-10, [.. Enumerable.Repeat(1.0, 24)], lengths.ToArray<double>(), "rms norm");

        static void Standard(Tensor x, int[] axes)
        {
            var (mean, variance) = (x.Mean(axes).ToArray<double>(), x.Var(axes).ToArray<double>());
            Near.Relative(1e-10, new double[mean.Length], mean, "mean");
            Near.Relative(1e-10, [.. mean.Select(_ => 1.0)], variance, "variance");
        }
    });

    [Fact]
    public void NormsScaleAndShiftTheirChannels()
    {
        var x = Tensor.Normal(Key.Of(1), [3, 4, 5], DType.Float64);
        var scale = Tensor.Normal(Key.Of(2), [4], DType.Float64);
        var shift = Tensor.Normal(Key.Of(3), [4], DType.Float64);
        var (ones, zeros) = (Tensor.Ones([4], DType.Float64), Tensor.Zeros([4], DType.Float64));
        Tensor Moved(Tensor y) => (y * scale.Unsqueeze(1)) + shift.Unsqueeze(1);
        Same(Moved(x.GroupNorm(2, ones, zeros)), x.GroupNorm(2, scale, shift));
        var (plain, moved) = (x.BatchNorm(ones, zeros, zeros, ones), x.BatchNorm(scale, shift, zeros, ones));
        Same(Moved(plain.Y), moved.Y);
        // When the running mean and variance are all the batch's, what is trained differs by the divisor alone.
        var taken = x.BatchNorm(scale, shift, zeros, ones, momentum: 1);
        Same(x.Mean(0, 2), taken.Mean);
        Same(x.Var([0, 2], ddof: 1), taken.Variance);
        Same(moved.Y, x.BatchNormTrained(scale, shift, taken.Mean, x.Var([0, 2])));

        static void Same(Tensor expected, Tensor found) =>
            Near.Relative(1e-11, expected.ToArray<double>(), found.ToArray<double>(), "norm");
    }

    [Fact]
    public void AConvolutionLayerAddsItsBiasToEachChannel()
    {
        var layer = Conv2d.Create(Key.Of(1), 4, 6, 3, stride: 2, padding: 1, groups: 2, dtype: DType.Float64)
            with
        { Bias = Tensor.Range(6, DType.Float64) };
        var x = Tensor.Normal(Key.Of(2), [2, 4, 7, 8], DType.Float64);
        Assert.Equal([6, 2, 3, 3], layer.Filters.Shape);
        Assert.Equal(["Filters", "Bias"], Tree.Flatten(layer).Paths);
        var bare = x.Conv2d(layer.Filters, stride: 2, padding: 1, groups: 2);
        Assert.Equal((bare + Tensor.Range(6, DType.Float64).Reshape(6, 1, 1)).Evaluate(), layer.Apply(x).Evaluate());
        // The variance of He's weights is 2 over what a filter sees.
        var wide = Conv2d.Create(Key.Of(3), 40, 50, 5);
        Assert.InRange(wide.Filters.Var().Item(), 0.95 * 2 / 1000, 1.05 * 2 / 1000);
        Assert.Throws<ShapeException>(() => Conv2d.Create(Key.Of(4), 4, 6, 3, groups: 3));
    }

    [Fact]
    public void AnEmbeddingTakesRowsAndAddsUpTheirGradients()
    {
        var layer = Embedding.Create(Key.Of(1), 4, 3, dtype: DType.Float64);
        var words = Tensor.Of(new long[,] { { 2, 0, 2 }, { 3, 2, 0 } });
        var found = layer.Apply(words);
        Assert.Equal([2, 3, 3], found.Shape);
        Assert.Equal(layer.Table[3].Evaluate(), found[1, 0].Evaluate());
        var slopes = Diff.Grad(layer, l => l.Apply(words).Sum()).Table;
        Assert.Equal([2.0, 0, 3, 1], slopes[.., 1].ToArray<double>());
        Assert.Throws<IndexException>(() => layer.Apply(Tensor.Of(new long[] { 4 })).Evaluate());
    }

    // 100,000 draws: within 5 standard errors.
    [Fact]
    public void DropoutKeepsTheMeanAndIsTheKeysAlone()
    {
        var x = Tensor.Ones([100_000], DType.Float64);
        var dropped = Tensor.Dropout(Key.Of(1), x, 0.25).ToArray<double>();
        Assert.Equal([0, 1 / 0.75], dropped.Distinct().Order());
        Assert.InRange(dropped.Count(d => d == 0) / 100_000.0, 0.25 - 0.007, 0.25 + 0.007);
        Assert.Equal(dropped, Tensor.Dropout(Key.Of(1), x, 0.25).ToArray<double>());
        Assert.NotEqual(dropped, Tensor.Dropout(Key.Of(2), x, 0.25).ToArray<double>());
        Assert.Equal(x.Evaluate(), Tensor.Dropout(Key.Of(1), x, 0).Evaluate());
        Assert.Equal(0, Tensor.Dropout(Key.Of(1), x, 1).Sum().Item());
        Assert.Throws<OptionException>(() => Tensor.Dropout(Key.Of(1), x, 1.5));
        Assert.Throws<OptionException>(() => Tensor.Dropout(Key.Of(1), x, double.NaN));
    }

    [Fact]
    public void ANetworkOfConvolutionsLearnsToTellStripes()
    {
        var (images, labels) = Stripes();
        var keys = Key.Of(1).Split(2);
        var model = (Maps: Conv2d.Create(keys[0], 1, 4, 3), Last: Linear.Create(keys[1], 4 * 3 * 3, 2));
        Tensor Loss((Conv2d Maps, Linear Last) m) => Learn.Loss.SoftmaxCrossEntropy(
            m.Last.Apply(Tensor.Relu(m.Maps.Apply(images)).MaxPool2d(2).Reshape(images.Shape[0], -1)), labels);
        var first = Loss(model).Item();
        for (var step = 0; step < 60; step++)
        {
            var grad = Diff.Grad(model, Loss);
            model = Tree.Map(model, grad, (w, g) => (w - (0.2 * g)).Evaluate());
        }
        Assert.True(Loss(model).Item() < 0.1 * first, $"from {first} to {Loss(model).Item()}");

        static (Tensor Images, Tensor Labels) Stripes()
        {
            var pixels =
                from n in Enumerable.Range(0, 16)
                from y in Enumerable.Range(0, 8)
                from x in Enumerable.Range(0, 8)
                select (((n % 2 == 0 ? x : y) + n) % 4) < 2 ? 1f : 0f;
            return (Tensor.Of(pixels, 16, 1, 8, 8), Tensor.Of(Enumerable.Range(0, 16).Select(n => (long)(n % 2))));
        }
    }

    [Fact]
    public void MisfitsAreRefused()
    {
        var x = Tensor.Zeros([2, 4, 5]);
        Assert.Throws<ShapeException>(() => x.LayerNorm(Tensor.Ones([4]), Tensor.Zeros([4])));
        Assert.Throws<ShapeException>(() => x.GroupNorm(3, Tensor.Ones([4]), Tensor.Zeros([4])));
        Assert.Throws<ShapeException>(() => x.RmsNorm(Tensor.Ones([4])));
        Assert.Throws<ShapeException>(() => Tensor.Attention(x, Tensor.Zeros([3, 4]), Tensor.Zeros([3, 4])));
        Assert.Throws<OptionException>(() => MultiHeadAttention.Create(Key.Of(1), 6, 4));
        Assert.Throws<ShapeException>(() => Lstm.Create(Key.Of(1), 3, 4).Apply(x));
        Assert.Throws<ShapeException>(() => Gru.Create(Key.Of(1), 3, 4).Step(x, Tensor.Zeros([2, 4])));
        Assert.Throws<ShapeException>(() => Tensor.Glu(x));
        Assert.Throws<ShapeException>(() => Tensor.Zeros([1, 4]).BatchNorm(
            Tensor.Ones([4]), Tensor.Ones([4]), Tensor.Ones([4]), Tensor.Ones([4])));
        var images = Tensor.Zeros([1, 2, 4, 4]);
        Assert.Throws<ShapeException>(() => images.Conv2d(Tensor.Zeros([3, 3, 2, 2])));
        Assert.Throws<ShapeException>(() => images.Conv2d(Tensor.Zeros([3, 2, 5, 2])));
        Assert.Throws<ShapeException>(() => images.Conv2d(Tensor.Zeros([3, 1, 2, 2]), groups: 2));
        Assert.Throws<OptionException>(() => images.Conv2d(Tensor.Zeros([3, 2, 2, 2]), stride: 0));
        Assert.Throws<OptionException>(() => images.Conv2d(Tensor.Zeros([3, 2, 2, 2]), padding: -1));
        Assert.Throws<OptionException>(() => images.MaxPool2d(2, padding: 2));
        Assert.Throws<ShapeException>(() => images.MaxPool2d(5));
        Assert.Throws<ShapeException>(() => images.ConvTranspose2d(Tensor.Zeros([2, 3, 1, 1]), padding: 2));
    }

    /// <summary>A loop of the program has the value and the gradients of the loop unrolled.</summary>
    private static void AgreesWithSteps<T>(
        T layer, Tensor xs, Func<T, Tensor, Tensor> loop, Func<T, Tensor, Tensor> unrolled)
    {
        var (expected, found) = (
            Diff.Grad((layer, xs), p => unrolled(p.layer, p.xs)), Diff.Grad((layer, xs), p => loop(p.layer, p.xs)));
        foreach (var (e, f) in Tree.Flatten(expected).Leaves.Zip(Tree.Flatten(found).Leaves))
            Near.Relative(Rounding, e.ToArray<double>(), f.ToArray<double>(), $"gradient of {typeof(T).Name}");
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double[] Numbers(Tensor x) => x.ToArray<double>();

    private static double Affine(double[] w, double[] b, Tensor xs, int t, int n, int row, int inputs)
    {
        var x = xs.ToValue();
        return b[row] + Enumerable.Range(0, inputs).Sum(i =>
            w[(row * inputs) + i] * x.Double((((t * xs.Shape[1]) + n) * inputs) + i));
    }

    private static double State(double[] v, double[] d, double[,] h, int n, int row) =>
        d[row] + Enumerable.Range(0, h.GetLength(1)).Sum(i => v[(row * h.GetLength(1)) + i] * h[n, i]);
}
