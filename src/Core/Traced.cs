using System.Collections.Immutable;

namespace DistGrad;

/// <summary>A function that was run once on parameters: its program and the structure of its result.</summary>
internal sealed record Traced<TOut>(Lambda Program, Tree<TOut> Result);

internal static class Traced
{
    /// <summary>Runs a function on fresh parameters of the types of an argument's leaves.</summary>
    public static Traced<TOut> Of<TIn, TOut>(Tree<TIn> argument, Func<TIn, TOut> f, string name)
    {
        var parameters = Parameters(argument, name, ParameterName(f));
        var result = Tree.Flatten(f(argument.Unflatten(parameters)));
        return new(new(name, parameters, result.Leaves), result);
    }

    public static ImmutableArray<Tensor> Parameters<T>(Tree<T> argument, string name, string whole = "x") =>
        [.. argument.Leaves.Select((leaf, i) => Tensor.Parameter(leaf.Type, Label(argument.Paths[i], whole), name))];

    private static string Label(string path, string whole) => path.Length > 0 ? path : whole;

    /// <summary>What the user called the argument, unless the compiler named it.</summary>
    private static string ParameterName(Delegate f) =>
        f.Method.GetParameters().LastOrDefault()?.Name is { Length: > 0 } name && char.IsLetter(name[0]) &&
        !name.StartsWith("delegateArg", StringComparison.Ordinal) ? name : "x";
}
