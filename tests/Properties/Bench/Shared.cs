using DistGrad.Properties.Architecture;
using Xunit;

namespace DistGrad.Properties.Bench;

/// <summary>Inputs and expected values that lie beside the checkout, not in it.</summary>
internal static class Shared
{
    /// <summary>Names the folder that holds them, when it does not lie beside the checkout.</summary>
    private const string Variable = "DISTGRAD_SHARED";

    /// <summary>A folder of expected values; without it the test is skipped.</summary>
    public static string Folder(string name)
    {
        var shared = Environment.GetEnvironmentVariable(Variable) ??
            Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared");
        var folder = Path.Combine(shared, name);
        if (!Directory.Exists(folder))
            Assert.Skip($"no expected values: no ../shared/{name} beside the checkout, and {Variable} names none");
        return folder;
    }
}
