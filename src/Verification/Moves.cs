using System.Collections.Immutable;

namespace DistGrad.Verification;

/// <summary>Something that a random program may do next.</summary>
/// <param name="Name">What it is called in print.</param>
/// <param name="Arity">How many operands it takes.</param>
/// <param name="Apply">
/// The result on operands, where the number settles what is left open, such as an axis; nothing where they do not fit.
/// </param>
/// <param name="Weight">How often it is taken, compared with others.</param>
internal sealed record Move(string Name, int Arity, Func<Tensor[], int, Tensor?> Apply, int Weight = 2);

/// <summary>
/// What random programs are made of. Each keeps its operands' numbers moderate and its function smooth but for single
/// points, so that a program of any length can be held against differences.
/// </summary>
internal static class Moves
{
    public static ImmutableArray<Move> Table { get; } =
    [
        Unary("neg", x => -x),
        Unary("sin", Tensor.Sin),
        Unary("cos", Tensor.Cos),
        Unary("tanh", Tensor.Tanh),
        Unary("sigmoid", Tensor.Sigmoid),
        Unary("softplus", Tensor.Softplus),
        Unary("erf", Tensor.Erf),
        Unary("atan", Tensor.Atan),
        Unary("exp of -x^2", x => Tensor.Exp(-(x * x))),
        Unary("log of 1 + x^2", x => Tensor.Log(1 + (x * x))),
        Unary("log1p of x^2", x => Tensor.Log1p(x * x)),
        Unary("sqrt of 1 + x^2", x => Tensor.Sqrt(1 + (x * x))),
        Unary("rsqrt of 1 + x^2", x => Tensor.Rsqrt(1 + (x * x))),
        Unary("pow of 1 + x^2", x => Tensor.Pow(1 + (x * x), 0.3)),
        Unary("relu", Tensor.Relu),
        Unary("abs", Tensor.Abs),
        Unary("expm1 of -x^2", x => Tensor.Expm1(-(x * x))),
        Unary("times 0.5 plus 1", x => (0.5 * x) + 1),

        Binary("add", (x, y) => 0.5 * (x + y)),
        Binary("sub", (x, y) => x - y),
        Binary("mul by tanh", (x, y) => x * Tensor.Tanh(y)),
        Binary("div by 1 + y^2", (x, y) => x / (1 + (y * y))),
        Binary("maximum", Tensor.Maximum),
        Binary("minimum", Tensor.Minimum),
        Binary("where less", (x, y) => Tensor.Where(x < y, Tensor.Sin(x), Tensor.Cos(y))),
        Binary("atan2 off 0", (x, y) => Tensor.Atan2(1.5 + Tensor.Sin(x), y)),

        new("sum", 1, (x, n) => x[0].Rank == 0 ? null : x[0].Sum(n % x[0].Rank), 3),
        new("mean", 1, (x, n) => x[0].Shape.Size == 0 ? null : x[0].Mean()),
        new("max", 1, (x, n) => HasAxis(x[0], n) ? x[0].Max(n % x[0].Rank) : null, 4),
        new("min", 1, (x, n) => HasAxis(x[0], n) ? x[0].Min(n % x[0].Rank) : null, 4),
        new("prod", 1, (x, n) => HasAxis(x[0], n) ? Tensor.Sin(x[0]).Prod(n % x[0].Rank) : null, 4),
        new("logsumexp", 1, (x, n) => HasAxis(x[0], n) ? x[0].LogSumExp(n % x[0].Rank) : null, 4),
        new("softmax", 1, (x, n) => HasAxis(x[0], n) ? x[0].Softmax(n % x[0].Rank) : null, 4),
        new("matmul", 2, Product, 6),
        new(
            "matmul with own transpose", 1,
            (x, n) => x[0].Rank < 2 ? null : Tensor.Tanh(x[0].MatMul(x[0].SwapAxes())), 3),

        new("flatten", 1, (x, n) => x[0].Flatten()),
        new("unsqueeze", 1, (x, n) => x[0].Rank > 3 ? null : x[0].Unsqueeze(n % (x[0].Rank + 1))),
        new("swap axes", 1, (x, n) => x[0].Rank < 2 ? null : x[0].SwapAxes(0, n % x[0].Rank)),
        new("flip", 1, (x, n) => x[0].Rank == 0 ? null : x[0].Flip(n % x[0].Rank)),
        new("tail", 1, (x, n) => HasAxis(x[0], n) ? x[0].Slice(n % x[0].Rank, start: 1) : null),
        new("every other", 1, (x, n) => HasAxis(x[0], n) ? x[0].Slice(n % x[0].Rank, step: 2) : null),
        new(
            "pad", 1,
            (x, n) => x[0].Rank is 0 or > 3
                ? null
                : x[0].Pad([.. x[0].Shape.Select(_ => n % 2)], [.. x[0].Shape.Select(_ => 1)], 0.5)),
        new(
            "concat", 2,
            (x, n) => x[0].Rank > 0 && x[0].Shape == x[1].Shape ? Tensor.Concat(x, n % x[0].Rank) : null, 6),
        new("stretch", 1, (x, n) => x[0].Rank > 2 ? null : x[0].BroadcastTo(Shape.Of([2, .. x[0].Shape]))),
        new(
            "take", 1,
            (x, n) => HasAxis(x[0], n) ? x[0].Take(Picked(x[0].Shape[n % x[0].Rank], n), n % x[0].Rank) : null, 6),
        new("scatter", 1, (x, n) => HasAxis(x[0], n) ? Scattered(x[0], n % x[0].Rank) : null, 6),
        new("stop gradient of half", 1, (x, n) => x[0] * Tensor.StopGradient(Tensor.Full(x[0].DType, x[0].Shape, 0.5))),
        new(
            "cast there and back", 1,
            (x, n) => x[0].DType == DType.Float64 ? x[0] : x[0].Cast(DType.Float64).Cast(x[0].DType), 1),
    ];

    private static Move Unary(string name, Func<Tensor, Tensor> f) => new(name, 1, (x, _) => f(x[0]));

    private static Move Binary(string name, Func<Tensor, Tensor, Tensor> f) =>
        new(name, 2, (x, _) => Joins(x[0].Shape, x[1].Shape) ? f(x[0], x[1]) : null, 4);

    private static bool HasAxis(Tensor x, int n) => x.Rank > 0 && x.Shape[n % x.Rank] > 0;

    private static Tensor? Product(Tensor[] x, int n) =>
        x[0].Rank is 1 or 2 && x[1].Rank is 1 or 2 &&
            x[0].Shape[^1] == (x[1].Rank == 1 ? x[1].Shape[0] : x[1].Shape[^2])
            ? x[0].MatMul(x[1]) / Math.Max(1, x[0].Shape[^1])
            : null;

    /// <summary>Positions with repeats, of which the first is always one.</summary>
    private static Tensor Picked(int length, int n) =>
        Tensor.Of(Enumerable.Range(0, length + 1).Select(i => (long)(i * (n + 1) % length)), length + 1);

    private static Tensor Scattered(Tensor x, int axis)
    {
        var index = Tensor.Iota(DType.Int64, x.Shape, axis);
        var halves = Tensor.Where(index > 1, Tensor.Full(DType.Int64, x.Shape, 0), index);
        return Tensor.Full(x.DType, x.Shape, 0.25).ScatterAdd(halves, x, axis);
    }

    private static bool Joins(Shape x, Shape y)
    {
        for (var back = 1; back <= Math.Min(x.Rank, y.Rank); back++)
        {
            if (x[^back] != y[^back] && x[^back] != 1 && y[^back] != 1)
                return false;
        }
        return true;
    }
}
