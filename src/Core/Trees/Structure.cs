using System.Collections;
using System.Collections.Immutable;

namespace DistGrad.Trees;

/// <summary>
/// A tree without its leaves: types, counts, keys and what holds no tensor. Two structures are equal when all of these
/// are.
/// </summary>
/// <remarks>
/// The nodes stand in Polish notation, each before its parts. Read backwards that is a program for a stack machine, so
/// building needs no recursion, and structures compare node by node.
/// </remarks>
public sealed class Structure : IEquatable<Structure>
{
    private readonly ImmutableArray<Node> nodes;
    private readonly Lazy<ImmutableArray<string>> paths;

    internal Structure(ImmutableArray<Node> nodes)
    {
        this.nodes = nodes;
        LeafCount = nodes.Count(n => n.Kind is LeafKind);
        paths = new(() => [.. LeafPaths()]);
    }

    /// <summary>The number of leaves.</summary>
    public int LeafCount { get; }

    /// <summary>The path to each leaf, each different from the others.</summary>
    public ImmutableArray<string> Paths => paths.Value;

    /// <inheritdoc/>
    public bool Equals(Structure? other) => other is not null && Difference(other) is null;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Structure);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var node in nodes)
        {
            hash.Add(node.Kind);
            hash.Add(node.Arity);
        }
        return hash.ToHashCode();
    }

    /// <summary>The paths to the leaves, a line each.</summary>
    public override string ToString() => string.Join("\n", Paths);

    /// <summary>
    /// The first place at which the other structure is another, in words; nothing when they are equal.
    /// </summary>
    internal string? Difference(Structure other)
    {
        for (var i = 0; i < Math.Min(nodes.Length, other.nodes.Length); i++)
        {
            if (nodes[i].Difference(other.nodes[i]) is { } difference)
                return $"{Place(PathTo(i))} {difference}";
        }
        return null;
    }

    /// <summary>The value with these leaves.</summary>
    internal object? Build(ImmutableArray<Tensor> leaves)
    {
        Check(leaves);
        var (built, next) = (new Stack<object?>(), leaves.Length);
        for (var i = nodes.Length - 1; i >= 0; i--)
        {
            var node = nodes[i];
            built.Push(node.Kind is LeafKind leaf
                ? leaf.Wrap(leaves[--next]) : node.Kind.Build(Pop(node.Arity), node.Content));
        }
        return built.Pop();

        object?[] Pop(int count)
        {
            var parts = count == 0 ? [] : new object?[count];
            for (var part = 0; part < count; part++)
                parts[part] = built.Pop();
            return parts;
        }
    }

    /// <summary>A path as the subject of a sentence.</summary>
    internal static string Place(string path) => path.Length == 0 ? "the value itself" : path;

    /// <summary>A path of steps, without the dot that would begin it.</summary>
    internal static string Join(IEnumerable<string> steps) => string.Concat(steps).TrimStart('.');

    private void Check(ImmutableArray<Tensor> leaves)
    {
        if (leaves.Length != LeafCount)
        {
            throw new TreeException(
                $"Tree.Unflatten: the structure has {LeafCount} leaves; found {leaves.Length} tensors");
        }
        var missing = leaves.IndexOf(null!);
        if (missing >= 0)
            throw new TreeException($"Tree.Unflatten: {Place(Paths[missing])} is given null; a leaf is a tensor");
    }

    private IEnumerable<string> LeafPaths()
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            if (nodes[i].Kind is LeafKind)
                yield return PathTo(i);
        }
    }

    private string PathTo(int node)
    {
        var steps = new Stack<string>();
        for (; nodes[node].Parent >= 0; node = nodes[node].Parent)
        {
            var parent = nodes[nodes[node].Parent];
            steps.Push(parent.Kind.Step(nodes[node].Position, parent.Content));
        }
        return Join(steps);
    }
}

/// <summary>One value within a tree: its kind, its number of parts, what else it holds, and where it stands.</summary>
internal readonly record struct Node(Kind Kind, int Arity, object? Content, int Parent, int Position)
{
    /// <summary>How another node in the same place differs, if it does.</summary>
    public string? Difference(Node other) =>
        !ReferenceEquals(Kind, other.Kind) ? $"is {Kind} in the first and {other.Kind} in the second"
        : Arity != other.Arity && !Kind.SaysContent ? $"has {Arity} parts in the first and {other.Arity} in the second"
        : !Same(Content, other.Content) ? $"is {Text(Content)} in the first and {Text(other.Content)} in the second"
        : null;

    /// <summary>Whether two contents are equal; collections compare by their items.</summary>
    public static bool Same(object? first, object? second)
    {
        if (Equals(first, second))
            return true;
        if (first is not ICollection xs || second is not ICollection ys || xs.GetType() != ys.GetType())
            return false;
        return xs.Count == ys.Count && xs.Cast<object?>().Zip(ys.Cast<object?>(), Same).All(same => same);
    }

    private static string Text(object? content) => content switch
    {
        null => "null",
        string text => $"\"{text}\"",
        ICollection items => $"[{string.Join(", ", items.Cast<object?>().Select(Text))}]",
        _ => content.ToString() ?? TypeName.Of(content.GetType()),
    };
}
