using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace DistGrad.Micro;

/// <summary>One line of the table.</summary>
/// <param name="Name">What was measured: the section, a slash, and the case.</param>
/// <param name="Median">The median over the samples.</param>
/// <param name="Unit">What the figures count.</param>
/// <param name="Least">The smallest sample.</param>
/// <param name="Spread">Half the distance between the quartiles, as a share of the median.</param>
/// <param name="Note">What else was found, such as the share of the peak.</param>
internal sealed record Row(string Name, double Median, string Unit, double Least, double Spread, string Note);

/// <summary>Prints rows as they come, as a table of Markdown, and keeps them.</summary>
internal sealed class Report(string? filter)
{
    private readonly List<Row> rows = [];

    public static string Machine => $"{Cpu}; {Environment.ProcessorCount} cores; {Width}-bit vectors; " +
        $"{RuntimeInformation.FrameworkDescription}; {RuntimeInformation.OSDescription}";

    private static int Width => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    private static string Cpu => File.Exists("/proc/cpuinfo")
        ? Described(File.ReadLines("/proc/cpuinfo").Take(8).ToArray())
        : RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Whether a section or a case is asked for.</summary>
    public bool Wants(string name) => filter is null || name.Contains(filter, StringComparison.OrdinalIgnoreCase);

    public static void PrintHead()
    {
        Console.WriteLine(Machine);
        Console.WriteLine();
        Console.WriteLine("| case | median | least | +- | |");
        Console.WriteLine("|---|---:|---:|---:|---|");
    }

    public void Add(string name, Samples samples, string unit, string note = "")
    {
        var row = new Row(name, samples.Median, unit, samples.Least, samples.Spread, note);
        rows.Add(row);
        Console.WriteLine(
            $"| {row.Name} | {Digits(row.Median)} {unit} | {Digits(row.Least)} | {row.Spread:P0} | {note} |");
    }

    public string ToJson() => JsonSerializer.Serialize(new { Machine, Rows = rows }, Indented);

    public static string Digits(double figure) => figure switch
    {
        >= 1000 => figure.ToString("N0"),
        >= 100 => figure.ToString("F0"),
        >= 10 => figure.ToString("F1"),
        >= 0.1 => figure.ToString("F2"),
        _ => figure.ToString("G3"),
    };

    private static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    // Virtual machines often hide the name, so that family and model tell more.
    private static string Described(string[] lines)
    {
        return $"{Of("model name")} (family {Of("cpu family")}, model {Of("model\t")})";

        string Of(string key) =>
            lines.FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
    }
}
