using System.Collections.Concurrent;

namespace DistGrad.Trees;

/// <summary>The table of kinds: the first row that knows a type says how its values come apart.</summary>
internal static class Kinds
{
    private static readonly Func<Type, Kind?>[] Table =
    [
        LeafKind.Match,
        StaticKind.Match,
        Sequences.Match,
        Mappings.Match,
        Tuples.Match,
        FSharpOptions.Match,
        FSharpUnions.Match,
        FSharpRecords.Match,
        Refusals.Match,
        Records.Match,
    ];

    private static readonly ConcurrentDictionary<Type, Kind> Known = new();

    /// <summary>The kind of values of exactly this type. Reflection is asked once for a type.</summary>
    public static Kind Of(Type type) => Known.GetOrAdd(
        type, static t => Table.Select(match => match(t)).First(k => k is not null)!);
}
