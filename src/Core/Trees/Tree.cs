using System.Collections.Immutable;
using DistGrad.Trees;

namespace DistGrad;

/// <summary>
/// Takes records, tuples, lists and maps of tensors apart into flat leaves, and puts them together again. A model is
/// any immutable value of such types; members that hold no tensor are carried over as they are.
/// </summary>
/// <remarks>
/// Leaves come in the order in which constructors declare their members, lists hold their items and keys sort (strings
/// by their code units). What a tree may be made of is the table in <see cref="Kinds"/>.
/// </remarks>
public static class Tree
{
    /// <summary>The leaves of a value, and the structure that gives the value back from them.</summary>
    /// <exception cref="TreeException">
    /// No tensor is in it, or a tensor is where it could not be put back: in a mutable class, a set, a lazy sequence, a
    /// cycle.
    /// </exception>
    public static Tree<T> Flatten<T>(T value) => Flattening.Of(value);

    /// <summary>The value of the same structure whose leaves are f of this one's.</summary>
    public static T Map<T>(T tree, Func<Tensor, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var flat = Flatten(tree);
        return flat.Unflatten(flat.Leaves.Select(f));
    }

    /// <summary>
    /// The value of the same structure whose leaves are f of the two values' leaves at the same path.
    /// </summary>
    /// <exception cref="TreeException">The structures differ; the message names the first path.</exception>
    public static T Map<T>(T first, T second, Func<Tensor, Tensor, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var (x, y) = (Flatten(first), Flatten(second));
        return x.Structure.Difference(y.Structure) is { } difference
            ? throw new TreeException($"Tree.Map: the two trees differ in structure: {difference}")
            : x.Unflatten(x.Leaves.Zip(y.Leaves, f));
    }

    /// <summary>The leaves of a value, each with the path that leads to it, such as <c>layers[0].weights</c>.</summary>
    public static IReadOnlyList<Leaf> Leaves<T>(T tree)
    {
        var flat = Flatten(tree);
        return [.. flat.Paths.Zip(flat.Leaves, (path, leaf) => new Leaf(path, leaf))];
    }
}

/// <summary>A value as flat leaves and the structure that they have in it.</summary>
public sealed class Tree<T>
{
    internal Tree(Structure structure, ImmutableArray<Tensor> leaves)
    {
        Structure = structure;
        Leaves = leaves;
    }

    /// <summary>The tensors, in order.</summary>
    public ImmutableArray<Tensor> Leaves { get; }

    /// <summary>All that there is to the value but its leaves.</summary>
    public Structure Structure { get; }

    /// <summary>The path to each leaf; empty where the value is itself the leaf.</summary>
    public ImmutableArray<string> Paths => Structure.Paths;

    /// <summary>
    /// The value of this structure with these leaves, whose shapes and dtypes may be others than before.
    /// </summary>
    /// <exception cref="TreeException">There are more or fewer leaves than places for them.</exception>
    public T Unflatten(IEnumerable<Tensor> leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        return (T)Structure.Build([.. leaves])!;
    }
}
