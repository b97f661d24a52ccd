namespace DistGrad.Properties.Docs;

/// <summary>What stands for the console in the documents' examples: the lines that they print, kept.</summary>
internal static class Printed
{
    [ThreadStatic]
    private static List<string>? lines;

    public static void WriteLine(object? line) => lines?.AddRange($"{line}".Split('\n'));

    /// <summary>The lines that an example prints.</summary>
    public static List<string> By(Action example)
    {
        lines = [];
        example();
        return lines;
    }
}
