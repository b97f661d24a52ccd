using System.Linq.Expressions;
using System.Reflection;

namespace DistGrad.Trees;

/// <summary>
/// What the F# compiler and library leave in their types, known by name: Core does not refer to FSharp.Core, and a
/// program may have any version of it.
/// </summary>
internal static class FSharp
{
    public const string Option = "Microsoft.FSharp.Core.FSharpOption`1";
    public const string ValueOption = "Microsoft.FSharp.Core.FSharpValueOption`1";
    public const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    public const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private const string MapType = "Microsoft.FSharp.Collections.FSharpMap`2";
    private const string ListType = "Microsoft.FSharp.Collections.FSharpList`1";
    private const string ListModule = "Microsoft.FSharp.Collections.ListModule";
    private const string FunctionType = "Microsoft.FSharp.Core.FSharpFunc`2";

    /// <summary>Whether this is a closed instance of the generic type of this full name.</summary>
    public static bool Is(Type type, string definition) =>
        type.IsGenericType && type.GetGenericTypeDefinition().FullName == definition;

    /// <summary>Whether a type derives from the F# functions.</summary>
    public static bool IsFunction(Type type) =>
        type.BaseType is { } parent && (Is(type, FunctionType) || IsFunction(parent));

    public static bool IsUnion(Type type) => Mapping.Of(type)?.Kind == Mapping.SumType;

    public static bool IsRecord(Type type) => Mapping.Of(type)?.Kind == Mapping.RecordType;

    /// <summary>Whether a record has setters for the sake of serialisers only.</summary>
    public static bool IsCliMutable(Type type) =>
        type.GetCustomAttributesData().Any(a =>
            a.AttributeType.FullName == "Microsoft.FSharp.Core.CLIMutableAttribute");

    /// <summary>The types of the cases of a union that have types of their own.</summary>
    public static IEnumerable<Type> CaseTypes(Type union) => !IsUnion(union) ? [] :
        union.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic)
            .Where(t => !t.IsEnum && t.GetGenericArguments().Length == union.GetGenericArguments().Length)
            .Select(t => t.IsGenericTypeDefinition ? t.MakeGenericType(union.GetGenericArguments()) : t)
            .Where(t => t.BaseType == union);

    /// <summary>How an F# list is made of an array.</summary>
    public static Func<T[], object>? ListOf<T>(Type type) => !Is(type, ListType) ? null :
        type.Assembly.GetType(ListModule, throwOnError: true)!.GetMethod("OfArray")!.MakeGenericMethod(typeof(T))
            .CreateDelegate<Func<T[], object>>();

    /// <summary>How an F# map is made of pairs; F# gives its keys their order.</summary>
    public static Maker<K, V>? MapOf<K, V>(Type type)
    {
        if (!Is(type, MapType))
            return null;
        var pairs = Expression.Parameter(typeof(IEnumerable<Tuple<K, V>>));
        var make = Expression.Lambda<Func<IEnumerable<Tuple<K, V>>, object>>(
            Expression.New(type.GetConstructor([pairs.Type])!, pairs), pairs).Compile();
        return new(_ => null, (items, _) => make(items.Select(p => Tuple.Create(p.Key, p.Value))));
    }
}

/// <summary>The mark that the F# compiler leaves on types, cases and fields: what they are, and their places.</summary>
internal readonly record struct Mapping(int Kind, int Sequence, int Variant)
{
    public const int SumType = 1;
    public const int RecordType = 2;
    public const int Field = 4;
    public const int UnionCase = 8;
    private const int KindMask = 31;

    public static Mapping? Of(MemberInfo member)
    {
        var mark = member.GetCustomAttributes(false)
            .FirstOrDefault(a => a.GetType().FullName == "Microsoft.FSharp.Core.CompilationMappingAttribute");
        return mark is null ? null
            : new(Get("SourceConstructFlags") & KindMask, Get("SequenceNumber"), Get("VariantNumber"));

        int Get(string name) => Convert.ToInt32(mark.GetType().GetProperty(name)!.GetValue(mark), null);
    }

    /// <summary>The fields among a type's own properties, in the order of their declaration.</summary>
    public static IEnumerable<PropertyInfo> Fields(Type type, int? variant = null) =>
        from property in type.GetProperties(FSharp.Instance | BindingFlags.DeclaredOnly)
        let mark = Of(property)
        where mark?.Kind == Field && (variant is null || mark.Value.Variant == variant)
        orderby mark.Value.Sequence
        select property;
}
