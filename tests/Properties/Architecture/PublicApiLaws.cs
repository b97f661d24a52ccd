using System.Reflection;
using PublicApiGenerator;
using Xunit;

namespace DistGrad.Properties.Architecture;

/// <summary>What users can call is approved as text beside this file.</summary>
public class PublicApiLaws
{
    private static readonly ApiGeneratorOptions Options = new()
    {
        IncludeAssemblyAttributes = false,
        ExcludeAttributes =
        [
            "System.Diagnostics.DebuggerBrowsableAttribute",
            "System.Diagnostics.DebuggerDisplayAttribute",
            "System.Runtime.CompilerServices.AsyncIteratorStateMachineAttribute",
            "System.Runtime.CompilerServices.CompilerGeneratedAttribute",
        ],
    };

    public static TheoryData<string> Assemblies => ["DistGrad", "DistGrad.Distributed"];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void PublicSurfaceIsAsApproved(string assembly) => Approved.Is(
        $"{assembly}.api.txt", Assembly.Load(assembly).GeneratePublicApi(Options).ReplaceLineEndings("\n"));
}
