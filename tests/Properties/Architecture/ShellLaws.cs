using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace DistGrad.Properties.Architecture;

/// <summary>Training decides in pure functions, and grains only carry out what was decided.</summary>
public class ShellLaws
{
    /// <summary>
    /// What a file of grains may come to, in lines that are neither blank nor a comment: four screens of fifty lines,
    /// of which storing, sending and computing take one each. A grain that needs more has begun to decide.
    /// </summary>
    private const int LongestShell = 200;

    /// <summary>A method of a grain is at most this: one case for each command, and what is done about it.</summary>
    private const int LongestMethod = 40;

    /// <summary>All that the protocol may name: collections, arithmetic, and what is ours.</summary>
    private static readonly string[] Pure =
    [
        "System", "System.Collections.Generic", "System.Collections.Immutable", "System.Linq", "System.Numerics",
        "DistGrad", "DistGrad.Learn", "DistGrad.Distributed.Contracts", "DistGrad.Distributed.Protocol",
    ];

    /// <summary>What of the namespace System asks the machine: clocks, chance, surroundings.</summary>
    private static readonly string[] Impure =
    [
        "Activator", "AppContext", "AppDomain", "Console", "DateTime", "DateTimeOffset", "Environment", "GC", "Guid",
        "IAsyncDisposable", "Lazy", "Progress", "Random", "TimeProvider", "TimeZoneInfo",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void TheProtocolIsPure()
    {
        var named = RoomLaws.Build("Distributed").Named("Protocol").ToArray();
        Assert.True(named.Length > 500, $"the protocol names {named.Length} things");
        var wrong =
            from name in named
            from type in TypesOf(name.Symbol)
            where !Pure.Contains(type.ContainingNamespace.ToDisplayString()) || Impure.Contains(type.Name)
            select $"{Path.GetFileName(name.File.FilePath)}: {name.Symbol.ToDisplayString()} is of {type}";
        Assert.True(!wrong.Any(), string.Join("\n", wrong.Distinct()));
    }

    /// <summary>The state is a value: no file of the protocol has a variable that outlives a call.</summary>
    [Fact]
    public void TheProtocolKeepsNothing()
    {
        var variables =
            from name in RoomLaws.Build("Distributed").Compilation.SyntaxTrees.SelectMany(Members)
            select name;
        Assert.Empty(variables);

        static IEnumerable<string> Members(SyntaxTree tree) =>
            Path.GetFileName(Path.GetDirectoryName(tree.FilePath)) != "Protocol" ? []
            : from member in tree.GetRoot(Stop).DescendantNodes().OfType<MemberDeclarationSyntax>()
              where member switch
              {
                  FieldDeclarationSyntax field =>
                      !field.Modifiers.Any(SyntaxKind.ConstKeyword) && !field.Modifiers.Any(SyntaxKind.ReadOnlyKeyword),
                  PropertyDeclarationSyntax property =>
                      property.AccessorList?.Accessors.Any(SyntaxKind.SetAccessorDeclaration) == true,
                  _ => false,
              }
              select $"{Path.GetFileName(tree.FilePath)}: {member}";
    }

    [Fact]
    public void GrainsAreShells()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "src", "Distributed", "Grains"), "*.cs");
        Assert.Contains(files, f => f.EndsWith("RunGrain.cs", StringComparison.Ordinal));
        foreach (var file in files)
        {
            var root = CSharpSyntaxTree.ParseText(File.ReadAllText(file), cancellationToken: Stop).GetRoot(Stop);
            Assert.True(Lines(root) <= LongestShell, $"{file}: {Lines(root)} lines; {LongestShell} are allowed");
            foreach (var method in root.DescendantNodes().OfType<MethodDeclarationSyntax>())
            {
                Assert.True(
                    Lines(method) <= LongestMethod,
                    $"{file}: {method.Identifier} has {Lines(method)} lines; {LongestMethod} are allowed");
            }
        }
    }

    /// <summary>The lines on which there is code.</summary>
    private static int Lines(SyntaxNode node) => node.DescendantTokens()
        .Select(token => token.GetLocation().GetLineSpan().StartLinePosition.Line).Distinct().Count();

    /// <summary>The types that a name brings in: itself or that of the member, and that of its value.</summary>
    private static IEnumerable<INamedTypeSymbol> TypesOf(ISymbol symbol)
    {
        ITypeSymbol?[] types = symbol switch
        {
            ITypeSymbol type => [type],
            IMethodSymbol method => [method.ContainingType, method.ReturnType],
            IPropertySymbol property => [property.ContainingType, property.Type],
            IFieldSymbol field => [field.ContainingType, field.Type],
            ILocalSymbol local => [local.Type],
            IParameterSymbol parameter => [parameter.Type],
            _ => [],
        };
        return types.OfType<INamedTypeSymbol>().SelectMany(WithArguments);
    }

    private static IEnumerable<INamedTypeSymbol> WithArguments(INamedTypeSymbol type) =>
        type.TypeArguments.OfType<INamedTypeSymbol>().Where(a => !ReferenceEquals(a, type)).SelectMany(WithArguments)
            .Prepend(type);
}
