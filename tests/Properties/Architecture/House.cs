using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace DistGrad.Properties.Architecture;

/// <summary>
/// A project below src, compiled from its files, and what they use of each other. Its folders are rooms. The files
/// beside the rooms are one more, "Verbs", but for those that are told apart by name.
/// </summary>
/// <remarks>
/// Since a type such as Tensor has a part in several rooms, the arrows are drawn between the files in which the members
/// themselves stand.
/// </remarks>
internal sealed class House
{
    public const string Verbs = "Verbs";

    /// <summary>A partial method without a body, which generators of the build write.</summary>
    private const string IsGenerated = "CS8795";

    private readonly string folder;
    private readonly Assembly assembly;
    private readonly IReadOnlyCollection<string> rooms;

    /// <summary>The project in this folder, which is built as this assembly.</summary>
    public House(string project, string assembly, IReadOnlyCollection<string> rooms)
    {
        folder = Path.Combine(Repository.Root, "src", project);
        this.assembly = Assembly.Load(assembly);
        this.rooms = rooms;
        Compilation = CSharpCompilation.Create(
            assembly,
            Files().Select(f => CSharpSyntaxTree.ParseText(File.ReadAllText(f), new(LanguageVersion.CSharp14), f)),
            References(),
            new(
                this.assembly.EntryPoint is null ? OutputKind.DynamicallyLinkedLibrary : OutputKind.ConsoleApplication,
                allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(
            Compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error && d.Id != IsGenerated));
    }

    public CSharpCompilation Compilation { get; }

    public IEnumerable<string> Folders =>
        Directory.GetDirectories(folder).Select(f => Path.GetFileName(f)).Where(f => f is not ("bin" or "obj"));

    /// <summary>All that the files of a room name, and in which file.</summary>
    public IEnumerable<(ISymbol Symbol, SyntaxTree File)> Named(string room)
    {
        foreach (var tree in Compilation.SyntaxTrees.Where(t => Room(t) == room))
        {
            var model = Compilation.GetSemanticModel(tree);
            foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (model.GetSymbolInfo(name).Symbol is { } symbol and not INamespaceSymbol)
                    yield return (symbol, tree);
            }
        }
    }

    /// <summary>Which rooms use which, each arrow once with an example.</summary>
    public IReadOnlyCollection<Arrow> Arrows() =>
    [
        .. from room in rooms
           from named in Named(room)
           let declared = named.Symbol.DeclaringSyntaxReferences
           // A constructor is named by its type, and a type in several rooms stands in none: its members do.
           let to = declared.Select(d => Room(d.SyntaxTree)).Distinct().ToArray() is [{ } only] ? only : null
           where to is not null && to != room
           group named by (From: room, To: to) into arrow
           let example = arrow.First()
           select new Arrow(
               arrow.Key.From, arrow.Key.To,
               $"{Path.GetFileName(example.File.FilePath)} uses {example.Symbol.ToDisplayString()}"),
    ];

    /// <summary>Our files, and of those that the build writes the general usings and the other vector width.</summary>
    private IEnumerable<string> Files()
    {
        var built = assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        return
            from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            let parts = Parts(file)
            where parts[0] switch
            {
                "bin" => false,
                "obj" => parts.Contains(built) &&
                    (parts.Contains("Lanes") || file.EndsWith(".GlobalUsings.g.cs", StringComparison.Ordinal)),
                _ => true,
            }
            select file;
    }

    private IEnumerable<MetadataReference> References()
    {
        var ours = assembly.GetReferencedAssemblies().Select(a => a.Name).ToHashSet();
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileNameWithoutExtension(p) is var name
                && (!name.StartsWith("DistGrad", StringComparison.Ordinal) || ours.Contains(name)))
            .Select(p => MetadataReference.CreateFromFile(p));
    }

    private string? Room(SyntaxTree tree)
    {
        var parts = Parts(tree.FilePath);
        return parts switch
        {
            ["obj", ..] => parts.Contains("Lanes") ? "Execute" : null,
            [var file] => rooms.Contains(file) ? file : Verbs,
            [var room, ..] => room,
            [] => null,
        };
    }

    private string[] Parts(string file) => Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar);
}

/// <summary>A room uses another.</summary>
internal sealed record Arrow(string From, string To, string Example)
{
    public override string ToString() => $"{From} -> {To}: {Example}";
}
