namespace DistGrad.Simplify;

internal static partial class DeadResults
{
    // A state lives when it is used, when the condition reads it, or when the next one of something that lives does.
    private static Rest RestOf(While loop, bool[] used)
    {
        var (count, constants) = (loop.Body.Results.Length, loop.Constants);
        var read = HeldPrograms.Read(loop.Condition, [0]);
        bool[] lives = [.. Enumerable.Range(0, count).Select(i => used[i] || read[constants + i])];
        var reached = HeldPrograms.Living(loop.Body, constants, lives, []);
        var states = Places(count, i => lives[i]);
        var operands = Places(reached.Length, i => i < constants ? reached[i] || read[i] : lives[i - constants]);
        return new(
            new While(
                Part(loop.Condition, operands, [0]), Part(loop.Body, operands, states),
                operands.Count(i => i < constants)),
            operands, [.. states, count]);
    }

    private static Rest RestOf(Sweeps loops, bool[] used)
    {
        var (rest, operands, results) = loops.PartFor(used);
        return new(rest.Holding([.. rest.Held.Select(Dropped)]), operands, results);
    }
}
