using Xunit;

namespace DistGrad.Properties.Architecture;

/// <summary>
/// Text that is approved beside these files: a change of it is seen by whoever reads a change of the code. To approve
/// one, run the tests with DISTGRAD_APPROVE=1 and read what the text says now.
/// </summary>
internal static class Approved
{
    public static void Is(string name, string actual)
    {
        var file = Path.Combine(Repository.Root, "tests", "Properties", "Architecture", name);
        if (Environment.GetEnvironmentVariable("DISTGRAD_APPROVE") == "1")
            File.WriteAllText(file, actual);
        Assert.Equal(File.ReadAllText(file), actual);
    }
}
