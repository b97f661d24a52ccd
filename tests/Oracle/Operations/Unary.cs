namespace DistGrad.Oracle.Operations;

using static Lines;

/// <summary>Functions of one number.</summary>
internal static class Unary
{
    public static Dictionary<string, Verb> Verbs { get; } = new()
    {
        ["neg"] = One(x => -x),
        ["exp"] = One(Tensor.Exp),
        ["expm1"] = One(Tensor.Expm1),
        ["exp2"] = One(Tensor.Exp2),
        ["log"] = One(Tensor.Log),
        ["log2"] = One(Tensor.Log2),
        ["log10"] = One(Tensor.Log10),
        ["log1p"] = One(Tensor.Log1p),
        ["sqrt"] = One(Tensor.Sqrt),
        ["rsqrt"] = One(Tensor.Rsqrt),
        ["square"] = One(Tensor.Square),
        ["reciprocal"] = One(Tensor.Reciprocal),
        ["sin"] = One(Tensor.Sin),
        ["cos"] = One(Tensor.Cos),
        ["tan"] = One(Tensor.Tan),
        ["asin"] = One(Tensor.Asin),
        ["acos"] = One(Tensor.Acos),
        ["atan"] = One(Tensor.Atan),
        ["sinh"] = One(Tensor.Sinh),
        ["cosh"] = One(Tensor.Cosh),
        ["tanh"] = One(Tensor.Tanh),
        ["erf"] = One(Tensor.Erf),
        ["erfc"] = One(Tensor.Erfc),
        ["erfinv"] = One(Tensor.Erfinv),
        ["lgamma"] = One(Tensor.Lgamma),
        ["digamma"] = One(Tensor.Digamma),
        ["asinh"] = One(Tensor.Asinh),
        ["acosh"] = One(Tensor.Acosh),
        ["atanh"] = One(Tensor.Atanh),
        ["sigmoid"] = One(Tensor.Sigmoid),
        ["softplus"] = One(Tensor.Softplus),
        ["relu"] = One(Tensor.Relu),
        ["abs"] = One(Tensor.Abs),
        ["sign"] = One(Tensor.Sign),
        ["floor"] = One(Tensor.Floor),
        ["ceil"] = One(Tensor.Ceiling),
        ["round"] = One(Tensor.Round),
        ["trunc"] = One(Tensor.Truncate),
        ["clamp"] = One((x, o) =>
            Tensor.Clamp(x, o.Number("min", double.NegativeInfinity), o.Number("max", double.PositiveInfinity))),
        ["pow_scalar"] = One((x, o) => Tensor.Pow(x, o.Number("p"))),
    };

    public static Dictionary<string, Verb> Compositions { get; } = new()
    {
        ["log_sigmoid"] = One(x => -Tensor.Softplus(-x)),
        ["relu6"] = One(x => Tensor.Where(x >= 6, 6, Tensor.Relu(x))),
        ["silu"] = One(x => x * Tensor.Sigmoid(x)),
        ["mish"] = One(x => x * Tensor.Tanh(Tensor.Softplus(x))),
        ["softsign"] = One(x => x / (1 + Tensor.Abs(x))),
        ["gelu"] = One(Gelu),
        ["gelu_tanh"] = One(x => 0.5 * x * (1 + Tensor.Tanh(double.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))))),
        ["elu"] = One((x, o) => Elu(x, o.Number("alpha"))),
        ["selu"] = One(x => 1.0507009873554805 * Elu(x, 1.6732632423543772)),
        ["leaky_relu"] = One((x, o) => Tensor.Where(x > 0, x, o.Number("slope") * x)),
    };

    public static Tensor Gelu(Tensor x) => 0.5 * x * (1 + Tensor.Erf(x / double.Sqrt(2)));

    private static Tensor Elu(Tensor x, double alpha) => Tensor.Where(x > 0, x, alpha * Tensor.Expm1(x));
}
