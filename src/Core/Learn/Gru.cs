using System.Runtime.CompilerServices;

namespace DistGrad.Learn;

/// <summary>
/// A gated recurrent unit (Cho et al. 2014), with PyTorch's parameters: gates r, z and n, one below the other, of
/// W x + b and V h + d; r and z are the sigmoids of the sums, n = tanh(W x + b + r (V h + d)), h' = (1 - z) n + z h.
/// </summary>
/// <param name="InputWeights">W: [3 h, inputs].</param>
/// <param name="StateWeights">V: [3 h, h].</param>
/// <param name="InputBias">b: [3 h].</param>
/// <param name="StateBias">d: [3 h].</param>
public sealed record Gru(Tensor InputWeights, Tensor StateWeights, Tensor InputBias, Tensor StateBias)
{
    private int Hidden => StateWeights.Shape[1];

    /// <summary>A layer whose weights and biases are uniform within 1 / sqrt(hidden).</summary>
    public static Gru Create(
        Key key,
        int inputs,
        int hidden,
        DType dtype = DType.Float32,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        var (w, v, b, d) = Recurrence.Draw(key, 3, inputs, hidden, dtype, file, line);
        return new(w, v, b, d);
    }

    /// <summary>The state after one step: x [..., inputs] with a state of [..., h].</summary>
    /// <exception cref="ShapeException">The last axis of x is not of the layer's inputs.</exception>
    public Tensor Step(Tensor state, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(state);
        Recurrence.Require("Gru", x, InputWeights, 1);
        return Next(state, OfInput(x));
    }

    /// <summary>
    /// The last state and those of all steps: xs [t, ..., inputs] to [t, ..., h]; from zeros unless a state is given.
    /// A loop of the program, which is not unrolled.
    /// </summary>
    /// <exception cref="ShapeException">The last axis of xs is not of the layer's inputs.</exception>
    public Scanned<Tensor, Tensor> Apply(Tensor xs, Tensor? start = null)
    {
        Recurrence.Require("Gru", xs, InputWeights, 2);
        var zeros = Tensor.Zeros([.. xs.Shape.Skip(1).SkipLast(1), Hidden], xs.DType);
        // What the inputs of all steps contribute is one product.
        return Flow.Scan(start ?? zeros, OfInput(xs), (state, ofInput) =>
        {
            var next = Next(state, ofInput);
            return (next, next);
        });
    }

    private Tensor OfInput(Tensor x) => x.MatMul(InputWeights.SwapAxes()) + InputBias;

    private Tensor Next(Tensor state, Tensor ofInput)
    {
        var ofState = state.MatMul(StateWeights.SwapAxes()) + StateBias;
        Tensor Part(Tensor gates, int which) => Recurrence.Gate(gates, which, Hidden);
        var r = Tensor.Sigmoid(Part(ofInput, 0) + Part(ofState, 0));
        var z = Tensor.Sigmoid(Part(ofInput, 1) + Part(ofState, 1));
        var n = Tensor.Tanh(Part(ofInput, 2) + (r * Part(ofState, 2)));
        return ((1 - z) * n) + (z * state);
    }
}
