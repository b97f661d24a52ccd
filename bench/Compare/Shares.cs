using DistGrad.Execute;
using DistGrad.Micro;

namespace DistGrad.Compare;

/// <summary>Where the time of a row goes: its instructions, the dearest first.</summary>
internal static class Shares
{
    private const int Rounds = 40;
    private const int Shown = 14;

    public static void Print(Row row, int threads, Workers workers)
    {
        var side = row.Ours(row.Data(), threads);
        side.Call();
        var plan = side.Plan()!;
        side.Close();
        var timed = Instructions.Timed(plan, Programs.Arguments(plan.Program), workers, Rounds);
        var total = timed.Sum(t => t.Samples.Least);
        Console.WriteLine(
            $"\n{row.Name}, {Report.Of(threads)}: {timed.Length} instructions, {plan.Tilings.Length} tilings, " +
            $"{plan.ArenaBytes:N0} bytes of arena, {total:F1} us");
        foreach (var instruction in timed.OrderByDescending(t => t.Samples.Least).Take(Shown))
            Console.WriteLine(
                $"{instruction.Samples.Least,9:F1} us {instruction.Samples.Least / total,6:P1} " +
                $"{instruction.AllocatedBytes,7:N0} bytes  {instruction.Description}");
    }
}
