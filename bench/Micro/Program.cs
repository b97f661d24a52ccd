using System.Globalization;
using DistGrad.Micro;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["--cold"])
    return Cold.Child();

string? filter = null, json = null;
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || args[i] is not ("--filter" or "--json"))
    {
        Console.Error.WriteLine("usage: dotnet run -c Release --project bench/Micro -- [--filter TEXT] [--json FILE]");
        return 2;
    }
    (filter, json) = args[i] == "--filter" ? (args[i + 1], json) : (filter, args[i + 1]);
}

var report = new Report(filter);
Report.PrintHead();
Action<Report>[] sections =
    [
        Compiling.Run, MatrixProducts.Run, Convolutions.Run, Loops.Run, Moves.Run, Elementary.Run, TrainingStep.Run,
        GradBenchTimes.Run, Cold.Run, Million.Run,
    ];
foreach (var section in sections)
    section(report);
if (json is not null)
    File.WriteAllText(json, report.ToJson());
return 0;
