using System.Reflection;
using System.Runtime.CompilerServices;

namespace DistGrad.Trees;

/// <summary>
/// A model that is changed in place would leave its trees behind, so a class whose tensors can be set is refused.
/// Structs are copied when they are taken apart, so theirs may be.
/// </summary>
internal static class Mutability
{
    public static bool IsMutable(Type type, MemberInfo member) => !type.IsValueType && IsSettable(member) &&
        Reaches.OfDeclared(Storage.TypeOf(member)) == Reach.Tensors;

    public static RefusedKind Refuse(Type type, MemberInfo member) => new(type,
        $"a class whose {member.Name} can be set: a model is immutable; make it a record " +
        (FSharp.IsRecord(type) ? "without mutable fields" : "(or replace set by init)"));

    private static bool IsSettable(MemberInfo member) => member switch
    {
        FieldInfo field => !field.IsInitOnly,
        PropertyInfo { SetMethod: { } set } => (set.IsPublic || set.IsAssembly) &&
            !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)),
        _ => false,
    };
}
