// A small network learns exclusive or; then the gradient of each example alone, and a check of the gradient.
using System.Globalization;
using DistGrad;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var inputs = Tensor.Of(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } });
var labels = Tensor.Of([0.0, 1, 1, 0]);

// A key fixes what is drawn from it, and serves one purpose: it is split for two.
var (forHidden, forOutput) = Key.Of(3).Split();
var network = new Network(
    Tensor.Normal(forHidden, [2, 8], DType.Float64), Tensor.Zeros([8], DType.Float64),
    Tensor.Normal(forOutput, [8], DType.Float64), Tensor.Zeros([], DType.Float64));

// Traced and planned once; from then on only run.
var step = Diff.Compile((Network n) =>
{
    var (loss, gradient) = Diff.ValueAndGrad(n, m => Loss(m, inputs, labels));
    return (Loss: loss, Next: Tree.Map(n, gradient, (p, g) => p - (0.5 * g)));
});
for (var i = 0; i <= 500; i++)
{
    var (loss, next) = step(network);
    if (i % 100 == 0)
        Console.WriteLine($"step {i,3}: loss {loss.Item():F6}");
    network = next;
}
Console.WriteLine($"predictions: {Tensor.Round(network.Probability(inputs) * 1000) / 1000}");

// The gradient of each example alone: the gradient of one, over the batch.
var each = Diff.Vmap((inputs, labels), example => Diff.Grad(network, n => Loss(n, example.inputs, example.labels)));
var norms = Diff.Vmap(each, g => Tensor.Sqrt((g.Hidden * g.Hidden).Sum() + (g.Output * g.Output).Sum()));
Console.WriteLine($"gradient norms of the examples: {Tensor.Round(norms * 10000) / 10000}");

// Derivatives along random directions: in reverse, forward and by differences.
var report = Check.Gradient(network, n => Loss(n, inputs, labels));
Console.WriteLine(report);
return report.IsCorrect ? 0 : 1;

// Binary cross-entropy, of one example or the mean of a batch.
static Tensor Loss(Network network, Tensor x, Tensor label)
{
    var logit = network.Logit(x);
    return (Tensor.Softplus(logit) - (label * logit)).Mean();
}

// A model is any immutable value of tensors; its gradient has the same type.
internal sealed record Network(Tensor Hidden, Tensor Bias, Tensor Output, Tensor Offset)
{
    public Tensor Logit(Tensor x) => Tensor.Tanh(x.MatMul(Hidden) + Bias).MatMul(Output) + Offset;

    public Tensor Probability(Tensor x) => Tensor.Sigmoid(Logit(x));
}
