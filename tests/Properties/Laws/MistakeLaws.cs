using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using DistGrad.Learn;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// A mistake is told where the program is written, before anything runs: what was asked, what was found, what to do,
/// and the line of the user's code, with an exception whose type says what kind of mistake it is.
/// </summary>
public class MistakeLaws
{
    private static readonly Dictionary<string, Mistake> Mistakes = new()
    {
        ["broadcast"] = Of<ShapeException>(x => x + Zeros(4), "add: [3] and [4] do not broadcast: on axis -1"),
        ["inner dimensions"] = Of<ShapeException>(
            x => Zeros(128, 784).MatMul(Zeros(512, 784)),
            "matmul: [128, 784] x [512, 784]: the inner dimensions 784 and 512 differ; transpose the second operand?"),
        ["dtypes"] = Of<DTypeException>(
            x => x + x.Cast(DType.Float32), "add: float64[3] and float32[3] do not mix; Cast"),
        ["a fraction"] = Of<DTypeException>(
            x => 0.5 * x.Cast(DType.Int64), "mul: the number 0.5 has no place in a tensor of int64; Cast"),
        ["index"] = Of<IndexException>(x => x[7], "index: 7 is outside the 3 of axis 0 of [3]"),
        ["axis"] = Of<IndexException>(x => x.Sum(1), "sum: axis 1 is outside the 1 axes of [3]"),
        ["axis twice"] = Of<IndexException>(x => x.Sum(0, 0), "sum: axis 0 of [3] is named twice"),
        ["reshape"] = Of<ShapeException>(x => x.Reshape(2, 2), "reshape: [3] has 3 elements; [2, 2] has 4"),
        ["permute"] = Of<ShapeException>(x => x.Permute(0, 0), "permute: [0, 0] is not an order of the 1 axes of [3]"),
        ["concat"] = Of<ShapeException>(
            x => Tensor.Concat([Zeros(2, 3), Zeros(2, 4)], 0), "concat: [2, 3] and [2, 4] differ in more than axis 0"),
        ["stack"] = Of<ShapeException>(x => Tensor.Stack([x, Zeros(4)]), "stack: the shapes [3] and [4] differ"),
        ["mean of integers"] = Of<DTypeException>(
            x => x.Cast(DType.Int64).Mean(), "mean: a floating-point tensor is needed; found int64[3]; Cast it"),
        ["max of nothing"] = Of<ShapeException>(x => x[..0].Max(), "max: over the axes [0] [0] has no elements"),
        ["where"] = Of<DTypeException>(
            x => Tensor.Where(x, x, x), "where: the condition must be bool; found float64[3]"),
        ["a loss of unequal shapes"] = Of<ShapeException>(
            x => Loss.SquaredError(x.Reshape(3, 1), x), "float64[3, 1]", "float64[3]", "a loss does not broadcast"),
        ["labels that are no integers"] = Of<DTypeException>(
            x => Loss.SoftmaxCrossEntropy(Zeros(3, 4), x), "SoftmaxCrossEntropy", "Cast them to int64"),
        ["gradient of no scalar"] = Of<DifferentiationException>(
            x => Diff.Grad(x, t => 2 * t), "grad: the function's value is float64[3]", "Sum or Mean it"),
        ["gradient by integers"] = Of<DifferentiationException>(
            x => Diff.Grad(x.Cast(DType.Int64), t => t.Sum()), "grad: the argument is int64[3]"),
        ["tangent of another shape"] = Of<ShapeException>(
            x => Diff.Jvp(x, Zeros(2), t => t).Tangent, "jvp: given float64[2]; float64[3] is needed"),
        ["cotangent of another dtype"] = Of<DTypeException>(
            x => Diff.Vjp(x, t => t).Pullback(x.Cast(DType.Float32)),
            "vjp: given float32[3]; float64[3] is needed; Cast it"),
        ["too many tangents"] = Of<TreeException>(
            x => Diff.Jvp<List<Tensor>, Tensor>([x], [x, x], t => t[0]).Tangent,
            "jvp: 1 tensors are needed; 2 were given"),
        ["a model of nothing"] = Of<TreeException>(
            x => Diff.Grad(new { Rate = 0.5 }, m => x.Sum()).Rate, "has no tensor in it"),
        ["batch axis"] = Of<IndexException>(x => Diff.Vmap(t => t, 3)(x), "vmap: axis 3 is outside the 1 axes of [3]"),
        ["carry of another shape"] = Of<ShapeException>(
            x => Flow.Scan(x, x, (c, v) => (c.Sum(), v)).Carry,
            "scan: the carry starts as float64[3] and comes back as float64[]"),
        ["carry of another dtype"] = Of<DTypeException>(
            x => Flow.Scan((x, x), x, (c, v) => ((c.Item1, c.Item2.Cast(DType.Float32)), v)).Carry.Item1,
            "scan: the carry item2 starts as float64[3] and comes back as float32[3]; Cast it"),
        ["a choice by numbers"] = Of<DTypeException>(
            x => Flow.Cond(x[0], x, t => t, t => -t), "cond: a bool scalar must choose; found float64[]"),
        ["the value of a variable"] = Of<OpenTensorException>(
            x => x.Sum().Item(), "depends on parameter x of f", "which is only being traced"),
    };

    public static TheoryData<string> Names => [.. Mistakes.Keys];

    [Theory, MemberData(nameof(Names))]
    public void AMistakeIsToldWhileTheProgramIsWritten(string name)
    {
        var mistake = Mistakes[name];
        var error = Assert.Throws(
            mistake.Error, () => Diff.Trace(Tensor.Of([1.0, 2.0, 3.0]), (Tensor x) => mistake.Write(x)));
        Assert.All(mistake.Words, words => Assert.Contains(words, error.Message, StringComparison.Ordinal));
        var place = Regex.Match(error.Message, @"\(MistakeLaws\.cs line (\d+)\)$");
        Assert.True(place.Success, $"no line of this file ends: {error.Message}");
        var line = int.Parse(place.Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(line, mistake.Line, mistake.Line + 2);
    }

    private static Tensor Zeros(params int[] shape) => Tensor.Zeros([.. shape], DType.Float64);

    private static Mistake Of<TError>(
        Func<Tensor, object> write, string asked, string found = "", string wanted = "",
        [CallerLineNumber] int line = 0)
        where TError : DistGradException =>
        new(typeof(TError), write, [asked, found, wanted], line);

    private sealed record Mistake(Type Error, Func<Tensor, object> Write, string[] Words, int Line);
}
