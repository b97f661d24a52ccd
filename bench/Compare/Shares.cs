using DistGrad.Micro;

namespace DistGrad.Compare;

/// <summary>Where the time of a row goes: its instructions, the dearest first.</summary>
internal static class Shares
{
    private const int Rounds = 40;
    private const int Shown = 14;
    private const int ShownInLoops = 12;

    public static void Print(Row row, int threads)
    {
        var side = row.Ours(row.Data(), threads);
        side.Call();
        var plan = side.Plan()!;
        side.Close();
        var all = Profile.Of(plan, [.. Programs.Arguments(plan.Program)], Rounds).ToArray();
        var timed = all.Where(t => t.Depth == 0).ToArray();
        var total = timed.Sum(t => t.Microseconds.Least);
        Console.WriteLine(
            $"\n{row.Name}, on one thread: {timed.Length} instructions, {plan.Tilings.Length} tilings, " +
            $"{plan.ArenaBytes:N0} bytes of arena, {plan.LiveBytes:N0} live at once, {total:F1} us");
        foreach (var instruction in timed.OrderByDescending(t => t.Microseconds.Least).Take(Shown))
            Print(instruction, instruction.Microseconds.Least, total);
        var inLoops = all.Where(t => t.Depth > 0).OrderByDescending(t => t.Times * t.Microseconds.Least).ToArray();
        if (inLoops.Length > 0)
            Console.WriteLine("  of the loops, all steps together:");
        foreach (var instruction in inLoops.Take(ShownInLoops))
            Print(instruction, instruction.Times * instruction.Microseconds.Least, total);
    }

    private static void Print(Timed instruction, double microseconds, double total) =>
        Console.WriteLine($"{microseconds,9:F1} us {microseconds / total,6:P1}  {instruction}");
}
