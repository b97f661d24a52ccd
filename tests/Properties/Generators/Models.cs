using DistGrad.GradBench.Evals;
using DistGrad.Learn;

namespace DistGrad.Properties.Generators;

/// <summary>Programs that users run again and again, by name.</summary>
static class Models
{
    /// <summary>Steps of gradient descent.</summary>
    static readonly Dictionary<string, Func<Lambda>> Steps = new()
    {
        ["perceptron"] = () => Step(Mlp.Create(Key.Of(1), [784, 512, 256, 10]), (m, x) => m.Apply(x), [128, 784]),
        ["small perceptron"] = () => Step(
            Mlp.Create(Key.Of(1), [2, 32, 32, 1], Tensor.Tanh), (m, x) => m.Apply(x), [64, 2]),
        ["deep perceptron"] = () => Step(
            Mlp.Create(Key.Of(1), [.. Enumerable.Repeat(64, 33)], Tensor.Tanh), (m, x) => m.Apply(x), [64, 64]),
        ["convolutions"] = () => Step(
            (First: Conv2d.Create(Key.Of(1), 1, 6, 5), Second: Conv2d.Create(Key.Of(2), 6, 16, 5),
                Last: Mlp.Create(Key.Of(3), [256, 120, 84, 10])),
            (m, x) => m.Last.Apply(
                Pooled(m.Second.Apply(Pooled(m.First.Apply(x)))).Reshape(x.Shape[0], -1)), [64, 1, 28, 28]),
        ["lstm"] = () => Step(Learn.Lstm.Create(Key.Of(1), 64, 128), (m, x) => m.Apply(x).Ys, [32, 32, 64]),
        ["gru"] = () => Step(Gru.Create(Key.Of(1), 64, 128), (m, x) => m.Apply(x).Ys, [32, 32, 64]),
        ["transformer"] = () => Step(
            TransformerBlock.Create(Key.Of(1), 128, 4), (m, x) => m.Apply(x), [16, 64, 128]),
        ["curvature"] = () => Diff.Trace(
            (Mlp.Create(Key.Of(1), [64, 128, 128, 10]), Mlp.Create(Key.Of(2), [64, 128, 128, 10])),
            t => Diff.Hvp(t.Item1, t.Item2, m => Error(m.Apply(Tensor.Ones([128, 64]))))),
        ["hessian"] = () => Diff.Trace(Tensor.Ones([100]), Diff.Hessian(
            x => (Tensor.Square(x[1..] - Tensor.Square(x[..^1])) + Tensor.Square(1 - x[..^1])).Sum())),
    };

    /// <summary>The functions of bench/GradBench, on small inputs.</summary>
    static readonly Dictionary<string, Func<Lambda>> Evals = EvalTable.All
        .SelectMany(e => e.Functions.Select(f => (Eval: e, Function: f)))
        .ToDictionary(
            p => $"{p.Eval.Name} {p.Function}",
            Func<Lambda> (p) => () => p.Eval.Example(p.Function, 1).Trace().Program);

    public static IReadOnlyDictionary<string, Func<Lambda>> All { get; } = Steps.Concat(Evals).ToDictionary();

    static Lambda Step<T>(T model, Func<T, Tensor, Tensor> apply, Shape x) => Diff.Trace(
        (Model: model, X: Tensor.Zeros(x)),
        t => Tree.Map(
            t.Model, Diff.Grad(t.Model, m => Error(apply(m, t.X))), (p, g) => p - (0.1 * g)));

    static Tensor Error(Tensor y) => Tensor.Square(y - 1).Mean();

    static Tensor Pooled(Tensor x) => Tensor.Relu(x).MaxPool2d(2);
}
