using TorchSharp;
using static TorchSharp.torch;

namespace DistGrad.Compare.Peers;

/// <summary>A piece of work of the other library: a call of it, and the numbers that the last call found.</summary>
internal sealed record Side(Action Call, Func<float[][]> Numbers)
{
    private static readonly Scalar MinusRate = -Works.Rate;

    /// <summary>
    /// A step of gradient descent a call: forward, loss, backward, and parameters updated in place. Parameters and the
    /// loss are the numbers; <paramref name="shown"/> gives the parameters as the other side lays them out.
    /// </summary>
    public static Side Training(
        Tensor[] parameters, Func<Tensor> loss, Func<IReadOnlyList<Tensor>, IEnumerable<Tensor>>? shown = null)
    {
        Tensor? last = null;
        return new(
            () =>
            {
                using var scope = NewDisposeScope();
                var value = loss();
                var gradients = autograd.grad([value], parameters);
                using (no_grad())
                {
                    for (var i = 0; i < parameters.Length; i++)
                        parameters[i].add_(gradients[i], MinusRate);
                }
                last?.Dispose();
                last = value.detach().DetachFromDisposeScope();
            },
            () =>
            {
                using var scope = NewDisposeScope();
                return
                [
                    .. (shown?.Invoke(parameters) ?? parameters).Select(Floats),
                    Floats(last!),
                ];
            });
    }

    /// <summary>Values that each call finds anew.</summary>
    public static Side Finding(Func<IEnumerable<Tensor>> find)
    {
        Tensor[] last = [];
        return new(
            () =>
            {
                using var scope = NewDisposeScope();
                var found = find().ToArray();
                foreach (var tensor in last)
                    tensor.Dispose();
                last = Array.ConvertAll(found, t => t.DetachFromDisposeScope());
            },
            () => Array.ConvertAll(last, Floats));
    }

    private static float[] Floats(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();
}
