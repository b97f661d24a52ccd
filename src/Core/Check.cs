using System.Globalization;
using DistGrad.Execute;

namespace DistGrad;

/// <summary>A derivative along a random direction within one leaf of the argument, got in three ways.</summary>
/// <param name="Path">The leaf; empty when the argument is one tensor.</param>
/// <param name="Reverse">The gradient's product with the direction.</param>
/// <param name="Forward">The tangent along the direction.</param>
/// <param name="Difference">The difference quotient along the direction.</param>
/// <param name="IsCorrect">Whether the three agree.</param>
public sealed record DirectionalCheck(string Path, double Reverse, double Forward, double Difference, bool IsCorrect);

/// <summary>What a check of a gradient found.</summary>
public sealed record GradientReport(IReadOnlyList<DirectionalCheck> Directions)
{
    /// <summary>Whether all derivatives agree.</summary>
    public bool IsCorrect => Directions.All(d => d.IsCorrect);

    /// <summary>A line a direction, those that disagree marked.</summary>
    public override string ToString() => string.Join("\n", Directions.Select(d => string.Create(
        CultureInfo.InvariantCulture,
        $"{(d.IsCorrect ? "ok   " : "WRONG")} {d.Path} reverse {d.Reverse:g9} forward {d.Forward:g9} " +
        $"difference {d.Difference:g9}")));
}

/// <summary>The first value of a program that is not finite.</summary>
/// <param name="Operation">What computed it.</param>
/// <param name="Index">Where in its result, in row-major order.</param>
/// <param name="Value">The value.</param>
/// <param name="Operands">What it was computed from, at that place where shapes are equal, else in whole.</param>
/// <param name="Line">The line of the user's code that asked for it; empty when there is no debug information.</param>
public sealed record NonFinite(string Operation, int Index, double Value, IReadOnlyList<string> Operands, string Line)
{
    /// <summary>One sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Operation} of {string.Join(", ", Operands)} is {Value} at element " +
        $"{Index}{(Line.Length > 0 ? $" ({Line})" : "")}");
}

/// <summary>Checks of a user's own functions.</summary>
public static class Check
{
    /// <summary>Random directions tried within each leaf.</summary>
    private const int Directions = 3;

    /// <summary>
    /// Holds the gradient at x of a function to a scalar against forward differentiation and against differences, along
    /// random directions. At a point where the function is not smooth the differences differ rightly.
    /// </summary>
    /// <param name="x">The point, of float64 for a sharp check.</param>
    /// <param name="f">The function.</param>
    /// <param name="tolerance">
    /// The greatest relative difference from differences; by default 1e-6 in float64 and 2e-2 in float32, which is what
    /// fourth-order differences can give.
    /// </param>
    public static GradientReport Gradient<T>(T x, Func<T, Tensor> f, double? tolerance = null)
    {
        ArgumentNullException.ThrowIfNull(f);
        var tree = Tree.Flatten(x);
        var gradient = Tree.Flatten(Diff.Grad(x, f)).Leaves;
        return new(
        [
            .. from leaf in Enumerable.Range(0, tree.Leaves.Length)
               from direction in Enumerable.Range(0, Directions)
               select Along(f, tree, gradient[leaf], leaf, direction, tolerance),
        ]);
    }

    /// <summary>As the other, for a function of one tensor.</summary>
    public static GradientReport Gradient(Func<Tensor, Tensor> f, Tensor x, double? tolerance = null) =>
        Gradient(x, f, tolerance);

    /// <summary>
    /// The first application whose value is not finite, in the order in which the function is computed at x, with its
    /// line; nothing when all are finite. Literal infinities and what is computed from them on purpose count too.
    /// </summary>
    public static NonFinite? FirstNonFinite<T>(T x, Func<T, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var tree = Tree.Flatten(x);
        var traced = Provenance.Record(() => Traced.Of(tree, f, "f"));
        var known = new Dictionary<Tensor, Value>(ReferenceEqualityComparer.Instance);
        var arguments = Tensor.Evaluate(tree.Leaves);
        for (var i = 0; i < arguments.Length; i++)
            known[traced.Program.Parameters[i]] = arguments[i];
        foreach (var node in traced.Program.Body)
        {
            var results = node.Operation is Primitive primitive
                ? primitive.Evaluate([.. node.Operands.Select(o => known[o])], Interpreter.Run)
                : [((Literal)node.Operation).Value];
            for (var i = 0; i < results.Length; i++)
            {
                if (node.Operation is Primitive && Place(results[i]) is { } place)
                    return Found(node, results[i], place, known);
                known[node.Results[i]] = results[i];
            }
        }
        return null;
    }

    /// <summary>As the other, for a function of one tensor.</summary>
    public static NonFinite? FirstNonFinite(Func<Tensor, Tensor> f, Tensor x) => FirstNonFinite(x, f);

    private static DirectionalCheck Along<T>(
        Func<T, Tensor> f, Tree<T> tree, Tensor gradient, int leaf, int direction, double? tolerance)
    {
        var x = tree.Leaves[leaf];
        var v = Tensor.Normal(Key.Of(1).Fold((leaf * Directions) + direction), x.Shape, x.DType).Evaluate();
        var isDouble = x.DType == DType.Float64;
        var reverse = (gradient * v).Sum().Item();
        var zeros = tree.Leaves.Select((l, i) => i == leaf ? v : Tensor.ZerosLike(l));
        var forward = Diff.Jvp(tree.Unflatten(tree.Leaves), tree.Unflatten(zeros), f).Tangent.Item();
        var step = isDouble ? 1e-3 : 3e-2;
        // Richardson: the quotient over half the step, freed of its error of second order.
        var difference = ((4 * Quotient(step / 2)) - Quotient(step)) / 3;
        var scale = Math.Max(1, Math.Max(Math.Abs(difference), Math.Abs(reverse)));
        var isCorrect = Math.Abs(reverse - difference) <= (tolerance ?? (isDouble ? 1e-6 : 2e-2)) * scale
            && Math.Abs(reverse - forward) <= (isDouble ? 1e-9 : 1e-3) * scale;
        return new(tree.Paths[leaf], reverse, forward, difference, isCorrect);

        double Quotient(double h) => (At(h) - At(-h)) / (2 * h);

        double At(double h) => f(tree.Unflatten(tree.Leaves.SetItem(leaf, x + (h * v)))).Item();
    }

    private static int? Place(Value value)
    {
        for (var i = 0; value.DType.IsFloat && i < value.Shape.Size; i++)
        {
            if (!double.IsFinite(value.Double(i)))
                return i;
        }
        return null;
    }

    private static NonFinite Found(Application node, Value result, int place, Dictionary<Tensor, Value> known) => new(
        node.Operation.Name,
        place,
        result.Double(place),
        [
            .. node.Operands.Select(
                o => known[o] is var v && v.Shape == result.Shape ? ValueText.Number(v, place) : $"{o.Type}"),
        ],
        node.Where?.ToString() ?? "");
}
