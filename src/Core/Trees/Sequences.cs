using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Linq.Expressions;
using System.Runtime.InteropServices;

namespace DistGrad.Trees;

/// <summary>Arrays and lists: a part for each item.</summary>
internal static class Sequences
{
    public static Kind? Match(Type type)
    {
        var element = type.IsSZArray ? type.GetElementType() : type.GetGenericArguments() is [var only] ? only : null;
        return element is null ? null : (Kind?)typeof(Sequence<>).MakeGenericType(element)
            .GetMethod(nameof(Sequence<>.Match))!.Invoke(null, [type]);
    }
}

/// <summary>A list type, by how it is made of an array.</summary>
internal sealed class Sequence<T>(Type type, Func<T[], object> build) : Kind(type)
{
    private static readonly Dictionary<Type, Func<T[], object>> Known = new()
    {
        [typeof(T[])] = items => items,
        [typeof(List<T>)] = items => new List<T>(items),
        [typeof(ReadOnlyCollection<T>)] = items => new ReadOnlyCollection<T>(items),
        [typeof(ImmutableArray<T>)] = items => ImmutableCollectionsMarshal.AsImmutableArray(items),
        [typeof(ImmutableList<T>)] = items => ImmutableList.Create(items),
    };

    public static Kind? Match(Type type) =>
        (Known.GetValueOrDefault(type) ?? FSharp.ListOf<T>(type) ?? Synthesised(type)) is { } build
            ? new Sequence<T>(type, build) : null;

    public override Parts Take(object value) => value is ImmutableArray<T> { IsDefault: true }
        ? new([], nameof(ImmutableArray<>.IsDefault))
        : new([.. ((IEnumerable<T>)value).Select(item => (object?)item)]);

    public override object? Build(object?[] parts, object? content) =>
        content is null ? build(Array.ConvertAll(parts, part => (T)part!)) : default(ImmutableArray<T>);

    /// <summary>The types that C# makes for a collection expression of type IReadOnlyList or IEnumerable.</summary>
    private static Func<T[], object>? Synthesised(Type type)
    {
        if (!type.Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal))
            return null;
        var constructor = type.GetConstructors().Single();
        var items = Expression.Parameter(typeof(T[]));
        Expression argument = constructor.GetParameters().Single().ParameterType switch
        {
            var t when t == typeof(T[]) => items,
            var t when t == typeof(T) => Expression.ArrayIndex(items, Expression.Constant(0)),
            _ => Expression.New(typeof(List<T>).GetConstructor([typeof(IEnumerable<T>)])!, items),
        };
        return Expression.Lambda<Func<T[], object>>(Expression.New(constructor, argument), items).Compile();
    }
}
