using System.Collections.Immutable;
using DistGrad.Trees;

namespace DistGrad;

/// <summary>What a program is made for: the argument's structure and its leaves' types.</summary>
internal sealed class Signature : IEquatable<Signature>
{
    private readonly Structure structure;

    private Signature(Structure structure, ImmutableArray<TensorType> types)
    {
        this.structure = structure;
        Types = types;
    }

    public ImmutableArray<TensorType> Types { get; }

    public static Signature Of<T>(Tree<T> tree) => new(tree.Structure, [.. tree.Leaves.Select(l => l.Type)]);

    public bool Equals(Signature? other) =>
        other is not null && Types.AsSpan().SequenceEqual(other.Types.AsSpan()) && structure.Equals(other.structure);

    public override bool Equals(object? obj) => Equals(obj as Signature);

    public override int GetHashCode() =>
        Types.Aggregate(structure.GetHashCode(), (hash, type) => HashCode.Combine(hash, type));
}
