using System.Collections;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Globalization;

namespace DistGrad.Trees;

/// <summary>Dictionaries and maps: a part for each value, in the order of the keys.</summary>
internal static class Mappings
{
    public static Kind? Match(Type type) => type.GetGenericArguments() is [var key, var value]
        ? (Kind?)typeof(Mapping<,>).MakeGenericType(key, value)
            .GetMethod(nameof(Mapping<,>.Match))!.Invoke(null, [type])
        : null;
}

/// <summary>A dictionary type, by how it is made of pairs and by the comparer that it keeps.</summary>
internal sealed class Mapping<K, V>(Type type, Maker<K, V> maker) : Kind(type) where K : notnull
{
    private static readonly Dictionary<Type, Maker<K, V>> Known = new()
    {
        [typeof(Dictionary<K, V>)] = new(
            x => ((Dictionary<K, V>)x).Comparer,
            (pairs, comparer) => new Dictionary<K, V>(pairs, (IEqualityComparer<K>?)comparer)),
        [typeof(SortedDictionary<K, V>)] = new(
            x => ((SortedDictionary<K, V>)x).Comparer,
            (pairs, comparer) => new SortedDictionary<K, V>(new Dictionary<K, V>(pairs), (IComparer<K>?)comparer)),
        [typeof(SortedList<K, V>)] = new(
            x => ((SortedList<K, V>)x).Comparer,
            (pairs, comparer) => new SortedList<K, V>(new Dictionary<K, V>(pairs), (IComparer<K>?)comparer)),
        [typeof(ImmutableDictionary<K, V>)] = new(
            x => ((ImmutableDictionary<K, V>)x).KeyComparer,
            (pairs, comparer) => ImmutableDictionary.CreateRange((IEqualityComparer<K>?)comparer, pairs)),
        [typeof(ImmutableSortedDictionary<K, V>)] = new(
            x => ((ImmutableSortedDictionary<K, V>)x).KeyComparer,
            (pairs, comparer) => ImmutableSortedDictionary.CreateRange((IComparer<K>?)comparer, pairs)),
        [typeof(ReadOnlyDictionary<K, V>)] = new(
            x => null,
            (pairs, comparer) => new ReadOnlyDictionary<K, V>(new Dictionary<K, V>(pairs))),
    };

    public override bool SaysContent => true;

    public static Kind? Match(Type type) =>
        (Known.GetValueOrDefault(type) ?? FSharp.MapOf<K, V>(type)) is not { } maker ? null
        : Reaches.OfDeclared(typeof(K)) == Reach.Tensors ? new RefusedKind(type,
            "whose keys hold tensors: a key is content, never a leaf; use strings or numbers as keys")
        : !KeyOrder.Orders(typeof(K)) ? new RefusedKind(type,
            $"whose keys have no order, so its leaves would have none; use keys that can be " +
            $"compared, or make {TypeName.Of(typeof(K))} IComparable")
        : new Mapping<K, V>(type, maker);

    public override Parts Take(object value)
    {
        var pairs = ((IEnumerable<KeyValuePair<K, V>>)value).ToArray();
        var order = Enumerable.Range(0, pairs.Length).OrderBy(i => pairs[i].Key, KeyOrder.Of<K>()).ToArray();
        var places = new int[pairs.Length];
        for (var i = 0; i < order.Length; i++)
            places[order[i]] = i;
        var keys = new Keys<K>([.. order.Select(i => pairs[i].Key)], places, maker.Comparer(value));
        return new([.. order.Select(i => (object?)pairs[i].Value)], keys);
    }

    public override object? Build(object?[] parts, object? content)
    {
        var keys = (Keys<K>)content!;
        var pairs = keys.Places.Select(i => KeyValuePair.Create(keys.Sorted[i], (V)parts[i]!));
        return maker.Make(pairs, keys.Comparer);
    }

    public override string Step(int part, object? content) => $"[{KeyOrder.Text(((Keys<K>)content!).Sorted[part])}]";
}

/// <summary>How a dictionary type is made, and which comparer a dictionary of it has.</summary>
internal sealed record Maker<K, V>(
    Func<object, object?> Comparer, Func<IEnumerable<KeyValuePair<K, V>>, object?, object> Make);

/// <summary>
/// The keys of a dictionary in the order of its leaves. Equality is that of the keys: the order in which they were
/// added (the place of each among the sorted ones) and the comparer are kept for rebuilding only.
/// </summary>
internal sealed class Keys<K>(K[] sorted, int[] places, object? comparer)
{
    public K[] Sorted => sorted;

    public int[] Places => places;

    public object? Comparer => comparer;

    public override bool Equals(object? obj) => obj is Keys<K> other && Node.Same(Sorted, other.Sorted);

    public override int GetHashCode() => Sorted.Length;

    public override string ToString() => $"keyed by [{string.Join(", ", Sorted.Select(k => KeyOrder.Text(k)))}]";
}

/// <summary>
/// The order of keys: strings by their code units, within tuples too, and all else by its own comparison. The default
/// order of strings depends on the culture, so it would differ between machines.
/// </summary>
internal sealed class KeyOrder : IComparer
{
    private static readonly KeyOrder Instance = new();

    public static bool Orders(Type key) => key.IsAssignableTo(typeof(IComparable)) ||
        key.IsAssignableTo(typeof(IStructuralComparable)) ||
        key.IsAssignableTo(typeof(IComparable<>).MakeGenericType(key));

    public static IComparer<K> Of<K>() => typeof(K).IsAssignableTo(typeof(IComparable)) ||
        typeof(K).IsAssignableTo(typeof(IStructuralComparable))
            ? Comparer<K>.Create((x, y) => Instance.Compare(x, y)) : Comparer<K>.Default;

    /// <summary>A key as it stands in a path.</summary>
    public static string Text(object? key) => key is string text
        ? $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""
        : Convert.ToString(key, CultureInfo.InvariantCulture) ?? "";

    public int Compare(object? x, object? y) => (x, y) switch
    {
        (string first, string second) => string.CompareOrdinal(first, second),
        (IStructuralComparable first, not null) => first.CompareTo(y, this),
        _ => Comparer.DefaultInvariant.Compare(x, y),
    };
}
