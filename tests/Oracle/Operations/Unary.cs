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
        ["sigmoid"] = One(Tensor.Sigmoid),
        ["softplus"] = One(Tensor.Softplus),
        ["relu"] = One(Tensor.Relu),
        ["relu6"] = One(Tensor.Relu6),
        ["leaky_relu"] = One((x, o) => Tensor.LeakyRelu(x, o.Number("slope"))),
        ["elu"] = One((x, o) => Tensor.Elu(x, o.Number("alpha"))),
        ["selu"] = One(Tensor.Selu),
        ["gelu"] = One(Tensor.Gelu),
        ["gelu_tanh"] = One(Tensor.GeluTanh),
        ["silu"] = One(Tensor.Silu),
        ["mish"] = One(Tensor.Mish),
        ["log_sigmoid"] = One(Tensor.LogSigmoid),
        ["softsign"] = One(Tensor.Softsign),
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
}
