using System.Collections.Immutable;
using DistGrad.Learn;
using DistGrad.Transforms;

namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>Whole programs, as a user would write them.</summary>
internal static class Composites
{
    public static Dictionary<string, Verb> Models { get; } = new()
    {
        ["comp:mlp_ce"] = (x, _) =>
            [Loss.SoftmaxCrossEntropy(Tensor.Tanh(x[0].MatMul(x[1]) + x[2]).MatMul(x[3]) + x[4], x[5])],
        ["comp:mlp_mse"] = (x, _) =>
            [Tensor.Square(Tensor.Sigmoid(x[0].MatMul(x[1]) + x[2]).MatMul(x[3]) + x[4] - x[5]).Mean()],
        ["comp:logreg"] = (x, o) =>
        [
            Loss.Logistic(x[0].MatMul(x[1]) + x[2], x[3]) + (o.Number("l2") / 2 * Tensor.Square(x[1]).Sum()),
        ],
        ["comp:gmm"] = (x, o) => [MixtureModel.LogPosterior(x[0], x[1], x[2], x[3], o.Number("gamma"), o.Int("m"))],
        ["comp:rnn"] = Rnn,
        ["comp:lstm"] = Lstm,
        ["comp:attention"] = (x, o) =>
            [Attention(x[0], x[1], x[2], x[3], o.Flag("causal"))],
        ["comp:cnn"] = Cnn,
        ["comp:transformer_block"] = TransformerBlock,
        ["comp:sgd_unrolled"] = SgdUnrolled,
        ["comp:dp_mean"] = (x, o) => [ShardMean(x[0], x[1], x[2], o.Int("shards"))],
    };

    public static Dictionary<string, Verb> Functions { get; } = new()
    {
        ["comp:rosenbrock"] = One(Rosenbrock),
        ["comp:newton_sqrt"] = One((a, o) =>
            Repeat(o.Int("steps"), Tensor.Ones(a.Shape, a.DType), y => (y + (a / y)) / 2)),
        ["comp:fanout"] = One(FanOut),
        ["comp:chain"] = One((x, o) => Repeat(o.Int("depth"), x, y => Tensor.Sin(y) + (0.5 * x))),
        ["comp:shared_reduce"] = Two((a, b) =>
            ((a + b).Softmax(1) * (a - a.Mean(0))).Sum() + (b * a.Sum(0)).Sum()),
        ["comp:polar_jac"] = One(Polar),
        ["comp:helmholtz"] = One(Helmholtz),
        ["comp:implicit_fixed_point"] = Two((w, b, o) =>
            Repeat(o.Int("steps"), Tensor.ZerosLike(b), z => Tensor.Tanh(w.MatMul(z) + b))),
        ["comp:euler_pendulum"] = Two((s, p, o) => Repeat(o.Int("steps"), s, state => Euler(state, p, o.Number("dt")))),
        ["comp:unused"] = One(x => Tensor.Square(x).Sum()),
        ["comp:constant"] = One(x => Tensor.Full(x.DType, [], 3)),
    };

    private static Tensor Repeat(int times, Tensor start, Func<Tensor, Tensor> step) =>
        Enumerable.Range(0, times).Aggregate(start, (y, _) => step(y));

    private static Tensor Rosenbrock(Tensor x)
    {
        var (first, next) = (x[..^1], x[1..]);
        return ((100 * Tensor.Square(next - (first * first))) + Tensor.Square(1 - first)).Sum();
    }

    // The page of the format says y = y*y + x; all values of both published cases are those of y = y*y/2 + x.
    private static Tensor FanOut(Tensor x)
    {
        var y = Repeat(3, x, y => (0.5 * y * y) + x);
        return ((Tensor.Sin(y) * y) + x).Sum();
    }

    private static Tensor Polar(Tensor x)
    {
        var (r, t, p) = (x[0], x[1], x[2]);
        return Tensor.Stack([r * Tensor.Sin(t) * Tensor.Cos(p), r * Tensor.Sin(t) * Tensor.Sin(p), r * Tensor.Cos(t)]);
    }

    private static Tensor Helmholtz(Tensor x)
    {
        var n = x.Shape[0];
        var a = 1 / (Tensor.Iota(x.DType, [n, n], 0) + Tensor.Iota(x.DType, [n, n], 1) + 1);
        return (x * Tensor.Log(x / (1 - x.Sum()))).Sum() - (x.Dot(a.MatMul(x)) / (1 + x.Sum()));
    }

    private static Tensor Euler(Tensor state, Tensor p, double dt)
    {
        var (angle, speed) = (state[0], state[1]);
        return state + (dt * Tensor.Stack([speed, -(p[0] * Tensor.Sin(angle)) - (p[1] * speed)]));
    }

    private static ImmutableArray<Tensor> Rnn(ImmutableArray<Tensor> x, Options options)
    {
        var (inputs, h, wx, wh, b, v, y) = (x[0], x[1], x[2], x[3], x[4], x[5], x[6]);
        var outputs = new List<Tensor>();
        foreach (var input in inputs.Unstack())
        {
            h = Tensor.Tanh(input.MatMul(wx) + h.MatMul(wh) + b);
            outputs.Add(h.MatMul(v));
        }
        return [Tensor.Square(Tensor.Stack(outputs) - y).Mean()];
    }

    private static ImmutableArray<Tensor> Lstm(ImmutableArray<Tensor> x, Options options)
    {
        var (inputs, h, c, w, b) = (x[0], x[1], x[2], x[3], x[4]);
        var total = Tensor.Full(h.DType, [], 0);
        foreach (var input in inputs.Unstack())
        {
            var gates = (Tensor.Concat([input, h]).MatMul(w) + b).Reshape(4, -1);
            c = (Tensor.Sigmoid(gates[1]) * c) + (Tensor.Sigmoid(gates[0]) * Tensor.Tanh(gates[2]));
            h = Tensor.Sigmoid(gates[3]) * Tensor.Tanh(c);
            total += Tensor.Square(h).Sum();
        }
        return [total];
    }

    private static Tensor Attention(Tensor x, Tensor wq, Tensor wk, Tensor wv, bool causal) =>
        Tensor.Attention(x.MatMul(wq), x.MatMul(wk), x.MatMul(wv), causal);

    private static ImmutableArray<Tensor> TransformerBlock(ImmutableArray<Tensor> x, Options options)
    {
        var h = x[0] + Attention(x[0].LayerNorm(x[5], x[6]), x[1], x[2], x[3], causal: true).MatMul(x[4]);
        var y = h + Tensor.Gelu(h.LayerNorm(x[9], x[10]).MatMul(x[7])).MatMul(x[8]);
        return [Tensor.Square(y).Mean()];
    }

    private static ImmutableArray<Tensor> Cnn(ImmutableArray<Tensor> x, Options options)
    {
        var (images, kernels, bias, dense, target) = (x[0], x[1], x[2], x[3], x[4]);
        var pooled = Tensor.Tanh(images.Conv2d(kernels) + bias.Reshape(-1, 1, 1)).AvgPool2d(2);
        return [Loss.SoftmaxCrossEntropy(pooled.Reshape(images.Shape[0], -1).MatMul(dense), target)];
    }

    private static ImmutableArray<Tensor> SgdUnrolled(ImmutableArray<Tensor> x, Options options)
    {
        var (inputs, y, rate) = (x[1], x[2], x[3]);
        Tensor Loss(Tensor w) => Tensor.Square(inputs.MatMul(w) - y).Mean();
        return [Loss(Repeat(options.Int("steps"), x[0], w => w - (rate * Gradient(Loss, w))))];
    }

    private static Tensor Gradient(Func<Tensor, Tensor> f, Tensor at)
    {
        var x = at.Fresh();
        return Vjp.Run([f(x)], [x], [Tensor.Full(at.DType, [], 1)])[0]!;
    }

    private static Tensor ShardMean(Tensor w, Tensor x, Tensor y, int shards)
    {
        var rows = x.Shape[0] / shards;
        var losses = Enumerable.Range(0, shards).Select(s =>
            Tensor.Square(x.Narrow(0, s * rows, rows).MatMul(w) - y.Narrow(0, s * rows, rows)).Mean());
        return losses.Aggregate((a, b) => a + b) / shards;
    }
}
