using System.Collections;
using System.Reflection;

namespace DistGrad.Trees;

/// <summary>Types of the platform and collections that no row before knows.</summary>
internal static class Refusals
{
    public static Kind? Match(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>))
            return null;
        if (type.IsArray)
            return new RefusedKind(type, "an array of several dimensions of what may be tensors; stack them into one " +
                "tensor, or use an array of arrays");
        var isCollection = type.IsAssignableTo(typeof(IEnumerable)) && !Records.IsRecord(type);
        if (!isCollection && !Reaches.IsPlatform(type))
            return null;
        return Reaches.Of(type) != Reach.Tensors && !Items(type).Any(t => Reaches.OfDeclared(t) == Reach.Tensors)
            ? new OpaqueKind(type)
            : new RefusedKind(type, isCollection
                ? "a collection that has no fixed order or cannot be made again with other tensors; use an " +
                    "array, a list or a dictionary"
                : "which holds tensors out of reach; hold them in a record, a tuple, a list or a dictionary");
    }

    private static IEnumerable<Type> Items(Type type) =>
        from face in type.GetInterfaces()
        where face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEnumerable<>)
        select face.GetGenericArguments()[0];
}

/// <summary>
/// A type that cannot be made again, and whose declaration leaves open whether there are tensors in it: it is content,
/// unless one is found among its fields or items.
/// </summary>
internal sealed class OpaqueKind(Type type) : Kind(type)
{
    private readonly FieldInfo[] doubtful =
        [.. Reaches.Fields(type).Where(f => Reaches.OfDeclared(f.FieldType) != Reach.None)];

    public override string? Objection(object value) =>
        Contents(value).FirstOrDefault(x => x is not null && Reaches.Of(x.GetType()) == Reach.Tensors) is { } found
            ? $"which holds a {TypeName.Of(found.GetType())} out of reach; make it a record, with constructor " +
                "parameters named like its properties"
            : null;

    public override Parts Take(object value) => new([], value);

    public override object? Build(object?[] parts, object? content) => content;

    private IEnumerable<object?> Contents(object value) =>
        value is ICollection or IReadOnlyCollection<object> ? ((IEnumerable)value).Cast<object?>()
        : Reaches.IsPlatform(Type) ? []
        : doubtful.Select(field => field.GetValue(value));
}
