using DistGrad.Learn;

namespace DistGrad.Micro;

/// <summary>The programs that are measured.</summary>
internal static class Programs
{
    public const int Batch = 128;
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
                (model, Images, Labels), t => Learn.Loss.SoftmaxCrossEntropy(t.model.Apply(t.Images), t.Labels),
                "loss"),
            2 * model.Layers.Length);
    }

    /// <summary>One step of training: parameters, images and labels to the next parameters and the loss.</summary>
    public static Lambda Step() => Diff.Trace(
        (Model: Mlp.Create(Key.Of(0), Widths), Images, Labels),
        t =>
        {
            var (loss, grad) = Diff.ValueAndGrad(
                t.Model, m => Learn.Loss.SoftmaxCrossEntropy(m.Apply(t.Images), t.Labels));
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

    private static Tensor Images => Tensor.Zeros([Batch, Widths[0]]);

    private static Tensor Labels => Tensor.Zeros([Batch], DType.Int64);
}
