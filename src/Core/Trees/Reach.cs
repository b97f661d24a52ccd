using System.Collections;
using System.Reflection;

namespace DistGrad.Trees;

/// <summary>What the declaration of a type says of tensors within its values, from nothing to something.</summary>
internal enum Reach
{
    /// <summary>No tensor is in any value.</summary>
    None,

    /// <summary>Only the value can tell: an object, an interface or a class that others derive from is in it.</summary>
    Unknown,

    /// <summary>There is a place for a tensor.</summary>
    Tensors,
}

/// <summary>Whether values of a type can hold tensors, by the declared types of all of its fields.</summary>
internal static class Reaches
{
    private static readonly Type[] Statics =
        [typeof(string), typeof(Delegate), typeof(MemberInfo), typeof(Shape), typeof(Value), typeof(Lambda)];

    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The reach of values of exactly this type.</summary>
    public static Reach Of(Type type) => Of(type, []);

    /// <summary>The reach of a member declared with this type, whose values may be of a derived one.</summary>
    public static Reach OfDeclared(Type type) => OfDeclared(type, []);

    /// <summary>
    /// Whether a type comes with the platform or with F#, so that its fields are none of our business.
    /// </summary>
    public static bool IsPlatform(Type type) => type.Assembly.GetName().Name is { } name &&
        (name is "FSharp.Core" or "System" or "mscorlib" || name.StartsWith("System.", StringComparison.Ordinal) ||
        name.StartsWith("Microsoft.", StringComparison.Ordinal));

    /// <summary>The fields of a type and of those it derives from.</summary>
    public static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (var t = type; t is not null && t != typeof(object); t = t.BaseType)
        {
            foreach (var field in t.GetFields(Declared))
                yield return field;
        }
    }

    private static Reach OfDeclared(Type type, HashSet<Type> seen)
    {
        var open = !type.IsSealed && !type.IsArray && !IsPlatform(type) && !FSharp.IsUnion(type) && !IsStatic(type);
        return Max(Of(type, seen), open ? Reach.Unknown : Reach.None);
    }

    // The cases of a union are one type, however many classes the compiler makes of them.
    private static Reach Of(Type type, HashSet<Type> seen) =>
        type.BaseType is { } union && FSharp.IsUnion(union) ? OfWhole(union, seen) : OfWhole(type, seen);

    // A type seen before adds nothing here: what it reaches is, or will be, part of the outermost answer.
    private static Reach OfWhole(Type type, HashSet<Type> seen) =>
        LeafKind.Match(type) is not null ? Reach.Tensors
        : IsStatic(type) || !seen.Add(type) ? Reach.None
        : type.HasElementType ? OfDeclared(type.GetElementType()!, seen)
        : IsPlatform(type) ? OfPlatform(type, seen)
        : Fields(type).Concat(FSharp.CaseTypes(type).SelectMany(Fields)).Select(f => f.FieldType)
            .Aggregate(
                type.IsInterface ? Reach.Unknown : Reach.None,
                (reach, field) => Max(reach, OfDeclared(field, seen)));

    private static Reach OfPlatform(Type type, HashSet<Type> seen) => type.IsGenericType
        ? type.GetGenericArguments().Aggregate(Reach.None, (reach, t) => Max(reach, OfDeclared(t, seen)))
        : type.IsInterface || type == typeof(object) || type == typeof(ValueType) ||
            type.IsAssignableTo(typeof(IEnumerable))
            ? Reach.Unknown : Reach.None;

    private static bool IsStatic(Type type) =>
        type.IsPrimitive || type.IsEnum || type.IsPointer || FSharp.IsFunction(type) ||
        Statics.Any(s => s.IsAssignableFrom(type));

    private static Reach Max(Reach x, Reach y) => x > y ? x : y;
}
