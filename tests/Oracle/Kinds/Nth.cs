using System.Collections.Immutable;
using DistGrad.Oracle.Operations;
using DistGrad.Transforms;

namespace DistGrad.Oracle.Kinds;

/// <summary>
/// Derivatives of every order of functions of one number, by nesting forward mode, and again by nesting reverse mode.
/// </summary>
internal static class Nth
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Functions = new()
    {
        ["x^3"] = x => Tensor.Pow(x, 3),
        ["x^5"] = x => Tensor.Pow(x, 5),
        ["sin(x^2)"] = x => Tensor.Sin(x * x),
        ["exp(-x^2/2)"] = x => Tensor.Exp(-x * x / 2),
        ["x*exp(x)"] = x => x * Tensor.Exp(x),
        ["log(1+exp(x))"] = x => Tensor.Log(1 + Tensor.Exp(x)),
        ["x^x"] = x => Tensor.Exp(x * Tensor.Log(x)),
        ["sin(x)/x"] = x => Tensor.Sin(x) / x,
        ["1/(1+x^2)"] = x => 1 / (1 + (x * x)),
    };

    public static IEnumerable<string?> Run(Case @case, Settings settings)
    {
        var f = Find(@case["f"].GetString()!);
        var expected = @case["derivatives"].EnumerateArray().Select(Arrays.Number).ToArray();
        var tolerance = Tolerance.Of(@case, settings.DType);
        (string, Func<Tensor, Tensor, Tensor>)[] ways = [("forward", Forward), ("reverse", Reverse)];
        foreach (var (way, derive) in ways)
        {
            var x = Tensor.Parameter(new(settings.DType, []), "x", "f");
            var derivatives = ImmutableArray.CreateBuilder<Tensor>();
            for (var y = f(x); derivatives.Count < expected.Length; y = derive(y, x))
                derivatives.Add(y);
            var actual = Evaluation.Evaluate(
                new Lambda("derivatives", [x], derivatives.ToImmutable()),
                [Value.Scalar(settings.DType, @case.Number("x"))], settings.Mode);
            for (var order = 0; order < expected.Length; order++)
            {
                yield return Comparison.Difference(
                    $"order {order} by {way} mode", expected[order], actual[order].Double(0), tolerance);
            }
        }
    }

    private static Func<Tensor, Tensor> Find(string name) =>
        Functions.TryGetValue(name, out var f) ? f
        : OperationTable.TryFind(name, out var verb) ? x => verb([x], new(default))[0]
        : throw new SkippedException($"the function {name} is not known");

    private static Tensor Forward(Tensor y, Tensor x) =>
        Jvp.Run([y], [x], [Tensor.Full(x.DType, [], 1)])[0] ?? Tensor.ZerosLike(x);

    private static Tensor Reverse(Tensor y, Tensor x) =>
        Vjp.Run([y], [x], [Tensor.Full(x.DType, [], 1)])[0] ?? Tensor.ZerosLike(x);
}
