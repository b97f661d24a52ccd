using System.Globalization;
using DistGrad.Compare;
using DistGrad.Execute;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [FirstResult.Argument, var side])
    return FirstResult.Child(side);
if (Options.Read(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

var peer = options.HasPeer ? Peer.Load(builds: true, out var reason) : Peer.None(out reason);
if (peer is null)
    Console.Error.WriteLine($"The peer is left out: {reason}");
var report = new Report();
Report.PrintHead(peer?.Version);
foreach (var threads in options.Threads)
{
    using var workers = new Workers(threads);
    var limits = Limits.Of(workers);
    foreach (var row in Row.All.Where(r => options.Wants(r.Name)))
    {
        if (options.HasInstructions)
            Shares.Print(row, threads);
        else
            report.Add(Comparison.Of(row, threads, peer, limits));
    }
    Console.WriteLine(
        $"({Report.Of(threads)}: {limits.Flops / 1e9:F0} GFLOP/s, {limits.Bandwidth / 1e9:F0} GB/s of memory)");
}
if (!options.HasInstructions && options.Wants(Works.FirstResult) && options.Threads.Contains(1))
    report.Add(FirstResult.Run(peer is not null));
report.PrintEnd();
if (options.Json is { } json)
    File.WriteAllText(json, report.ToJson());
if (options.Svg is { } svg)
    File.WriteAllText(svg, Chart.Of(report.Rows));
return report.Rows.All(r => r.Agrees) ? 0 : 1;
