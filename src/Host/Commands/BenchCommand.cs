using System.CommandLine;
using DistGrad.Host.Bench;

namespace DistGrad.Host.Commands;

/// <summary><c>distgrad bench</c>: what training on several silo processes of this machine costs.</summary>
internal static class BenchCommand
{
    public static Command Create() => new("bench", "Measure what training on several silo processes costs.")
    {
        AllReduceCommand(),
        StepCommand(),
    };

    private static Command AllReduceCommand()
    {
        var silos = Silos([2, 4]);
        var sizes = new Option<int[]>("--sizes")
        {
            Description = "How many float32 numbers each silo has.",
            HelpName = "n",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [10_000, 100_000, 1_000_000, 10_000_000],
        };
        var command = new Command("allreduce", "Sum vectors over silos, by the exchange and through one grain.")
        {
            silos, sizes,
        };
        command.SetAction((parsed, stop) => AllReduce.Run(
            parsed.GetValue(silos)!, parsed.GetValue(sizes)!, parsed.InvocationConfiguration.Output, stop));
        return command;
    }

    private static Command StepCommand()
    {
        var (silos, batch, shards) = (Silos([1, 2]), Choices.Batch(), Choices.Shards());
        batch.DefaultValueFactory = _ => 1024;
        var command = new Command("step", "Train 784-512-256-10 on silos of one thread.") { silos, batch, shards };
        command.SetAction((parsed, stop) => TrainingStep.Run(
            parsed.GetValue(silos)!,
            parsed.GetValue(batch),
            parsed.GetValue(shards),
            parsed.InvocationConfiguration.Output,
            stop));
        return command;
    }

    private static Option<int[]> Silos(int[] counts) => new("--silos")
    {
        Description = "Numbers of silos, each measured in turn.",
        HelpName = "n",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => counts,
    };
}
