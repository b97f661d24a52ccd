using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace DistGrad.Oracle.Operations;

/// <summary>A call of the library's verbs: results from operands and constant attributes.</summary>
internal delegate ImmutableArray<Tensor> Verb(ImmutableArray<Tensor> x, Options options);

/// <summary>
/// The operations of the files by name. An operation that the library has as a verb stands among the verbs; one that a
/// user would write in a line or two of verbs stands among the compositions; what is in neither is skipped, never
/// passed.
/// </summary>
internal static class OperationTable
{
    private static readonly Dictionary<string, Verb> Verbs = Merge(
        Unary.Verbs, Binary.Verbs, Reductions.Verbs, Shapes.Verbs, Indexing.Verbs, Contraction.Verbs,
        Layers.Verbs, Losses.Verbs);

    private static readonly Dictionary<string, Verb> Compositions = Merge(
        Binary.Compositions, Reductions.Compositions, Shapes.Compositions, Indexing.Compositions,
        Contraction.Compositions, Losses.Compositions, Composites.Models, Composites.Functions);

    public static bool TryFind(string name, [NotNullWhen(true)] out Verb? operation) =>
        Verbs.TryGetValue(name, out operation) || Compositions.TryGetValue(name, out operation);

    public static bool IsComposition(string name) => Compositions.ContainsKey(name);

    private static Dictionary<string, Verb> Merge(params Dictionary<string, Verb>[] tables) =>
        new(tables.SelectMany(t => t));
}

/// <summary>Shorter ways to write a line of the table.</summary>
internal static class Lines
{
    public static Verb One(Func<Tensor, Tensor> f) => (x, _) => [f(x[0])];

    public static Verb One(Func<Tensor, Options, Tensor> f) => (x, o) => [f(x[0], o)];

    public static Verb Two(Func<Tensor, Tensor, Tensor> f) => (x, _) => [f(x[0], x[1])];

    public static Verb Two(Func<Tensor, Tensor, Options, Tensor> f) => (x, o) => [f(x[0], x[1], o)];
}
