using static TorchSharp.torch;

namespace DistGrad.Compare.Peers;

/// <summary>The data of a piece of work, by name.</summary>
internal sealed class Inputs(IReadOnlyDictionary<string, Tuple<Array, long[]>> data)
{
    public Tensor this[string name] => data[name] switch
    {
        (float[] numbers, var shape) => tensor(numbers, shape),
        (long[] numbers, var shape) => tensor(numbers, shape),
        _ => throw new NotSupportedException(name),
    };

    public bool Has(string name) => data.ContainsKey(name);

    public Tensor Parameter(string name) => this[name].requires_grad_();

    /// <summary>Weights [in, out] as this library keeps them: [out, in].</summary>
    public Tensor Weights(string name) => this[name].t().contiguous().requires_grad_();

    /// <summary>Weights and biases w0, b0, w1, b1 and so on of layers in a row.</summary>
    public Tensor[] Layers()
    {
        var parameters = new List<Tensor>();
        for (var i = 0; Has($"w{i}"); i++)
            parameters.AddRange([Weights($"w{i}"), Parameter($"b{i}")]);
        return [.. parameters];
    }
}
