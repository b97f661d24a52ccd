using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DistGrad.Compare.Peers;

/// <summary>Derivatives of derivatives, and of many at once.</summary>
internal static class Curvature
{
    public static Side Hvp(Inputs data)
    {
        var (x, y, layers) = (data["x"], data["y"], data.Layers());
        var directions = layers.Select((_, i) => i % 2 == 0 ? data[$"vw{i / 2}"].t().contiguous() : data[$"vb{i / 2}"])
            .ToArray();
        return Side.Finding(() =>
        {
            var loss = F.cross_entropy(Table.Apply(layers, x, torch.tanh), y);
            var gradients = autograd.grad([loss], layers, retain_graph: true, create_graph: true);
            return Table.Shown(autograd.grad(gradients, layers, directions));
        });
    }

    public static Side RosenbrockGradient(Inputs data)
    {
        var x = data.Parameter("x");
        return Side.Finding(() => autograd.grad([Rosenbrock(x)], [x]));
    }

    public static Side RosenbrockHessian(Inputs data)
    {
        var x = data.Parameter("x");
        return Side.Finding(() =>
        {
            var gradient = autograd.grad([Rosenbrock(x)], [x], retain_graph: true, create_graph: true)[0];
            return [stack([.. gradient.unbind().Select(g => autograd.grad([g], [x], retain_graph: true)[0])])];
        });
    }

    public static Side PerExample(Inputs data)
    {
        var (xs, ys, layers) = (data["x"].split(1), data["y"].split(1), data.Layers());
        return Side.Finding(() =>
        {
            var found = new List<IList<Tensor>>();
            for (var i = 0; i < xs.Length; i++)
                found.Add(autograd.grad([F.mse_loss(Table.Apply(layers, xs[i], torch.tanh), ys[i])], layers));
            return layers.Select((_, p) =>
            {
                var all = stack([.. found.Select(f => f[p])]);
                return all.dim() == 3 ? all.transpose(1, 2) : all;
            });
        });
    }

    private static Tensor Rosenbrock(Tensor x)
    {
        var (head, tail) = (x[..^1], x[1..]);
        return (((tail - head.square()).square() * 100) + (1 - head).square()).sum();
    }
}
