using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DistGrad.Compare.Peers;

/// <summary>Long elementwise formulas and reductions.</summary>
internal static class Formulas
{
    private static readonly Scalar One = 1f;

    public static Side BlackScholes(Inputs data)
    {
        Tensor[] p = [data.Parameter("s"), data.Parameter("k"), data.Parameter("t"), data.Parameter("v")];
        return Side.Finding(() =>
        {
            var spread = p[3] * p[2].sqrt();
            var d = ((p[0] / p[1]).log() + ((p[3] * p[3] * 0.5 + Works.Interest) * p[2])) / spread;
            var price = (p[0] * Normal(d)) - (p[1] * (p[2] * -Works.Interest).exp() * Normal(d - spread));
            return [price.detach(), .. autograd.grad([price.sum()], p)];
        });
    }

    public static Side Gates(Inputs data)
    {
        Tensor[] p = [data.Parameter("a"), data.Parameter("b"), data.Parameter("c"), data.Parameter("d")];
        return Side.Finding(() =>
        {
            var mean = (torch.sigmoid(addcmul(p[2], p[0], p[1], One)) * torch.tanh(p[3])).mean();
            return [mean.detach(), .. autograd.grad([mean], p)];
        });
    }

    public static Side Rows(Inputs data, Func<Tensor, Tensor> f)
    {
        var (x, ct) = (data.Parameter("x"), data["ct"]);
        return Side.Finding(() =>
        {
            var y = f(x);
            return [y.detach(), autograd.grad([y], [x], [ct])[0]];
        });
    }

    public static Side Normalised(Inputs data, Func<Tensor, Tensor> f)
    {
        var (x, scale, shift, ct) = (data.Parameter("x"), data.Parameter("g"), data.Parameter("s"), data["ct"]);
        return Side.Finding(() =>
        {
            var y = f(F.layer_norm(x, [x.shape[1]], scale, shift, Works.Eps));
            return [y.detach(), .. autograd.grad([y], [x, scale, shift], [ct])];
        });
    }

    public static Side Sum(Inputs data, long axis)
    {
        var x = data["x"];
        return Side.Finding(() =>
        {
            using var inference = no_grad();
            return [x.sum(new long[] { axis })];
        });
    }

    public static Side Broadcast(Inputs data)
    {
        var (a, b, ct) = (data.Parameter("a"), data.Parameter("b"), data["ct"]);
        return Side.Finding(() =>
        {
            var y = a + b;
            return [y.detach(), .. autograd.grad([y], [a, b], [ct])];
        });
    }

    private static Tensor Normal(Tensor x) => ((x * double.Sqrt(0.5)).erf() + 1) * 0.5;
}
