using System.Globalization;
using Xunit;

namespace DistGrad.Properties.Architecture;

/// <summary>How the code is written, as far as a machine can read it.</summary>
public class StyleLaws
{
    private const int Columns = 120;

    private static readonly string[] Kinds = [".cs", ".fs", ".fsx", ".sh", ".csproj", ".fsproj", ".props", ".targets"];

    [Fact]
    public void NoLineIsLongerThanAScreenIsWide()
    {
        var files = Sources().ToList();
        Assert.True(files.Count > 200, $"only {files.Count} sources were found below {Repository.Root}");
        var wide =
            from file in files
            from line in File.ReadLines(file).Index()
            let width = new StringInfo(line.Item).LengthInTextElements
            where width > Columns
            select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Index + 1}: {width} columns";
        Assert.True(!wide.Any(), $"Lines of more than {Columns} columns:\n{string.Join('\n', wide)}");
    }

    /// <summary>What people write: not what a build leaves beside it.</summary>
    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, ".ci"))
            .Concat(new[] { "src", "tests", "bench", "samples" }.SelectMany(Below));

    private static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*", SearchOption.AllDirectories)
            .Where(file => Kinds.Contains(Path.GetExtension(file)))
            .Where(file => !Folders(file).Any(f => f is "bin" or "obj"));

    private static string[] Folders(string file) =>
        Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar);
}
