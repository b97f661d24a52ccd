using System.Text.Json;

namespace DistGrad.Compare;

/// <summary>Prints comparisons as they come, as a table of Markdown, and gives them as JSON.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true };

    private readonly List<Comparison> rows = [];

    public IReadOnlyList<Comparison> Rows => rows;

    public static void PrintHead(string? peer)
    {
        Console.WriteLine(Micro.Report.Machine);
        Console.WriteLine(peer ?? "without a peer");
        Console.WriteLine();
        Console.WriteLine(
            "| work | threads | DistGrad us | least | +- | peer us | least | +- | ratio | of least " +
            "| ideal us | of it | bytes a call | apart |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|");
    }

    public void Add(Comparison row)
    {
        rows.Add(row);
        string[] cells =
        [
            row.Name, $"{row.Threads}", .. Figures(row.Ours),
            .. row.Peer is { } peer
                ? [.. Figures(peer), $"{row.Ratio:F2}", $"{peer.LeastOver(row.Ours):F2}"]
                : Enumerable.Repeat("", 5),
            row.IdealSeconds > 0 ? Figure(row.IdealSeconds * 1e6) : "",
            row.IdealSeconds > 0 ? $"{row.IdealSeconds / row.Ours.Least:P0}" : "",
            row.Note.Length > 0 ? row.Note : $"{row.AllocatedBytes:N0}",
            row.Difference is not { } apart ? "" : row.Agrees ? $"{apart:G1}" : $"{apart:G3}: DIFFERS",
        ];
        Console.WriteLine($"| {string.Join(" | ", cells)} |");
    }

    public void PrintEnd()
    {
        Console.WriteLine();
        foreach (var group in rows.Where(r => r.Ratio is not null).GroupBy(r => r.Threads))
        {
            Console.WriteLine(
                $"geometric mean of {group.Count()} ratios, {Of(group.Key)}: {Mean(group, r => r.Ratio!.Value):F2}; " +
                $"least to least {Mean(group, r => r.Peer!.LeastOver(r.Ours)):F2}");
        }
        foreach (var row in rows.Where(r => !r.Agrees))
            Console.WriteLine(
                $"{row.Name}, {Of(row.Threads)}: the sides' numbers are {row.Difference:G3} apart; at most " +
                $"{row.Tolerance:G1} was expected");
    }

    public string ToJson() => JsonSerializer.Serialize(
        rows.Select(r => new
        {
            name = r.Name,
            threads = r.Threads,
            distgradMicroseconds = r.Ours.Median * 1e6,
            peerMicroseconds = r.Peer?.Median * 1e6,
            ratio = r.Ratio,
            idealMicroseconds = r.IdealSeconds * 1e6,
            allocatedBytes = r.AllocatedBytes,
        }),
        Written);

    public static string Of(int threads) => threads == 1 ? "1 thread" : $"{threads} threads";

    private static double Mean(IEnumerable<Comparison> rows, Func<Comparison, double> ratio) =>
        Math.Exp(rows.Average(r => Math.Log(ratio(r))));

    private static string[] Figures(Micro.Samples seconds) =>
        [Figure(seconds.Median * 1e6), Figure(seconds.Least * 1e6), $"{seconds.Spread:P0}"];

    private static string Figure(double number) => Micro.Report.Digits(number);
}
