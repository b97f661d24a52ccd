using System.Diagnostics;
using DistGrad.Execute;
using DistGrad.Plan;
using DistGrad.Simplify;
using DistGrad.Transforms;

namespace DistGrad.Micro;

/// <summary>
/// A chain of a million nodes against one of a hundred thousand: a stage that is linear costs the same per node.
/// </summary>
internal static class Million
{
    private const int Rounds = 3;

    private static readonly string[] Stages =
        [
            "trace", "vjp", "simplify", "plan, simplification included", "load", "run", "run of the gradient", "print",
            "wire", "read wire",
        ];

    public static void Run(Report report)
    {
        if (!report.Wants("million/chain"))
            return;
        var small = Stages.Select(_ => new double[Rounds]).ToArray();
        var large = Stages.Select(_ => new double[Rounds]).ToArray();
        for (var round = -1; round < Rounds; round++)
        {
            Take(100_000, small, round);
            Take(1_000_000, large, round);
        }
        for (var i = 0; i < Stages.Length; i++)
            report.Add(
                $"million/chain: {Stages[i]}", new(large[i]), "ns/node",
                $"{new Samples(large[i]).Over(new(small[i])).Median:F2} times that of 100,000");
    }

    private static void Take(int nodes, double[][] figures, int round)
    {
        GC.Collect();
        var stage = 0;
        var program = Timed(() => Programs.Chain(nodes));
        var gradient = Timed(() => Vjp.Run(program.Results, program.Parameters, [Tensor.Full(DType.Float64, [], 1)]));
        Timed(() => Rewriter.Simplify(program));
        var plan = Timed(() => Planner.Plan(program));
        var machine = Timed(() => new Machine(plan));
        Timed(() => machine.Run([.. Programs.Arguments(program)], Workers.Single));
        var reverse = Machine.Of(new("gradient", program.Parameters, [gradient[0]!]));
        Timed(() => reverse.Run([.. Programs.Arguments(program)], Workers.Single));
        Timed(program.ToString);
        var bytes = Timed(program.ToWire);
        Timed(() => Lambda.FromWire(bytes));

        T Timed<T>(Func<T> f)
        {
            var start = Stopwatch.GetTimestamp();
            var result = f();
            if (round >= 0)
                figures[stage][round] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / nodes;
            stage++;
            return result;
        }
    }
}
