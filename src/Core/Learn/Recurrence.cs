namespace DistGrad.Learn;

/// <summary>What layers that run along a sequence share: PyTorch's parameters and first weights.</summary>
internal static class Recurrence
{
    /// <summary>
    /// Input weights [gates h, inputs], state weights [gates h, h] and a bias of each [gates h], uniform within
    /// 1 / sqrt(h).
    /// </summary>
    public static (Tensor OfInput, Tensor OfState, Tensor InputBias, Tensor StateBias) Draw(
        Key key, int gates, int inputs, int hidden, DType dtype, string file, int line)
    {
        ArgumentNullException.ThrowIfNull(key);
        var keys = key.Split(4, file, line);
        var bound = 1 / double.Sqrt(hidden);
        Tensor Drawn(int which, Shape shape) => (2 * bound * Tensor.Uniform(keys[which], shape, dtype)) - bound;
        var rows = gates * hidden;
        return (Drawn(0, [rows, inputs]), Drawn(1, [rows, hidden]), Drawn(2, [rows]), Drawn(3, [rows]));
    }

    public static void Require(string layer, Tensor x, Tensor weights, int least)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank < least || x.Shape[^1] != weights.Shape[1])
            throw new ShapeException(
                $"{layer}: the layer takes {weights.Shape[1]} inputs{(least > 1 ? " along a first axis of steps" : "")}; " +
                $"found {x.Type}");
    }

    /// <summary>One gate's part of all of them, which stand along the last axis.</summary>
    public static Tensor Gate(Tensor gates, int which, int hidden) => gates.Narrow(-1, which * hidden, hidden);
}
