namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>Functions of two numbers, broadcast.</summary>
internal static class Binary
{
    public static Dictionary<string, Verb> Verbs { get; } = new()
    {
        ["add"] = Two((x, y) => x + y),
        ["sub"] = Two((x, y) => x - y),
        ["mul"] = Two((x, y) => x * y),
        ["div"] = Two((x, y) => x / y),
        ["pow"] = Two(Tensor.Pow),
        ["atan2"] = Two(Tensor.Atan2),
        ["maximum"] = Two(Tensor.Maximum),
        ["minimum"] = Two(Tensor.Minimum),
        ["eq"] = Two(Tensor.Equal),
        ["ne"] = Two(Tensor.NotEqual),
        ["lt"] = Two((x, y) => x < y),
        ["le"] = Two((x, y) => x <= y),
        ["gt"] = Two((x, y) => x > y),
        ["ge"] = Two((x, y) => x >= y),
        ["logaddexp"] = Two(Tensor.LogAddExp),
        ["hypot"] = Two(Tensor.Hypot),
        ["xlogy"] = Two(Tensor.XLogY),
        ["where"] = (x, _) => [Tensor.Where(x[0], x[1], x[2])],
        ["add_scalar"] = One((x, o) => x + o.Number("s")),
        ["mul_scalar"] = One((x, o) => x * o.Number("s")),
        ["broadcast_to"] = One((x, o) => x.BroadcastTo(Shape.Of(o.Ints("shape")))),
    };

    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["squared_difference"] = Two((x, y) => Tensor.Square(x - y)),
    };
}
