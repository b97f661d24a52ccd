using System.Globalization;
using System.Reflection;
using System.Text;
using Xunit;

namespace DistGrad.Properties.Architecture;

/// <summary>
/// What silos and clients say to each other is approved as text beside this file. Names of C# are free to change;
/// aliases, numbers and types are not, since silos of two versions stand in one cluster while it is updated.
/// </summary>
public class WireContractLaws
{
    public static TheoryData<string> Assemblies => ["DistGrad.Distributed", "DistGrad.Host"];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void ContractsAreAsApproved(string assembly)
    {
        var text = new StringBuilder();
        foreach (var type in Interfaces(assembly).OrderBy(Alias, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"interface {Alias(type)}\n");
            foreach (var method in type.GetMethods().OrderBy(Alias, StringComparer.Ordinal))
            {
                var parameters = method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}");
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"  {Alias(method)}({string.Join(", ", parameters)}) -> {Name(method.ReturnType)}\n");
            }
        }
        foreach (var type in Serialised(assembly).OrderBy(Alias, StringComparer.Ordinal))
        {
            var parent = Serialised(assembly).Contains(type.BaseType) ? $" : {Name(type.BaseType!)}" : "";
            text.Append(CultureInfo.InvariantCulture, $"type {Alias(type)}{parent}\n");
            foreach (var (member, id) in Members(type).OrderBy(m => m.Id))
                text.Append(CultureInfo.InvariantCulture, $"  {id} {Name(TypeOf(member))} {member.Name}\n");
        }
        foreach (var type in Enums(assembly).OrderBy(Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"enum {Name(type)}\n");
            foreach (var value in Enum.GetValues(type))
                text.Append(CultureInfo.InvariantCulture, $"  {value:D} {value}\n");
        }
        Approved.Is($"{assembly}.contracts.txt", text.ToString());
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void EverythingOnTheWireHasAnAliasOfItsOwn(string assembly)
    {
        MemberInfo[] types = [.. Interfaces(assembly), .. Serialised(assembly), .. Encoded(assembly)];
        Assert.NotEmpty(types);
        Assert.DoesNotContain(types, t => Alias(t).Length == 0);
        Assert.Equal(types.Length, types.Select(Alias).Distinct().Count());
        foreach (var type in Interfaces(assembly))
        {
            Assert.DoesNotContain(type.GetMethods(), m => Alias(m).Length == 0);
            Assert.Equal(type.GetMethods().Length, type.GetMethods().Select(Alias).Distinct().Count());
        }
    }

    /// <summary>What has no number does not travel, and what was sent would arrive as nothing.</summary>
    [Theory]
    [MemberData(nameof(Assemblies))]
    public void AllThatASerialisedTypeHoldsHasANumberOfItsOwn(string assembly)
    {
        foreach (var type in Serialised(assembly))
        {
            var numbered = Members(type).ToArray();
            Assert.Equal(numbered.Length, numbered.Select(m => m.Id).Distinct().Count());
            var held = type.GetFields(Declared | BindingFlags.NonPublic)
                .Select(f => f.Name)
                .Select(f => f.StartsWith('<') ? f[1..f.IndexOf('>', StringComparison.Ordinal)] : f);
            Assert.Equal(held.Order(), numbered.Select(m => m.Member.Name).Order());
        }
    }

    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private static Type[] Types(string assembly) => Assembly.Load(assembly).GetTypes();

    private static Type[] Interfaces(string assembly) =>
        [.. Types(assembly).Where(t => t.IsInterface && t.IsAssignableTo(typeof(IGrain)))];

    private static Type[] Serialised(string assembly) =>
        [.. Types(assembly).Where(t => t.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))];

    /// <summary>The types that have a codec of their own.</summary>
    private static IEnumerable<Type> Encoded(string assembly) =>
        from codec in Types(assembly)
        where codec.IsDefined(typeof(RegisterSerializerAttribute), inherit: false)
        where codec.Namespace?.StartsWith(assembly, StringComparison.Ordinal) == true
        from face in codec.GetInterfaces()
        where face.IsGenericType && face.Name.StartsWith("IFieldCodec", StringComparison.Ordinal)
        select face.GetGenericArguments()[0];

    private static IEnumerable<Type> Enums(string assembly) =>
        Serialised(assembly).SelectMany(Members).Select(m => TypeOf(m.Member)).Where(t => t.IsEnum).Distinct();

    private static IEnumerable<(MemberInfo Member, uint Id)> Members(Type type) =>
        from member in type.GetMembers(Declared | BindingFlags.NonPublic)
        let id = member.GetCustomAttribute<IdAttribute>(inherit: false)
        where id is not null
        select (member, id.Id);

    private static Type TypeOf(MemberInfo member) =>
        member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;

    private static string Alias(MemberInfo member) =>
        member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? "";

    /// <summary>A type as the wire knows it: ours by alias, others by name.</summary>
    private static string Name(Type type) =>
        Alias(type) is { Length: > 0 } alias ? alias
        : type.IsArray ? $"{Name(type.GetElementType()!)}[]"
        : type.IsGenericType
            ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
