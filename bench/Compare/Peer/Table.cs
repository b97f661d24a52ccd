using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DistGrad.Compare.Peers;

/// <summary>
/// Each piece of work as a user of the library would write it for speed: fused functions, nothing kept alive.
/// </summary>
internal static class Table
{
    public static IReadOnlyDictionary<string, Func<Inputs, Side>> Sides { get; } =
        new Dictionary<string, Func<Inputs, Side>>
        {
            [Works.OneWeight] = OneWeight,
            [Works.Logistic] = Logistic,
            [Works.Mlp32] = Classifier,
            [Works.Mlp128] = Classifier,
            [Works.Mlp1024] = Classifier,
            [Works.SmallMlp] = Regressor,
            [Works.Deep] = Deep,
            [Works.Cnn] = Networks.Cnn,
            [Works.LstmFused] = Networks.LstmFused,
            [Works.LstmCells] = Networks.LstmCells,
            [Works.Transformer] = Networks.Transformer,
            [Works.BlackScholes] = Formulas.BlackScholes,
            [Works.Gates] = Formulas.Gates,
            [Works.Hvp] = Curvature.Hvp,
            [Works.RosenbrockGradient] = Curvature.RosenbrockGradient,
            [Works.RosenbrockHessian] = Curvature.RosenbrockHessian,
            [Works.PerExample] = Curvature.PerExample,
            [Works.Softmax] = x => Formulas.Rows(x, t => F.softmax(t, 1)),
            [Works.LayerNorm] = x => Formulas.Normalised(x, t => t),
            [Works.LayerNormSoftmax] = x => Formulas.Normalised(x, t => F.softmax(t, 1)),
            [Works.SumRows] = x => Formulas.Sum(x, 0),
            [Works.SumColumns] = x => Formulas.Sum(x, 1),
            [Works.Broadcast] = Formulas.Broadcast,
        };

    /// <summary>Layers of weights and biases in a row, with an activation between them.</summary>
    public static Tensor Apply(Tensor[] layers, Tensor x, Func<Tensor, Tensor> activation)
    {
        for (var i = 0; i < layers.Length; i += 2)
            x = F.linear(i == 0 ? x : activation(x), layers[i], layers[i + 1]);
        return x;
    }

    /// <summary>Weights [out, in] as [in, out], and the biases between them as they are.</summary>
    public static IEnumerable<Tensor> Shown(IEnumerable<Tensor> parameters) =>
        parameters.Select(p => p.dim() == 2 ? p.t() : p);

    private static Side OneWeight(Inputs data)
    {
        var w = data.Parameter("w");
        var (xs, ys) = (data["x"].unbind(), data["y"].unbind());
        var next = 0;
        return Side.Training([w], () =>
        {
            var error = (w * xs[next]) - ys[next];
            next = (next + 1) % xs.Length;
            return error * error;
        });
    }

    private static Side Logistic(Inputs data)
    {
        var (x, y, w, b) = (data["x"], data["y"], data.Parameter("w"), data.Parameter("b"));
        return Side.Training([w, b], () => F.binary_cross_entropy_with_logits(torch.mv(x, w) + b, y));
    }

    private static Side Classifier(Inputs data)
    {
        var (x, y, layers) = (data["x"], data["y"], data.Layers());
        return Side.Training(layers, () => F.cross_entropy(Apply(layers, x, t => F.relu(t)), y), Shown);
    }

    private static Side Regressor(Inputs data)
    {
        var (x, y, layers) = (data["x"], data["y"], data.Layers());
        return Side.Training(layers, () => F.mse_loss(Apply(layers, x, torch.tanh), y), Shown);
    }

    private static Side Deep(Inputs data)
    {
        var (x, y, layers) = (data["x"], data["y"], data.Layers());
        return Side.Training(layers, () => F.mse_loss(torch.tanh(Apply(layers, x, torch.tanh)), y), Shown);
    }
}
