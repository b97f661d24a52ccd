using System.Linq.Expressions;
using System.Reflection;

namespace DistGrad.Trees;

/// <summary>F# options: None is null, so an option is a value that is there.</summary>
internal static class FSharpOptions
{
    public static Kind? Match(Type type) => !FSharp.Is(type, FSharp.Option) ? null : new Product(
        type,
        [new("Some.value", type.GetGenericArguments()[0], some => Expression.Property(some, "Value"))],
        value => Expression.Call(type, "Some", null, value));
}

/// <summary>F# records: fields in the order of their declaration, which is that of the constructor.</summary>
internal static class FSharpRecords
{
    public static Kind? Match(Type type)
    {
        if (!FSharp.IsRecord(type) || Reaches.IsPlatform(type))
            return null;
        var fields = Mapping.Fields(type).ToArray();
        if (fields.FirstOrDefault(f => Mutability.IsMutable(type, f)) is { } mutable && !FSharp.IsCliMutable(type))
            return Mutability.Refuse(type, mutable);
        var constructor = type.GetConstructor(FSharp.Instance, [.. fields.Select(f => f.PropertyType)])!;
        return new Product(
            type,
            [.. fields.Select(f => new Member(f.Name, f.PropertyType, record => Expression.Property(record, f)))],
            arguments => Expression.New(constructor, arguments));
    }
}

/// <summary>F# unions, voption and Result among them: the fields of the case that the value is of.</summary>
internal static class FSharpUnions
{
    public static Kind? Match(Type type)
    {
        // A value of a case may be of a type nested in the union's.
        if (type.BaseType is { } union && FSharp.IsUnion(union))
            return Kinds.Of(union);
        return FSharp.IsUnion(type) ? new UnionKind(type) : null;
    }
}

/// <summary>A union, by its cases.</summary>
internal sealed class UnionKind : Kind
{
    private readonly Dictionary<int, Case> cases;
    private readonly Func<object, int> tag;

    public UnionKind(Type union) : base(union)
    {
        var makers =
            from method in union.GetMethods(FSharp.Static | BindingFlags.DeclaredOnly)
            let mark = Mapping.Of(method)
            where mark?.Kind == Mapping.UnionCase
            select (Tag: mark.Value.Sequence, Method: method);
        cases = makers.ToDictionary(m => m.Tag, m => new Case(union, m.Tag, m.Method));
        tag = Tag(union, cases.Count);
    }

    public override bool SaysContent => true;

    public override Parts Take(object value)
    {
        var own = cases[tag(value)];
        return new(own.Accessors.Take(value), own);
    }

    public override object? Build(object?[] parts, object? content) => ((Case)content!).Accessors.Build(parts);

    public override string Step(int part, object? content) =>
        $".{((Case)content!).Name}.{((Case)content).Accessors.Name(part)}";

    private static Func<object, int> Tag(Type union, int count)
    {
        if (count == 1)
            return _ => 0;
        var value = Expression.Parameter(typeof(object));
        var typed = Expression.Convert(value, union);
        // Where null stands for a case the tag is a static method.
        Expression read = union.GetProperty("Tag", FSharp.Instance) is { } property
            ? Expression.Property(typed, property)
            : Expression.Call(union.GetMethod("GetTag", FSharp.Static)!, typed);
        return Expression.Lambda<Func<object, int>>(read, value).Compile();
    }

    /// <summary>A case of a union; there is one object for each, so cases compare by identity.</summary>
    private sealed class Case
    {
        public Case(Type union, int tag, MethodInfo maker)
        {
            var isValueOption = FSharp.Is(union, FSharp.ValueOption);
            var name = maker.Name.StartsWith("get_", StringComparison.Ordinal) ? maker.Name[4..]
                : maker.Name.StartsWith("New", StringComparison.Ordinal) ? maker.Name[3..] : maker.Name;
            Name = isValueOption ? name.Replace("Value", "", StringComparison.Ordinal) : name;
            var fields = FSharp.CaseTypes(union).Append(union).SelectMany(t => Mapping.Fields(t, tag));
            Accessors = new(
                union,
                [.. fields.Select(f => new Member(
                    isValueOption ? "value" : FieldName(f.Name), f.PropertyType,
                    value => Expression.Property(Expression.Convert(value, f.DeclaringType!), f)))],
                arguments => Expression.Call(maker, arguments));
        }

        public string Name { get; }

        public Accessors Accessors { get; }

        public override string ToString() => Name;

        // F# names fields that have no name Item, or Item1, Item2; in paths they are named like the items of tuples.
        private static string FieldName(string name) =>
            name.StartsWith("Item", StringComparison.Ordinal) && name[4..].All(char.IsAsciiDigit)
                ? $"item{name[4..]}" : name;
    }
}
