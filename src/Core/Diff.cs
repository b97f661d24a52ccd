using System.Collections.Immutable;
using DistGrad.Transforms;

namespace DistGrad;

/// <summary>A function's value and its gradient, of the same structure as its argument.</summary>
public sealed record ValueAndGrad<T>(Tensor Value, T Grad);

/// <summary>A function's value, its gradient, and what else it computed on the way.</summary>
public sealed record ValueAndGrad<T, TAux>(Tensor Value, T Grad, TAux Aux);

/// <summary>A function's value and its tangent along that of the argument.</summary>
public sealed record ValueAndTangent<T>(T Value, T Tangent);

/// <summary>
/// A function's value, and the pullback, which takes a cotangent of the value to that of the argument.
/// </summary>
public sealed record ValueAndPullback<TIn, TOut>(TOut Value, Func<TOut, TIn> Pullback);

/// <summary>
/// A function's value, and the pushforward, which takes a tangent of the argument to that of the value.
/// </summary>
public sealed record ValueAndPushforward<TIn, TOut>(TOut Value, Func<TIn, TOut> Pushforward);

/// <summary>
/// The transforms of pure functions. Arguments and results are tensors, or trees of them: records, tuples, lists, maps.
/// Each gives expressions like any other, so transforms nest to any order and in any mix.
/// </summary>
/// <remarks>
/// A verb that takes a function alone gives a function; one that takes the argument first gives the result there.
/// </remarks>
public static partial class Diff
{
    /// <summary>The gradient of a function of one tensor to a scalar.</summary>
    /// <exception cref="DifferentiationException">
    /// The function's value is no floating-point scalar, or the argument is not floating-point.
    /// </exception>
    public static Func<Tensor, Tensor> Grad(Func<Tensor, Tensor> f) => x => Grad(x, f);

    /// <summary>The gradients of a function of two tensors to a scalar.</summary>
    public static Func<Tensor, Tensor, Tuple<Tensor, Tensor>> Grad(Func<Tensor, Tensor, Tensor> f) =>
        (x, y) => Grad(Tuple.Create(x, y), t => f(t.Item1, t.Item2));

    /// <summary>The gradients of a function of three tensors to a scalar.</summary>
    public static Func<Tensor, Tensor, Tensor, Tuple<Tensor, Tensor, Tensor>> Grad(
        Func<Tensor, Tensor, Tensor, Tensor> f) =>
        (x, y, z) => Grad(Tuple.Create(x, y, z), t => f(t.Item1, t.Item2, t.Item3));

    /// <summary>The gradient at x of a function to a scalar, of the same structure as x.</summary>
    public static T Grad<T>(T x, Func<T, Tensor> f) => ValueAndGrad(x, f).Grad;

    /// <summary>The value and the gradient of a function of one tensor to a scalar.</summary>
    public static Func<Tensor, ValueAndGrad<Tensor>> ValueAndGrad(Func<Tensor, Tensor> f) => x => ValueAndGrad(x, f);

    /// <summary>The value at x of a function to a scalar, and its gradient, of the same structure as x.</summary>
    public static ValueAndGrad<T> ValueAndGrad<T>(T x, Func<T, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var (value, grad, _) = ValueAndGrad(x, t => (f(t), true));
        return new(value, grad);
    }

    /// <summary>As the other, for a function that also returns what else it computed, such as predictions.</summary>
    public static ValueAndGrad<T, TAux> ValueAndGrad<T, TAux>(T x, Func<T, Tuple<Tensor, TAux>> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        return ValueAndGrad(x, t => f(t).ToValueTuple());
    }

    /// <summary>As the other, for a function that also returns what else it computed, such as predictions.</summary>
    public static ValueAndGrad<T, TAux> ValueAndGrad<T, TAux>(T x, Func<T, (Tensor Value, TAux Aux)> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var opened = Opened.At("grad", x);
        var (value, aux) = f(opened.Argument);
        RequireScalar("grad", value);
        var one = Tensor.Full(value.DType, value.Shape, 1);
        return new(value, opened.Cotangent(Transforms.Vjp.Run([value], opened.Variables, [one])), aux);
    }

    /// <summary>The value at x of a function, and its tangent along dx.</summary>
    public static ValueAndTangent<TOut> Jvp<TIn, TOut>(TIn x, TIn dx, Func<TIn, TOut> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var opened = Opened.At("jvp", x);
        var value = Tree.Flatten(f(opened.Argument));
        var tangents = Transforms.Jvp.Run(value.Leaves, opened.Variables, [.. opened.Like("jvp", dx)]);
        return new(value.Unflatten(value.Leaves), value.Unflatten(HeldPrograms.Explicit(tangents, value.Leaves)));
    }

    /// <summary>
    /// The value at x of a function, and its pullback there, which may be called any number of times.
    /// </summary>
    public static ValueAndPullback<TIn, TOut> Vjp<TIn, TOut>(TIn x, Func<TIn, TOut> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var opened = Opened.At("vjp", x);
        var value = Tree.Flatten(f(opened.Argument));
        var (tangents, linear) = Transforms.Vjp.Linearize(value.Leaves, opened.Variables);
        return new(value.Unflatten(value.Leaves), ct => opened.Cotangent(
            Transpose.Run(linear, tangents, [.. Leaves("vjp", value, ct)])));
    }

    /// <summary>
    /// The value at x of a function, and its derivative there as a linear function, which may be
    /// called any number of times.
    /// </summary>
    public static ValueAndPushforward<TIn, TOut> Linearize<TIn, TOut>(TIn x, Func<TIn, TOut> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var opened = Opened.At("linearize", x);
        var value = Tree.Flatten(f(opened.Argument));
        var (tangents, linear) = Transforms.Vjp.Linearize(value.Leaves, opened.Variables);
        var tangent = HeldPrograms.Explicit(linear, value.Leaves);
        var order = Order.Dependents(tangent, tangents);
        return new(value.Unflatten(value.Leaves), dx =>
        {
            var stand = tangents.Zip(opened.Like("linearize", dx))
                .ToDictionary(
                    p => p.First, p => p.Second, (IEqualityComparer<Tensor>)ReferenceEqualityComparer.Instance);
            return value.Unflatten(Substitute.Rebuild(order, stand, tangent));
        });
    }

    /// <summary>
    /// The product of the Hessian at x of a function to a scalar with v, at the cost of a few gradients.
    /// </summary>
    public static T Hvp<T>(T x, T v, Func<T, Tensor> f) => Jvp(x, v, t => Grad(t, f)).Tangent;

    /// <summary>
    /// The program of a function on arguments of these types, with the leaves of the example's tree as parameters.
    /// </summary>
    public static Lambda Trace<TIn, TOut>(TIn example, Func<TIn, TOut> f, string name = "f")
    {
        ArgumentNullException.ThrowIfNull(f);
        return Traced.Of(Tree.Flatten(example), f, name).Program;
    }

    private static void RequireScalar(string verb, Tensor value)
    {
        if (!value.DType.IsFloat || value.Rank != 0)
            throw new DifferentiationException(
                $"{verb}: the function's value is {value.Type}; a floating-point scalar is needed; " +
                "Sum or Mean it, or take a Jacobian");
    }

    /// <summary>The leaves of a cotangent, which must be of the types of the value's.</summary>
    private static ImmutableArray<Tensor> Leaves<T>(string verb, Tree<T> value, T cotangent)
    {
        var given = Tree.Flatten(cotangent);
        RequireLike(verb, value.Leaves, given.Leaves, given.Paths);
        return given.Leaves;
    }

    internal static void RequireLike(
        string verb, ImmutableArray<Tensor> wanted, ImmutableArray<Tensor> given, ImmutableArray<string> paths)
    {
        if (wanted.Length != given.Length)
            throw new TreeException($"{verb}: {wanted.Length} tensors are needed; {given.Length} were given");
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i].Type == given[i].Type)
                continue;
            var found = $"{verb}: {(paths[i].Length > 0 ? paths[i] + " is" : "given")} {given[i].Type}; " +
                $"{wanted[i].Type} is needed";
            throw wanted[i].DType == given[i].DType
                ? new ShapeException(found)
                : new DTypeException($"{found}; Cast it");
        }
    }

    /// <summary>An argument whose leaves are fresh variables of the same values.</summary>
    private sealed record Opened<T>(Tree<T> Tree, ImmutableArray<Tensor> Variables, T Argument)
    {
        /// <summary>Cotangents of the variables as a tree like the argument, zeros written out.</summary>
        public T Cotangent(ImmutableArray<Tensor?> cotangents) =>
            Tree.Unflatten(HeldPrograms.Explicit(cotangents, Variables));

        /// <summary>The leaves of a tangent, which must be of the types of the argument's.</summary>
        public ImmutableArray<Tensor> Like(string verb, T tangent)
        {
            var given = DistGrad.Tree.Flatten(tangent);
            RequireLike(verb, Variables, given.Leaves, given.Paths);
            return given.Leaves;
        }
    }

    private static class Opened
    {
        public static Opened<T> At<T>(string verb, T x)
        {
            var tree = Tree.Flatten(x);
            for (var i = 0; i < tree.Leaves.Length; i++)
            {
                if (!tree.Leaves[i].DType.IsFloat)
                    throw new DifferentiationException(
                        $"{verb}: {(tree.Paths[i].Length > 0 ? tree.Paths[i] : "the argument")} is " +
                        $"{tree.Leaves[i].Type}, which has no " +
                        "derivative; close over it instead of passing it, or Cast it");
            }
            ImmutableArray<Tensor> variables = [.. tree.Leaves.Select(l => l.Fresh())];
            return new(tree, variables, tree.Unflatten(variables));
        }
    }
}
