using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace DistGrad.Properties.Architecture;

/// <summary>
/// A program travels through Core's rooms in one direction. Since a type such as Tensor has a part in several rooms,
/// the arrows are drawn between the files in which the members themselves stand.
/// </summary>
public class RoomLaws
{
    /// <summary>
    /// For each room, the rooms that its files may use. The files beside the rooms are the public verbs.
    /// </summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Values"] = [],
        ["Expressions"] = ["Values"],
        ["Primitives"] = ["Values", "Expressions"],
        ["Transforms"] = ["Values", "Expressions", "Primitives"],
        ["Simplify"] = ["Values", "Expressions", "Primitives", "Transforms"],
        ["Plan"] = ["Values", "Expressions", "Primitives", "Transforms", "Simplify"],
        ["Execute"] = ["Values", "Expressions", "Primitives", "Transforms", "Simplify", "Plan"],
        ["Wire"] = ["Values", "Expressions", "Primitives"],
        ["Trees"] = ["Values", "Expressions", "Primitives"],
        ["Verbs"] =
            ["Values", "Expressions", "Primitives", "Transforms", "Simplify", "Plan", "Execute", "Wire", "Trees"],
        ["Learn"] = ["Values", "Expressions", "Primitives", "Trees", "Verbs", "Execute"],
    };

    private static readonly string Core = Path.Combine(Repository.Root, "src", "Core");

    [Fact]
    public void ArrowsPointInTheDirectionOfTravel()
    {
        var arrows = Arrows();
        Assert.True(arrows.Count > 20, "the rooms use each other");
        var wrong = arrows.Where(a => a.From != a.To && !Allowed[a.From].Contains(a.To)).ToArray();
        Assert.True(wrong.Length == 0, string.Join("\n", wrong.Select(a => $"{a.From} -> {a.To}: {a.Example}")));
    }

    [Fact]
    public void EveryFolderIsARoomAndEveryRoomHasFiles()
    {
        var folders = Directory.GetDirectories(Core).Select(Path.GetFileName).Where(f => f is not ("bin" or "obj"));
        Assert.Equal(Allowed.Keys.Where(r => r != "Verbs").Order(), folders.Order());
    }

    [Fact]
    public void CoreReferencesNothingButTheFramework()
    {
        var foreign = typeof(Tensor).Assembly.GetReferencedAssemblies()
            .Where(a => a.Name?.StartsWith("System", StringComparison.Ordinal) != true);
        Assert.Empty(foreign);
    }

    private static HashSet<Arrow> Arrows()
    {
        var compilation = Compiled();
        Assert.DoesNotContain(compilation.GetDiagnostics(), d => d.Severity == DiagnosticSeverity.Error);
        var arrows = new HashSet<Arrow>();
        foreach (var tree in compilation.SyntaxTrees.Where(t => Room(t) is not null))
        {
            var model = compilation.GetSemanticModel(tree);
            foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                var symbol = model.GetSymbolInfo(name).Symbol;
                // A constructor is named by its type, and a type in several rooms stands in none: its members do.
                if (symbol is null or INamespaceSymbol || symbol.DeclaringSyntaxReferences.Length != 1)
                    continue;
                if (Room(symbol.DeclaringSyntaxReferences[0].SyntaxTree) is { } to)
                    arrows.Add(
                        new(Room(tree)!, to, $"{Path.GetFileName(tree.FilePath)} uses {symbol.ToDisplayString()}"));
            }
        }
        return arrows;
    }

    private static CSharpCompilation Compiled()
    {
        var options = new CSharpParseOptions(LanguageVersion.CSharp14);
        var files = Directory.EnumerateFiles(Core, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Contains("bin"))
            .Where(IsSourceOrWidth);
        string[] usings =
        [
            "System", "System.IO", "System.Linq", "System.Net.Http", "System.Collections.Generic", "System.Threading",
            "System.Threading.Tasks",
        ];
        var global = string.Concat(usings.Select(u => $"global using global::{u};\n"));
        var trees = files.Select(f => CSharpSyntaxTree.ParseText(File.ReadAllText(f), options, f))
            .Append(CSharpSyntaxTree.ParseText(global, options));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(
                p => Path.GetFileName(p).StartsWith("System", StringComparison.Ordinal) ||
                    Path.GetFileName(p) is "netstandard.dll" or "mscorlib.dll")
            .Select(p => MetadataReference.CreateFromFile(p));
        return CSharpCompilation.Create(
            "Core",
            trees,
            references,
            new(
                OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable));
    }

    /// <summary>Our files, and of those that the build writes the other vector width, of one build only.</summary>
    private static bool IsSourceOrWidth(string file)
    {
        var parts = Path.GetRelativePath(Core, file).Split(Path.DirectorySeparatorChar);
        if (parts[0] != "obj")
            return true;
        var built = typeof(Tensor).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        return parts.Contains(built) && parts.Contains("Lanes");
    }

    private static string? Room(SyntaxTree tree)
    {
        if (tree.FilePath.Length == 0)
            return null;
        var parts = Path.GetRelativePath(Core, tree.FilePath).Split(Path.DirectorySeparatorChar);
        return parts[0] == "obj" ? "Execute" : parts.Length == 1 ? "Verbs" : parts[0];
    }

    private sealed record Arrow(string From, string To, string Example)
    {
        public bool Equals(Arrow? other) => other is not null && From == other.From && To == other.To;

        public override int GetHashCode() => HashCode.Combine(From, To);
    }
}
