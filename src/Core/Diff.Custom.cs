using System.Collections.Immutable;

namespace DistGrad;

public static partial class Diff
{
    /// <summary>
    /// A function with a derivative of your own: the rule takes x and dx to dy, and must be linear in dx.
    /// </summary>
    /// <exception cref="OpenTensorException">
    /// The function uses a tensor from outside that is being differentiated or traced: pass it as an argument.
    /// </exception>
    public static Func<TIn, TOut> CustomJvp<TIn, TOut>(Func<TIn, TOut> f, Func<TIn, TIn, TOut> rule) => x =>
    {
        var tree = Tree.Flatten(x);
        var function = Traced.Of(tree, f, "function");
        var primals = Traced.Parameters(tree, "rule");
        var tangents = Traced.Parameters(tree, "rule");
        var derivative = Tree.Flatten(rule(tree.Unflatten(primals), tree.Unflatten(tangents))).Leaves;
        ImmutableArray<Tensor> moving = [.. tangents.Where(t => t.DType.IsFloat)];
        var custom = new CustomJvp(
            SelfContained(function.Program),
            SelfContained(new("rule", [.. primals, .. moving], derivative)));
        return function.Result.Unflatten(Application.Of(custom, tree.Leaves).Results);
    };

    /// <summary>
    /// A function with a gradient of your own: forward takes x to the value and what backward needs of it; backward
    /// takes that and the value's cotangent to x's. Forward differentiation of it is an error.
    /// </summary>
    /// <exception cref="OpenTensorException">
    /// The function uses a tensor from outside that is being differentiated or traced: pass it as an argument.
    /// </exception>
    public static Func<TIn, TOut> CustomVjp<TIn, TOut, TResidual>(
        Func<TIn, TOut> f, Func<TIn, (TOut Value, TResidual Residual)> forward,
        Func<TResidual, TOut, TIn> backward) => x =>
    {
        var tree = Tree.Flatten(x);
        var function = Traced.Of(tree, f, "function");
        var parameters = Traced.Parameters(tree, "forward");
        var (value, residual) = forward(tree.Unflatten(parameters));
        var (values, residuals) = (Tree.Flatten(value), Tree.Flatten(residual));
        var given = Traced.Parameters(residuals, "backward");
        var cotangents = Traced.Parameters(function.Result, "backward");
        var result = Tree.Flatten(backward(residuals.Unflatten(given), function.Result.Unflatten(cotangents))).Leaves;
        var custom = new CustomVjp(
            SelfContained(function.Program),
            SelfContained(new("forward", parameters, [.. values.Leaves, .. residuals.Leaves])),
            SelfContained(new(
                "backward",
                [.. given, .. cotangents.Where(c => c.DType.IsFloat)],
                [.. result.Where((_, i) => tree.Leaves[i].DType.IsFloat)])));
        return function.Result.Unflatten(Application.Of(custom, tree.Leaves).Results);
    };

    /// <summary>As the other, with the value and the residual as a reference tuple.</summary>
    public static Func<TIn, TOut> CustomVjp<TIn, TOut, TResidual>(
        Func<TIn, TOut> f, Func<TIn, Tuple<TOut, TResidual>> forward, Func<TResidual, TOut, TIn> backward) =>
        CustomVjp(f, x => forward(x).ToValueTuple(), backward);

    /// <summary>
    /// A rule says how a function depends on its arguments alone; a variable from outside would be taken for
    /// a constant without a word.
    /// </summary>
    private static Lambda SelfContained(Lambda program)
    {
        var own = Order.Dependents(program.Results, program.Parameters).Concat(program.Parameters.Select(p => p.Source))
            .ToHashSet<Application>(ReferenceEqualityComparer.Instance);
        var foreign = program.Body.FirstOrDefault(a => a.Stamp > 0 && !own.Contains(a));
        return foreign is null ? program : throw new OpenTensorException(
            $"A function with a derivative of its own uses a variable from outside " +
            $"({foreign.Results[0].Type}), in which it would " +
            "not be differentiated; pass it as an argument");
    }
}
