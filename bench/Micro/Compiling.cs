using DistGrad.Execute;
using DistGrad.Plan;
using DistGrad.Simplify;
using DistGrad.Transforms;

namespace DistGrad.Micro;

/// <summary>What a node costs on its way from the user's function to the machine, in nanoseconds.</summary>
internal static class Compiling
{
    private const double Nano = 1e9;

    public static void Run(Report report)
    {
        Stages(report, "chain of 10,000", () => Programs.Chain(10_000), parameters: 1);
        Stages(report, "wide, 10,000", () => Programs.Wide(10_000), parameters: 1);
        Stages(report, "MLP loss", () => Programs.Loss().Program, parameters: 6);
        if (report.Wants("compile/MLP step"))
            Machines(report, "MLP step", Programs.Step(), run: false);
    }

    /// <summary>A transform's cost is per node of the program that it is given.</summary>
    private static void Stages(Report report, string name, Func<Lambda> trace, int parameters)
    {
        if (!report.Wants($"compile/{name}"))
            return;
        var program = trace();
        var variables = program.Parameters[..parameters];
        var one = Tensor.Full(program.Results[0].DType, program.Results[0].Shape, 1);
        var samples = Clock.Interleaved(
            () => trace(),
            () => Jvp.Run(program.Results, variables, [.. variables.Select(v => Tensor.Full(v.DType, v.Shape, 1))]),
            () => Vjp.Run(program.Results, variables, [one]));
        string[] stages = ["trace", "jvp", "vjp"];
        for (var i = 0; i < stages.Length; i++)
            Add(report, $"{name}: {stages[i]}", samples[i], program);
        Machines(report, name, program, run: program.Results[0].DType == DType.Float64);
        if (program.Results[0].DType != DType.Float64)
            return;
        var gradient = Vjp.Run(program.Results, variables, [one]);
        Machines(
            report, $"{name}, its gradient",
            new("gradient", program.Parameters, HeldPrograms.Explicit(gradient, variables)), run: true);
    }

    private static void Machines(Report report, string name, Lambda program, bool run)
    {
        var plan = Planner.Plan(program);
        var machine = new Machine(plan);
        var arguments = Programs.Arguments(program);
        var samples = Clock.Interleaved(
            () => Rewriter.Simplify(program),
            () => Planner.Plan(program),
            () => GC.KeepAlive(new Machine(plan)),
            run ? () => machine.Run([.. arguments], Workers.Single) : () => { });
        Add(report, $"{name}: simplify", samples[0], program);
        Add(report, $"{name}: plan, simplification included", samples[1], program);
        Add(report, $"{name}: load", samples[2], program);
        if (run)
            Add(report, $"{name}: run, float64", samples[3], program);
    }

    private static void Add(Report report, string name, Samples seconds, Lambda program) => report.Add(
        $"compile/{name}", seconds.Select(s => s * Nano / program.Body.Length), "ns/node",
        $"{program.Body.Length:N0} nodes");
}
