namespace DistGrad.Trees;

/// <summary>
/// How the values of one type come apart and together. There is one instance for a type, so kinds compare by identity.
/// </summary>
internal abstract class Kind(Type type)
{
    /// <summary>The type of the values.</summary>
    public Type Type { get; } = type;

    /// <summary>Whether the content tells nodes apart better than the number of parts does.</summary>
    public virtual bool SaysContent => false;

    /// <summary>Why this value cannot be part of a tree, and what to do; nothing when it can.</summary>
    public virtual string? Objection(object value) => null;

    /// <summary>The parts of a value, in the order of their leaves, and what it holds besides.</summary>
    public abstract Parts Take(object value);

    /// <summary>The value of these parts and this content.</summary>
    public abstract object? Build(object?[] parts, object? content);

    /// <summary>The step of a path from a value to one of its parts: <c>.name</c> or <c>[index]</c>.</summary>
    public virtual string Step(int part, object? content) => $"[{part}]";

    public override string ToString() => $"a {TypeName.Of(Type)}";
}

/// <summary>A value taken apart.</summary>
internal readonly record struct Parts(object?[] Values, object? Content = null);

/// <summary>A type whose values are leaves: a tensor, or one tensor in a wrapping of its own.</summary>
internal sealed class LeafKind(Type type, Func<object, Tensor> unwrap, Func<Tensor, object> wrap) : Kind(type)
{
    private static readonly LeafKind[] All =
    [
        new(typeof(Tensor), x => (Tensor)x, leaf => leaf),
        new(typeof(Key), x => ((Key)x).Data, leaf => new Key(leaf)),
    ];

    public static LeafKind? Match(Type type) => All.FirstOrDefault(kind => kind.Type == type);

    public Tensor Unwrap(object value) => unwrap(value);

    public object Wrap(Tensor leaf) => wrap(leaf);

    public override Parts Take(object value) => new([], value);

    public override object? Build(object?[] parts, object? content) => content;
}

/// <summary>A type whose values hold no tensor: they are content.</summary>
internal sealed class StaticKind(Type type) : Kind(type)
{
    /// <summary>The kind of null, whatever type was declared.</summary>
    public static StaticKind Null { get; } = new(typeof(void));

    public static StaticKind? Match(Type type) => Reaches.Of(type) == Reach.None ? new(type) : null;

    public override Parts Take(object value) => new([], value);

    public override object? Build(object?[] parts, object? content) => content;

    public override string ToString() => this == Null ? "null" : base.ToString();
}

/// <summary>A type whose values cannot be part of a tree, and why.</summary>
internal sealed class RefusedKind(Type type, string reason) : Kind(type)
{
    public override string? Objection(object value) => reason;

    public override Parts Take(object value) => new([], value);

    public override object? Build(object?[] parts, object? content) => content;
}
