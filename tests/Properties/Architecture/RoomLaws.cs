using System.Collections.Concurrent;
using System.Xml.Linq;
using Xunit;

namespace DistGrad.Properties.Architecture;

/// <summary>
/// Rooms use each other in one direction: in Core that in which a program travels, in Distributed from what is decided
/// to what carries it out, in Host from the data to the commands.
/// </summary>
public class RoomLaws
{
    private sealed record Plan(string Assembly, int Arrows, Dictionary<string, string[]> Allowed);

    /// <summary>
    /// For each project its assembly, about how many arrows there are, and for each room the rooms that its files may
    /// use.
    /// </summary>
    private static readonly Dictionary<string, Plan> Plans = new()
    {
        ["Core"] = new("DistGrad", 20, new()
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
            [House.Verbs] =
            [
                "Values", "Expressions", "Primitives", "Transforms", "Simplify", "Plan", "Execute", "Wire", "Trees",
            ],
            ["Learn"] = ["Values", "Expressions", "Primitives", "Trees", House.Verbs, "Execute"],
        }),
        ["Distributed"] = new("DistGrad.Distributed", 15, new()
        {
            ["TrainingException.cs"] = [],
            ["DistGradOptions.cs"] = [],
            ["Contracts"] = [],
            ["Protocol"] = ["Contracts"],
            ["Data"] = ["TrainingException.cs"],
            ["Plans"] = ["Data", "Protocol"],
            ["Compute"] =
                ["TrainingException.cs", "DistGradOptions.cs", "Contracts", "Protocol", "Data", "Plans"],
            ["Grains"] = ["TrainingException.cs", "Contracts", "Protocol", "Data", "Plans", "Compute"],
            [House.Verbs] =
            [
                "TrainingException.cs", "DistGradOptions.cs", "Contracts", "Protocol", "Data", "Plans", "Compute",
                "Grains",
            ],
        }),
        ["Host"] = new("DistGrad.Host", 9, new()
        {
            ["UserException.cs"] = [],
            ["Data"] = ["UserException.cs"],
            ["Training"] = ["Data"],
            ["Demos"] = [],
            ["Cluster"] = ["UserException.cs", "Data"],
            ["Bench"] = ["Data", "Training", "Cluster"],
            ["Commands"] = ["UserException.cs", "Data", "Training", "Demos", "Cluster", "Bench"],
            [House.Verbs] = ["UserException.cs", "Commands"],
        }),
    };

    /// <summary>For each project below src, those that it may refer to.</summary>
    private static readonly Dictionary<string, string[]> Projects = new()
    {
        ["Core"] = [],
        ["FSharp"] = ["Core"],
        ["Verification"] = ["Core"],
        ["Distributed"] = ["Core"],
        ["Host"] = ["Core", "Distributed"],
    };

    private static readonly ConcurrentDictionary<string, Lazy<House>> Built = new();

    public static TheoryData<string> Names => [.. Plans.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ArrowsPointInOneDirection(string project)
    {
        var (_, fewest, allowed) = Plans[project];
        var arrows = Build(project).Arrows();
        Assert.True(arrows.Count >= fewest, $"the rooms use each other: {string.Join("\n", arrows)}");
        var wrong = arrows.Where(a => !allowed[a.From].Contains(a.To)).ToArray();
        Assert.True(wrong.Length == 0, string.Join("\n", wrong.Select(a => $"{a}")));
    }

    /// <summary>The tables themselves have a direction: no room is allowed what is allowed to use it.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void WhatIsAllowedHasNoCircles(string project)
    {
        var allowed = new Dictionary<string, string[]>(Plans[project].Allowed);
        while (allowed.Keys.FirstOrDefault(room => !allowed[room].Any(allowed.ContainsKey)) is { } free)
            allowed.Remove(free);
        Assert.Empty(allowed.Keys);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryFolderIsARoomAndEveryRoomHasFiles(string project)
    {
        var rooms = Plans[project].Allowed.Keys
            .Where(r => r != House.Verbs && !r.EndsWith(".cs", StringComparison.Ordinal));
        Assert.Equal(rooms.Order(), Build(project).Folders.Order());
    }

    [Fact]
    public void ProjectsReferToEachOtherInOneDirection()
    {
        var source = Path.Combine(Repository.Root, "src");
        var found =
            from folder in Directory.GetDirectories(source)
            from file in Directory.GetFiles(folder, "*.*proj")
            from reference in XDocument.Load(file).Descendants("ProjectReference")
            let to = Path.GetFullPath(Path.Combine(folder, reference.Attribute("Include")!.Value))
            select (From: Path.GetFileName(folder), To: Path.GetRelativePath(source, Path.GetDirectoryName(to)!));
        Assert.Equal(
            Projects.SelectMany(p => p.Value.Select(to => (From: p.Key, To: to))).Order(), found.Order());
        Assert.Equal(Projects.Keys.Order(), Directory.GetDirectories(source).Select(f => Path.GetFileName(f)).Order());
    }

    [Fact]
    public void CoreReferencesNothingButTheFramework()
    {
        var foreign = typeof(Tensor).Assembly.GetReferencedAssemblies()
            .Where(a => a.Name?.StartsWith("System", StringComparison.Ordinal) != true);
        Assert.Empty(foreign);
    }

    /// <summary>The project's house, compiled once.</summary>
    internal static House Build(string project) => Built.GetOrAdd(project, name => new(
        () => new(name, Plans[name].Assembly, Plans[name].Allowed.Keys))).Value;
}
