using System.Collections.Immutable;
using System.Text.Json;
using DistGrad.Transforms;

namespace DistGrad.Oracle.Kinds;

/// <summary>
/// A function that optimisers are tried on: its loss at each step, and the gradients that the transforms give.
/// </summary>
internal sealed class Problem
{
    private delegate Tensor Loss(ImmutableArray<Tensor> p, JsonElement data, DType dtype, int step);

    private static readonly Dictionary<string, Loss> Losses = new()
    {
        ["given"] = Given,
        ["quadratic"] = (p, data, dtype, _) =>
            (0.5 * p[0].Dot(Literal(data, "A", dtype).MatMul(p[0]))) - Literal(data, "b", dtype).Dot(p[0]),
        ["logreg"] = (p, data, dtype, _) =>
            Operations.Losses.BinaryCrossEntropy(
                Literal(data, "X", dtype).MatMul(p[0]) + p[1], Literal(data, "y", dtype)).Mean(),
        ["rosenbrock"] = (p, _, _, _) => Rosenbrock(p),
    };

    private readonly Loss loss;
    private readonly JsonElement data;
    private readonly Settings settings;

    public Problem(Case @case, Settings settings)
    {
        var name = @case["problem"].GetString()!;
        loss = Losses.GetValueOrDefault(name) ?? throw new SkippedException($"the problem {name} is not known");
        data = @case.Has("data") ? @case["data"] : default;
        this.settings = settings;
    }

    /// <summary>The loss at these parameters before a step, and its gradient in each of them.</summary>
    public (Value Loss, ImmutableArray<Value> Gradients) At(ImmutableArray<Value> parameters, int step)
    {
        ImmutableArray<Tensor> p = [.. parameters.Select(v => Tensor.Parameter(new(v.DType, v.Shape), "p", "loss"))];
        var y = loss(p, data, settings.DType, step);
        var gradients = Vjp.Run([y], p, [Tensor.Full(y.DType, [], 1)]).Select((g, i) => g ?? Tensor.ZerosLike(p[i]));
        var all = Evaluation.Evaluate(new Lambda("loss", p, [y, .. gradients]), parameters, settings.Mode);
        return (all[0], all[1..]);
    }

    private static Tensor Given(ImmutableArray<Tensor> p, JsonElement data, DType dtype, int step) =>
        data.GetProperty("gradients")[step].EnumerateArray()
            .Select((g, j) => (p[j] * Tensor.FromValue(Arrays.In(dtype, Arrays.Of(g)))).Sum())
            .Aggregate((x, y) => x + y);

    // (1-x)^2 + 100 (y-x^2)^2, of one vector (x, y) or of two scalars.
    private static Tensor Rosenbrock(ImmutableArray<Tensor> p)
    {
        var (x, y) = p.Length == 1 ? (p[0][0], p[0][1]) : (p[0].Sum(), p[1].Sum());
        return Tensor.Square(1 - x) + (100 * Tensor.Square(y - (x * x)));
    }

    private static Tensor Literal(JsonElement data, string name, DType dtype) =>
        Tensor.FromValue(Arrays.In(dtype, Arrays.Of(data.GetProperty(name))));
}
