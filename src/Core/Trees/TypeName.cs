namespace DistGrad.Trees;

/// <summary>Types as a reader would write them.</summary>
internal static class TypeName
{
    /// <summary>The name with its arguments: <c>Queue&lt;Tensor&gt;</c>.</summary>
    public static string Of(Type type) =>
        type.IsArray ? $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]"
        : type.IsGenericType && type.Name.Contains('`') ?
            $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>"
        : type.Name;
}
