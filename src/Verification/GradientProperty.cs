using FsCheck;
using FsCheck.Fluent;

namespace DistGrad.Verification;

/// <summary>What of a function's derivatives is to hold.</summary>
/// <param name="Order">
/// 1 for the gradient, 2 for the derivative of the gradient along random directions as well.
/// </param>
/// <param name="Tolerance">As of <see cref="DistGrad.Check.Gradient{T}"/>, relative to differences.</param>
public sealed record GradientOptions(int Order = 1, double? Tolerance = null);

/// <summary>
/// Properties of a user's own functions, by the same core as <see cref="DistGrad.Check.Gradient{T}"/>: on any generated
/// argument the gradient, the derivative forwards and differences agree along random directions.
/// </summary>
/// <remarks>
/// Arguments are tensors or trees of them; F# functions convert to the delegates. From C# or F#:
/// <code>GradientProperty.Check(x => Tensor.Tanh(x).Sum(), Tensors.Of(Shapes.Any())).QuickCheckThrowOnFailure();</code>
/// </remarks>
public static class GradientProperty
{
    /// <summary>
    /// How many points near one at which differences disagree are looked at before the derivative is said to be wrong.
    /// </summary>
    private const int Neighbours = 3;

    /// <summary>
    /// The gradient of a function is right at every argument that the generator makes; of a result that is no
    /// scalar, that of a weighted sum.
    /// </summary>
    public static Property Check<T>(Func<T, Tensor> f, Arbitrary<T> inputs, GradientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(inputs);
        var asked = options ?? new();
        Func<T, Tensor> scalar = x => Scalar(f(x));
        return asked.Order switch
        {
            1 => Prop.ForAll(inputs, x => Correct(scalar, x, asked.Tolerance)),
            2 => Prop.ForAll(
                inputs, x => Correct(scalar, x, asked.Tolerance).And(Correct(Slope(scalar), x, asked.Tolerance))),
            _ => throw new ArgumentOutOfRangeException(nameof(options), asked.Order, "The order is 1 or 2"),
        };
    }

    private static Property Correct<T>(Func<T, Tensor> f, T x, double? tolerance)
    {
        var report = DistGrad.Check.Gradient(x, f, tolerance);
        var isKink = !report.IsCorrect && IsKink(f, x, report, tolerance);
        return (report.IsCorrect || isKink).Label(report.ToString())
            .Classify(isKink, "at a kink, where differences say nothing")
            .Classify(report.Directions.All(d => d.Reverse == 0), "the gradient is 0");
    }

    /// <summary>
    /// Whether forwards and reverse agree and differences agree with them at some point near by: then the function is
    /// not smooth here. A wrong rule is wrong near by as well.
    /// </summary>
    private static bool IsKink<T>(Func<T, Tensor> f, T x, GradientReport report, double? tolerance) =>
        report.Directions.All(d => Math.Abs(d.Forward - d.Reverse) <= 1e-3 * (1 + Math.Abs(d.Reverse))) &&
        Enumerable.Range(1, Neighbours).Any(i => DistGrad.Check.Gradient(Moved(x, i), f, tolerance).IsCorrect);

    private static T Moved<T>(T x, int number)
    {
        const double Distance = 0.05;
        return Tree.Map(x, Noise(x, number), (leaf, noise) => leaf + (Distance * noise));
    }

    /// <summary>The derivative of f along fixed random directions, as a function of the point.</summary>
    private static Func<T, Tensor> Slope<T>(Func<T, Tensor> f) => x =>
        Tree.Leaves(Tree.Map(Diff.Grad(x, f), Noise(x, 0), (g, v) => (g * v).Sum()))
            .Select(leaf => leaf.Tensor).Aggregate((sum, part) => sum + part);

    private static T Noise<T>(T like, int number)
    {
        var leaf = 0;
        return Tree.Map(like, t => Tensor.Normal(Key.Of(number).Fold(leaf++), t.Shape, t.DType));
    }

    /// <summary>The result itself, or the sum of its elements with weights that tell them apart.</summary>
    private static Tensor Scalar(Tensor y) =>
        y.Rank == 0 ? y : (y * Tensor.Uniform(Key.Of(17), y.Shape, y.DType)).Sum();
}
