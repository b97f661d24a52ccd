using DistGrad.Micro;

namespace DistGrad.Compare;

/// <summary>Where the time of a row goes: its instructions, the dearest first.</summary>
internal static class Shares
{
    private const int Rounds = 40;
    private const int Shown = 14;

    public static void Print(Row row, int threads)
    {
        var side = row.Ours(row.Data(), threads);
        side.Call();
        var plan = side.Plan()!;
        side.Close();
        var timed = Profile.Of(plan, [.. Programs.Arguments(plan.Program)], Rounds).Where(t => t.Depth == 0).ToArray();
        var total = timed.Sum(t => t.Microseconds.Least);
        Console.WriteLine(
            $"\n{row.Name}, on one thread: {timed.Length} instructions, {plan.Tilings.Length} tilings, " +
            $"{plan.ArenaBytes:N0} bytes of arena, {total:F1} us");
        foreach (var instruction in timed.OrderByDescending(t => t.Microseconds.Least).Take(Shown))
            Console.WriteLine(
                $"{instruction.Microseconds.Least,9:F1} us " +
                $"{instruction.Microseconds.Least / total,6:P1}  {instruction}");
    }
}
