using System.Collections.Immutable;

namespace DistGrad.Trees;

/// <summary>
/// The one walk that takes a value apart: depth first, on a stack of its own, so depth costs no call stack.
/// </summary>
internal sealed class Flattening
{
    private readonly ImmutableArray<Node>.Builder nodes = ImmutableArray.CreateBuilder<Node>();
    private readonly ImmutableArray<Tensor>.Builder leaves = ImmutableArray.CreateBuilder<Tensor>();
    private readonly Stack<Frame> path = new();
    private readonly HashSet<object> entered = new(ReferenceEqualityComparer.Instance);

    public static Tree<T> Of<T>(T value)
    {
        var walk = new Flattening();
        walk.Walk(value);
        if (walk.leaves.Count > 0)
            return new(new(walk.nodes.ToImmutable()), walk.leaves.ToImmutable());
        var found = value is null ? $"a null {TypeName.Of(typeof(T))}" : Kinds.Of(value.GetType()).ToString();
        throw new TreeException($"Tree: {found} has no tensor in it, so " +
            "there is nothing to map or to differentiate with respect to; make its parameters members of type Tensor");
    }

    private void Walk(object? root)
    {
        Visit(root, 0);
        while (path.TryPop(out var top))
        {
            if (top.Next == top.Parts.Length)
            {
                entered.Remove(top.Value);
                continue;
            }
            path.Push(top with { Next = top.Next + 1 });
            Visit(top.Parts[top.Next], top.Next);
        }
    }

    private void Visit(object? value, int position)
    {
        var kind = value is null ? StaticKind.Null : Kinds.Of(value.GetType());
        var node = new Node(kind, 0, null, path.TryPeek(out var top) ? top.Node : -1, position);
        if (value is null)
            nodes.Add(node);
        else if (kind is LeafKind leaf)
        {
            leaves.Add(leaf.Unwrap(value));
            nodes.Add(node);
        }
        else
            Enter(value, kind, node);
    }

    private void Enter(object value, Kind kind, Node node)
    {
        if (kind.Objection(value) is { } objection)
            throw Refusal(kind, objection);
        var (parts, content) = kind.Take(value);
        nodes.Add(node with { Arity = parts.Length, Content = content });
        if (parts.Length == 0)
            return;
        if (!entered.Add(value))
            throw Refusal(kind, "that is within itself: a cycle has no end of leaves; break it");
        path.Push(new(value, parts, 0, nodes.Count - 1, content, kind));
    }

    private TreeException Refusal(Kind kind, string reason)
    {
        var steps = path.Reverse().Select(frame => frame.Kind.Step(frame.Next - 1, frame.Content));
        return new($"Tree: {Structure.Place(Structure.Join(steps))} is {kind}, {reason}");
    }

    /// <summary>A value whose parts are being visited.</summary>
    private readonly record struct Frame(object Value, object?[] Parts, int Next, int Node, object? Content, Kind Kind);
}
