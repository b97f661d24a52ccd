using DistGrad.Oracle;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>The library agrees with values computed by other software, where those are at hand.</summary>
public class OracleLaws
{
    /// <summary>
    /// Names the folder that holds the folder of expected values, when it does not lie beside the checkout.
    /// </summary>
    private const string Variable = "DISTGRAD_SHARED";

    [Theory]
    [InlineData(DType.Float64)]
    [InlineData(DType.Float32)]
    public void NoCaseFails(DType dtype)
    {
        var folder = Folder();
        if (folder is null)
            Assert.Skip($"no expected values: no ../shared/oracle beside the checkout, and {Variable} names none");
        var results = Runner.Files([folder]).SelectMany(f => Runner.Run(f, new Settings(dtype))).ToArray();
        Assert.Contains(results, r => r.Outcome == Outcome.Passed);
        Assert.Equal([], results.Where(r => r.Outcome == Outcome.Failed).Select(r => $"{r.Id}: {r.Detail}"));
    }

    private static string? Folder()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "DistGrad.sln")))
            root = root.Parent;
        var shared = Environment.GetEnvironmentVariable(Variable) ??
            (root?.Parent is { } parent ? Path.Combine(parent.FullName, "shared") : null);
        var folder = shared is null ? null : Path.Combine(shared, "oracle");
        return Directory.Exists(folder) ? folder : null;
    }
}
