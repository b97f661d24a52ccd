using System.Reflection;
using System.Text.RegularExpressions;
using DistGrad.Properties.Architecture;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace DistGrad.Properties.Docs;

/// <summary>
/// The code in the documents is code that the tests compile, and what it is said to print is what it prints: each block
/// of code stands line by line in the source that belongs to its document, in the document's order, and a block of text
/// after it holds the lines that the method there prints. Space at the ends of lines and blank lines have no say.
/// </summary>
public class DocumentLaws
{
    private const string Sources = "tests/Properties/Docs";

    public static TheoryData<string, string, string> Documents => new()
    {
        { "docs/how-it-works.md", "csharp", $"{Sources}/HowItWorks.cs" },
        { "docs/adding-a-primitive.md", "csharp", $"{Sources}/AddingAPrimitive.cs" },
        { "README.md", "csharp", $"{Sources}/Readme.cs" },
        { "README.md", "fsharp", "tests/FSharp/Readme.fs" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void EveryBlockOfCodeIsCompiled(string document, string language, string source) =>
        Assert.NotEmpty(Placed(document, language, source));

    [Theory]
    [MemberData(nameof(Documents))]
    public void EveryOutputIsWhatTheCodePrints(string document, string language, string source)
    {
        // What F# prints is held against the document where F# runs.
        foreach (var (block, end) in Placed(document, language, source))
        {
            if (block.Output is null || language != "csharp")
                continue;
            var method = MethodAround(source, end);
            Assert.Equal(block.Output, Printed.By(() => method.Invoke(null, null)).Select(l => l.Trim()));
        }
    }

    [Theory]
    [InlineData("docs/how-it-works.md")]
    [InlineData("docs/adding-a-primitive.md")]
    [InlineData("README.md")]
    public void EveryTextIsTheOutputOfABlockBeforeIt(string document)
    {
        var texts = Lines(document).Count(l => l.Text == "```text");
        Assert.Equal(texts, Blocks(document).Count(b => b.Output is not null));
    }

    [Theory]
    [InlineData("docs/how-it-works.md")]
    [InlineData("docs/adding-a-primitive.md")]
    [InlineData("docs/distributed.md")]
    [InlineData("docs/house.md")]
    [InlineData("README.md")]
    public void FilesAndTestsThatAreNamedExist(string document)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, document));
        var tests = Tests();
        foreach (var law in Regex.Matches(text, @"`(\w+Laws)(?:\.(\w+))?`").Select(m => m.Groups))
        {
            var holds = tests.Any(t => t.Contains($"class {law[1]}\n", StringComparison.Ordinal)
                && (law[2].Length == 0 || t.Contains($" {law[2]}(", StringComparison.Ordinal)));
            Assert.True(holds, $"{document}: no {law[0]}");
        }
        foreach (Match path in Regex.Matches(text, @"`((?:src|tests|docs|samples|bench)/[\w./-]*)`"))
            Assert.True(Path.Exists(Path.Combine(Repository.Root, path.Groups[1].Value)), $"{document}: no {path}");
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        foreach (Match link in Regex.Matches(text, @"\]\(([^):#]+)\)"))
            Assert.True(Path.Exists(Path.Combine(folder, link.Groups[1].Value)), $"{document}: no {link}");
    }

    /// <summary>The sources of all tests, of whichever project.</summary>
    private static string[] Tests() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Laws*.cs", SearchOption.AllDirectories)
            .Select(file => File.ReadAllText(file).ReplaceLineEndings("\n")),
    ];

    /// <summary>The document's blocks of a language, each with the line of the source at which it ends.</summary>
    private static List<(Block Block, int End)> Placed(string document, string language, string source)
    {
        var (lines, from, placed) = (Lines(source), 0, new List<(Block, int)>());
        foreach (var block in Blocks(document).Where(b => b.Language == language))
        {
            var at = from;
            var count = block.Code.Count;
            while (at + count <= lines.Count && !block.Code.SequenceEqual(lines.Slice(at, count).Select(l => l.Text)))
                at++;
            Assert.True(
                count > 0 && at + count <= lines.Count,
                $"{document} line {block.Line}: this does not stand in {source}, or not in this order:\n" +
                string.Join("\n", block.Code));
            from = at + count;
            placed.Add((block, lines[from - 1].Number));
        }
        return placed;
    }

    private static List<Block> Blocks(string document)
    {
        var blocks = new List<Block>();
        var (lines, justClosed) = (Lines(document), -1);
        for (var i = 0; i < lines.Count; i++)
        {
            if (!lines[i].Text.StartsWith("```", StringComparison.Ordinal))
                continue;
            var end = lines.FindIndex(i + 1, l => l.Text == "```");
            Assert.True(end > i, $"{document} line {lines[i].Number}: this block does not end");
            List<string> content = [.. lines[(i + 1)..end].Select(l => l.Text)];
            if (lines[i].Text == "```text" && justClosed == i - 1 && blocks.Count > 0)
                blocks[^1] = blocks[^1] with { Output = content };
            else if (lines[i].Text is "```csharp" or "```fsharp")
                (blocks, justClosed) = ([.. blocks, new(lines[i].Text[3..], content, lines[i].Number, null)], end);
            i = end;
        }
        return blocks;
    }

    /// <summary>The static method without parameters that holds this line.</summary>
    private static MethodInfo MethodAround(string source, int line)
    {
        var tree = CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(Repository.Root, source)));
        var node = tree.GetRoot().FindToken(tree.GetText().Lines[line - 1].End - 1).Parent!;
        var method = node.AncestorsAndSelf().OfType<MethodDeclarationSyntax>().FirstOrDefault();
        Assert.True(method is not null, $"{source} line {line}: no method prints what the document says");
        var names = method.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().Select(n => n.Name.ToString())
            .Append(method.Ancestors().OfType<ClassDeclarationSyntax>().Single().Identifier.Text);
        return typeof(DocumentLaws).Assembly.GetType(string.Join(".", names))!.GetMethod(method.Identifier.Text, [])!;
    }

    /// <summary>A file's lines that are not blank, trimmed, with their numbers.</summary>
    private static List<Line> Lines(string file) =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, file))
            .Select((text, i) => new Line(text.Trim(), i + 1))
            .Where(l => l.Text.Length > 0),
    ];

    private readonly record struct Line(string Text, int Number);

    /// <param name="Language">What the block is written in.</param>
    /// <param name="Code">Its lines.</param>
    /// <param name="Line">Where it begins in the document.</param>
    /// <param name="Output">The block of text directly after it, if there is one.</param>
    private sealed record Block(string Language, List<string> Code, int Line, List<string>? Output);
}
