using System.Runtime.CompilerServices;

namespace DistGrad.Learn;

/// <summary>What an <see cref="Lstm"/> carries from step to step, each [..., h].</summary>
/// <param name="Hidden">What it shows.</param>
/// <param name="Cell">What it keeps.</param>
public sealed record LstmState(Tensor Hidden, Tensor Cell);

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000), with PyTorch's parameters: gates i, f, g
/// and o, one below the other, of W x + b + V h + d; c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c).
/// </summary>
/// <param name="InputWeights">W: [4 h, inputs].</param>
/// <param name="StateWeights">V: [4 h, h].</param>
/// <param name="InputBias">b: [4 h].</param>
/// <param name="StateBias">d: [4 h].</param>
public sealed record Lstm(Tensor InputWeights, Tensor StateWeights, Tensor InputBias, Tensor StateBias)
{
    private int Hidden => StateWeights.Shape[1];

    /// <summary>A layer whose weights and biases are uniform within 1 / sqrt(hidden).</summary>
    public static Lstm Create(
        Key key,
        int inputs,
        int hidden,
        DType dtype = DType.Float32,
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        var (w, v, b, d) = Recurrence.Draw(key, 4, inputs, hidden, dtype, file, line);
        return new(w, v, b, d);
    }

    /// <summary>The state after one step: x [..., inputs] with a state of [..., h].</summary>
    /// <exception cref="ShapeException">The last axis of x is not of the layer's inputs.</exception>
    public LstmState Step(LstmState state, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(state);
        Recurrence.Require("Lstm", x, InputWeights, 1);
        return Next(state, OfInput(x));
    }

    /// <summary>
    /// The last state and, of each step, what it shows: xs [t, ..., inputs] to [t, ..., h]; from zeros unless a state
    /// is given. A loop of the program, which is not unrolled.
    /// </summary>
    /// <exception cref="ShapeException">The last axis of xs is not of the layer's inputs.</exception>
    public Scanned<LstmState, Tensor> Apply(Tensor xs, LstmState? start = null)
    {
        Recurrence.Require("Lstm", xs, InputWeights, 2);
        var zeros = Tensor.Zeros([.. xs.Shape.Skip(1).SkipLast(1), Hidden], xs.DType);
        // What the inputs of all steps contribute is one product.
        return Flow.Scan(start ?? new(zeros, zeros), OfInput(xs), (state, gates) =>
        {
            var next = Next(state, gates);
            return (next, next.Hidden);
        });
    }

    private Tensor OfInput(Tensor x) => x.MatMul(InputWeights.SwapAxes()) + (InputBias + StateBias);

    private LstmState Next(LstmState state, Tensor ofInput)
    {
        var gates = ofInput + state.Hidden.MatMul(StateWeights.SwapAxes());
        Tensor Gate(int which) => Recurrence.Gate(gates, which, Hidden);
        var cell = (Tensor.Sigmoid(Gate(1)) * state.Cell) + (Tensor.Sigmoid(Gate(0)) * Tensor.Tanh(Gate(2)));
        return new(Tensor.Sigmoid(Gate(3)) * Tensor.Tanh(cell), cell);
    }
}
