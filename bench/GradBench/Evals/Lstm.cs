using System.Text.Json;
using DistGrad.GradBench.Protocol;

namespace DistGrad.GradBench.Evals;

/// <summary>
/// The loss of a recurrent network of gated cells that foretells the next character of a text, a character being b
/// bits. Each bit has weights of its own: all products are elementwise.
/// </summary>
internal static class Lstm
{
    public static Eval<Input> Eval { get; } = new(
        "lstm", Example(2, 64, 14), Read,
        ("objective", (input, threads) => Work.Of(input, x => Loss(x.Parameters, x), threads)),
        ("jacobian", (input, threads) => Work.Of(input, Jacobian, threads)));

    public static Input Example(int layers, int characters, int bits) => new(
        new(Data.Uniform(1, 2 * layers, 4 * bits), Data.Uniform(2, 3, bits)),
        Data.Uniform(3, 2 * layers, bits),
        Tensor.Round(Data.Uniform(4, characters, bits)).Evaluate());

    /// <summary>The gradient, flat: the main parameters row by row, then the extra ones.</summary>
    public static Tensor Jacobian(Input input)
    {
        var gradient = Diff.Grad(input.Parameters, p => Loss(p, input));
        return Tensor.Concat([gradient.Main.Flatten(), gradient.Extra.Flatten()]);
    }

    public static Tensor Loss(Parameters parameters, Input input)
    {
        var text = input.Text;
        var (scale, weights, bias) = (parameters.Extra[0], parameters.Extra[1], parameters.Extra[2]);
        var layers = Layers(parameters.Main);
        var states = input.State.Reshape(layers.Length, 2, -1).Unstack().Select(s => new State(s[0], s[1])).ToArray();
        var outputs = Flow.Scan(states, text[..^1] * scale, (before, x) => Step(layers, before, x)).Ys;
        var y = (outputs * weights) + bias;
        var logs = y - Tensor.Log(Tensor.Exp(y).Sum([1], keepDims: true) + 2);
        return -(text[1..] * logs).Mean();
    }

    private static (State[] States, Tensor Output) Step(Layer[] layers, State[] before, Tensor x)
    {
        var after = new State[layers.Length];
        for (var i = 0; i < layers.Length; i++)
        {
            after[i] = Next(layers[i], before[i], x);
            x = after[i].Hidden;
        }
        return (after, x);
    }

    private static State Next(Layer layer, State before, Tensor x)
    {
        var forget = Tensor.Sigmoid(layer.Forget.Apply(x));
        var input = Tensor.Sigmoid(layer.Input.Apply(before.Hidden));
        var output = Tensor.Sigmoid(layer.Output.Apply(x));
        var change = Tensor.Tanh(layer.Change.Apply(before.Hidden));
        var cell = (before.Cell * forget) + (input * change);
        return new(output * Tensor.Tanh(cell), cell);
    }

    private static Layer[] Layers(Tensor main)
    {
        // [layers, weights and biases, gates, bits]
        var parts = main.Reshape(main.Shape[0] / 2, 2, 4, -1);
        return [.. parts.Unstack().Select(p => new Layer(Gate(p, 0), Gate(p, 1), Gate(p, 2), Gate(p, 3)))];

        static Gate Gate(Tensor part, int gate) => new(part[0, gate], part[1, gate]);
    }

    private static Input Read(JsonElement json) => new(
        new(json.Field("main_params").Matrix(), json.Field("extra_params").Matrix()),
        json.Field("state").Matrix(), json.Field("sequence").Matrix());

    /// <summary>
    /// Main: for each layer a row of weights and one of biases, each of the gates forget, input, output and change;
    /// extra: the input's scale, the output's weights and biases.
    /// </summary>
    internal sealed record Parameters(Tensor Main, Tensor Extra);

    /// <summary>Start states are rows, hidden and cell for each layer; the text is [characters, bits].</summary>
    internal sealed record Input(Parameters Parameters, Tensor State, Tensor Text);

    private sealed record Gate(Tensor Weights, Tensor Bias)
    {
        public Tensor Apply(Tensor x) => (x * Weights) + Bias;
    }

    private sealed record Layer(Gate Forget, Gate Input, Gate Output, Gate Change);

    private sealed record State(Tensor Hidden, Tensor Cell);
}
