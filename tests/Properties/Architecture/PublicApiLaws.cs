using System.Reflection;
using PublicApiGenerator;
using Xunit;

namespace DistGrad.Properties.Architecture;

/// <summary>
/// What users can call is approved as text beside this file. To approve a change, run the tests with DISTGRAD_APPROVE=1
/// and read what the text says now.
/// </summary>
public class PublicApiLaws
{
    private static readonly ApiGeneratorOptions Options = new()
    {
        IncludeAssemblyAttributes = false,
        ExcludeAttributes =
        [
            "System.Diagnostics.DebuggerBrowsableAttribute",
            "System.Diagnostics.DebuggerDisplayAttribute",
            "System.Runtime.CompilerServices.CompilerGeneratedAttribute",
        ],
    };

    public static TheoryData<string> Assemblies => ["DistGrad"];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void PublicSurfaceIsAsApproved(string assembly)
    {
        var actual = Assembly.Load(assembly).GeneratePublicApi(Options).ReplaceLineEndings("\n");
        var file = Path.Combine(Repository.Root, "tests", "Properties", "Architecture", $"{assembly}.api.txt");
        if (Environment.GetEnvironmentVariable("DISTGRAD_APPROVE") == "1")
            File.WriteAllText(file, actual);
        Assert.Equal(File.ReadAllText(file), actual);
    }
}
