using System.Globalization;
using DistGrad.GradBench.Protocol;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (Threads(args) is not { } threads)
{
    Console.Error.WriteLine(
        "usage: dotnet run -c Release --project bench/GradBench -- [--threads N | --multithreaded]\n" +
        "Speaks GradBench's protocol, a JSON object a line, on standard input and output. One thread unless asked.");
    return 2;
}
using var input = Console.OpenStandardInput();
using var output = Console.OpenStandardOutput();
new Session(input, output, Console.Error, threads).Run();
return 0;

static int? Threads(string[] args) => args switch
{
    [] => 1,
    ["--multithreaded"] => Environment.ProcessorCount,
    ["--threads", var number] when int.TryParse(number, out var n) && n > 0 => n,
    _ => null,
};
