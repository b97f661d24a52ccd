using DistGrad.Learn;

namespace DistGrad.Micro;

/// <summary>The programs that are measured.</summary>
internal static class Programs
{
    public const int Batch = 128;
    public const int Images = 64;
    public static readonly int[] Widths = [784, 512, 256, 10];

    /// <summary>sin(x * sin(x * ...)): as many nodes in a row.</summary>
    public static Lambda Chain(int nodes)
    {
        var x = Tensor.Parameter(new(DType.Float64, []), "x", "chain");
        var y = x;
        for (var i = 0; i < nodes / 2; i++)
            y = Tensor.Sin(y * x);
        return new("chain", [x], [y]);
    }

    /// <summary>
    /// The sum of e^(c x) for many numbers c, added up in pairs: a quarter each of numbers,
    /// products, exponentials, sums.
    /// </summary>
    public static Lambda Wide(int nodes)
    {
        var x = Tensor.Parameter(new(DType.Float64, []), "x", "wide");
        var terms = Enumerable.Range(1, nodes / 4).Select(i => Tensor.Exp(x * (1.0 / i))).ToList();
        while (terms.Count > 1)
            terms = [.. terms.Chunk(2).Select(pair => pair.Length == 2 ? pair[0] + pair[1] : pair[0])];
        return new("wide", [x], [terms[0]]);
    }

    /// <summary>Parameters, images and labels to the loss of a perceptron.</summary>
    public static (Lambda Program, int Parameters) Loss()
    {
        var model = Mlp.Create(Key.Of(0), Widths);
        return (
            Diff.Trace(
                (model, Pixels, Labels), t => Learn.Loss.SoftmaxCrossEntropy(t.model.Apply(t.Pixels), t.Labels),
                "loss"),
            2 * model.Layers.Length);
    }

    /// <summary>One step of training: parameters, images and labels to the next parameters and the loss.</summary>
    public static Lambda Step() => Step(Mlp.Create(Key.Of(0), Widths), (m, x) => m.Apply(x), Pixels, Labels);

    /// <summary>As the other, of a network of convolutions and pools.</summary>
    public static Lambda ConvolutionStep()
    {
        var keys = Key.Of(0).Split(3);
        Cnn model = new(
            Conv2d.Create(keys[0], 1, 6, 5), Conv2d.Create(keys[1], 6, 16, 5), Linear.Create(keys[2], 16 * 4 * 4, 10));
        return Step(
            model, (m, x) => m.Apply(x), Tensor.Zeros([Images, 1, 28, 28]), Tensor.Zeros([Images], DType.Int64));
    }

    private static Lambda Step<T>(T model, Func<T, Tensor, Tensor> apply, Tensor images, Tensor labels) => Diff.Trace(
        (Model: model, Images: images, Labels: labels),
        t =>
        {
            var (loss, grad) = Diff.ValueAndGrad(
                t.Model, m => Learn.Loss.SoftmaxCrossEntropy(apply(m, t.Images), t.Labels));
            var optimiser = Optimiser.Sgd(0.1);
            var (updates, _) = optimiser.Update(grad, optimiser.Init(t.Model), t.Model);
            return (Optimiser.Apply(t.Model, updates), loss);
        },
        "step");

    /// <summary>Values for a program's parameters: small numbers of both signs, classes for integers.</summary>
    public static Value[] Arguments(Lambda program) =>
    [
        .. program.Parameters.Select(p => p.DType.IsFloat
            ? Value.FromDoubles(p.DType, p.Shape, i => ((i * 7919 % 1009) - 504) / 5040.0)
            : Value.FromLongs(p.DType, p.Shape, i => i % 10)),
    ];

    private static Tensor Pixels => Tensor.Zeros([Batch, Widths[0]]);

    private static Tensor Labels => Tensor.Zeros([Batch], DType.Int64);

    private sealed record Cnn(Conv2d First, Conv2d Second, Linear Last)
    {
        public Tensor Apply(Tensor x)
        {
            var maps = Tensor.Relu(Second.Apply(Tensor.Relu(First.Apply(x)).MaxPool2d(2))).MaxPool2d(2);
            return Last.Apply(maps.Reshape(x.Shape[0], -1));
        }
    }
}
