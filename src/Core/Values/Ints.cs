using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace DistGrad;

/// <summary>
/// A list of integers that is equal to another of the same content: axes, permutations, offsets, steps.
/// </summary>
[CollectionBuilder(typeof(Ints), nameof(Of))]
internal readonly struct Ints(ImmutableArray<int> items) : IEquatable<Ints>, IReadOnlyList<int>
{
    private ImmutableArray<int> Items => items.IsDefault ? [] : items;

    public int Count => Items.Length;

    public int this[int index] => Items[index];

    public int this[Index index] => Items[index];

    public static Ints Of(ReadOnlySpan<int> items) => new([.. items]);

    public static Ints Range(int start, int count) => [.. Enumerable.Range(start, count)];

    public static Ints Repeat(int value, int count) => [.. Enumerable.Repeat(value, count)];

    public ReadOnlySpan<int> AsSpan() => Items.AsSpan();

    public bool Equals(Ints other) => AsSpan().SequenceEqual(other.AsSpan());

    public override bool Equals(object? other) => other is Ints ints && Equals(ints);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var item in Items)
            hash.Add(item);
        return hash.ToHashCode();
    }

    public override string ToString() => $"[{string.Join(", ", Items)}]";

    public ImmutableArray<int>.Enumerator GetEnumerator() => Items.GetEnumerator();

    IEnumerator<int> IEnumerable<int>.GetEnumerator() => ((IEnumerable<int>)Items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)Items).GetEnumerator();
}
