using System.Linq.Expressions;
using System.Reflection;

namespace DistGrad.Trees;

/// <summary>
/// C# records, anonymous types, and immutable classes and structs like them: a part for each parameter of the
/// constructor, which has a property of its name, and for each further property that can be set when the object is
/// made.
/// </summary>
internal static class Records
{
    public static Kind Match(Type type)
    {
        var members = Storage.Members(type);
        if (members.FirstOrDefault(m => Mutability.IsMutable(type, m)) is { } mutable)
            return Mutability.Refuse(type, mutable);
        var constructors = Constructors(type);
        foreach (var constructor in constructors)
        {
            var given = constructor.GetParameters().Select(p => Storage.Named(members, p)).ToArray();
            if (given.All(m => m is not null))
                return Made(type, constructor, given!, members);
        }
        return type.IsValueType ? Made(type, null, [], members)
            : Reaches.Of(type) == Reach.Tensors ? Unmatched(type, constructors[0], members)
            : new OpaqueKind(type);
    }

    /// <summary>Whether a class was declared as a C# record.</summary>
    public static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    /// <summary>The constructors, those that say most first, but for the one that copies a record.</summary>
    private static ConstructorInfo[] Constructors(Type type) =>
    [
        .. from constructor in type.GetConstructors(FSharp.Instance)
           let parameters = constructor.GetParameters()
           where parameters is not [{ ParameterType: var only }] || only != type
           orderby parameters.Length descending
           select constructor,
    ];

    private static Kind Made(Type type, ConstructorInfo? constructor, MemberInfo[] given, MemberInfo[] members)
    {
        var set = members.Except(given).Where(Storage.CanSet).ToArray();
        MemberInfo[] parts = [.. given, .. set];
        if (Storage.Lost(type, parts) is { } lost)
        {
            return Reaches.Of(type) != Reach.Tensors ? new OpaqueKind(type) : new RefusedKind(type,
                $"whose member {lost} may hold a tensor that no constructor parameter or init accessor could " +
                "set again; make it a parameter of the record or a property with { get; init; }, " +
                "or compute it where it is used");
        }
        return new Product(type, [.. parts.Select(Storage.Member)], arguments =>
            Make(type, constructor, set, arguments));
    }

    private static Expression Make(Type type, ConstructorInfo? constructor, MemberInfo[] set, Expression[] arguments)
    {
        var parameters = constructor?.GetParameters() ?? [];
        var made = constructor is null ? Expression.New(type) : Expression.New(
            constructor, parameters.Select((p, i) => Expression.Convert(arguments[i], p.ParameterType)));
        return set.Length == 0 ? made
            : Expression.MemberInit(made, set.Select((m, i) => Expression.Bind(m, arguments[parameters.Length + i])));
    }

    private static RefusedKind Unmatched(Type type, ConstructorInfo constructor, MemberInfo[] members)
    {
        var parameter = constructor.GetParameters().First(p => Storage.Named(members, p) is null);
        return new(type, $"whose constructor takes {TypeName.Of(parameter.ParameterType)} {parameter.Name}, but no " +
            "public property of that name and type says what it was; make the type a record, or give it that property");
    }
}

/// <summary>The members of a class or struct that store something.</summary>
internal static class Storage
{
    /// <summary>
    /// The public properties that can be read and the public fields, in the order of their declaration.
    /// </summary>
    public static MemberInfo[] Members(Type type) =>
    [
        .. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(p => p.GetMethod is not null && p.GetIndexParameters().Length == 0)
            .DistinctBy(p => p.Name)
            .Select(p => p.DeclaringType!.GetProperty(p.Name, FSharp.Instance | BindingFlags.DeclaredOnly)!)
            .Concat<MemberInfo>(type.GetFields(BindingFlags.Instance | BindingFlags.Public))
            .OrderBy(m => Depth(m.DeclaringType!)).ThenBy(m => m.MetadataToken),
    ];

    /// <summary>
    /// The member that a parameter sets: of its name, the case of letters apart, and of a type that it takes.
    /// </summary>
    public static MemberInfo? Named(MemberInfo[] members, ParameterInfo parameter)
    {
        return Find(StringComparison.Ordinal) ?? Find(StringComparison.OrdinalIgnoreCase);

        MemberInfo? Find(StringComparison comparison) => members.FirstOrDefault(m =>
            string.Equals(m.Name, parameter.Name, comparison) && parameter.ParameterType.IsAssignableFrom(TypeOf(m)));
    }

    /// <summary>Whether an object initialiser can set a member, and there is something to set.</summary>
    public static bool CanSet(MemberInfo member) => member is FieldInfo field ? !field.IsInitOnly
        : member is PropertyInfo { SetMethod: not null } &&
            Reaches.Fields(member.DeclaringType!).Any(f => Owner(f) == member.Name);

    /// <summary>
    /// The first stored thing that may hold a tensor and is none of these members; nothing when all is kept.
    /// </summary>
    public static string? Lost(Type type, MemberInfo[] kept) =>
        Reaches.Fields(type)
            .Where(f => f.FieldType != typeof(object) && Reaches.OfDeclared(f.FieldType) != Reach.None)
            .Select(Owner)
            .FirstOrDefault(name => !kept.Any(m => string.Equals(m.Name, name, StringComparison.OrdinalIgnoreCase)));

    public static Member Member(MemberInfo member) =>
        new(member.Name, TypeOf(member), value => Expression.MakeMemberAccess(value, member));

    public static Type TypeOf(MemberInfo member) =>
        member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;

    /// <summary>
    /// The name that a field is known by: that of its property where the compiler made the field
    /// (<c>&lt;W&gt;k__BackingField</c> in C#, <c>W@</c> in F#), that of the parameter which it captures, else its own
    /// without the underscore of private fields.
    /// </summary>
    private static string Owner(FieldInfo field) =>
        field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)]
        : field.Name.TrimStart('_').TrimEnd('@');

    private static int Depth(Type type) => type.BaseType is { } parent ? 1 + Depth(parent) : 0;
}
