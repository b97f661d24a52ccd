namespace DistGrad.Properties.Architecture;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DistGrad.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("The tests run from a folder below DistGrad.sln");
    }
}
