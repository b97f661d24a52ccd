using System.Collections.Immutable;

namespace DistGrad;

internal sealed partial record Sweeps
{
    /// <summary>
    /// As much of the loops as it takes for the marked results, with the places of its operands and results among all.
    /// From the last loop to the first: what a loop that lives reads of what others keep is kept, and nothing else.
    /// </summary>
    public (Sweeps Loops, ImmutableArray<int> Operands, ImmutableArray<int> Results) PartFor(bool[] used)
    {
        var lives = new bool[All.Length][];
        var (kept, read) = (new bool[KeptCount], new bool[Constants]);
        var (keptEnd, resultEnd) = (kept.Length, used.Length);
        for (var i = All.Length - 1; i >= 0; i--)
        {
            var (body, carries) = (All[i].Body, All[i].Carries);
            var keptBefore = keptEnd - (body.Results.Length - carries);
            lives[i] = used[(resultEnd - carries)..resultEnd];
            var parameters = HeldPrograms.Living(
                body, Constants + keptBefore, lives[i],
                [.. Places(body.Results.Length - carries, kept[keptBefore..keptEnd]).Select(k => carries + k)]);
            for (var p = 0; p < Constants; p++)
                read[p] |= parameters[p];
            for (var p = 0; p < keptBefore; p++)
                kept[p] |= parameters[Constants + p];
            (keptEnd, resultEnd) = (keptBefore, resultEnd - carries);
        }
        return Part(lives, kept, read);
    }

    private (Sweeps Loops, ImmutableArray<int> Operands, ImmutableArray<int> Results) Part(
        bool[][] lives, bool[] kept, bool[] read)
    {
        var (rest, results) = (new List<Sweep>(), new List<int>());
        var (keptBefore, resultsBefore) = (0, 0);
        for (var i = 0; i < All.Length; i++)
        {
            var (body, count) = (All[i].Body, All[i].Carries);
            var keptAfter = keptBefore + body.Results.Length - count;
            var (own, carries) = (Places(keptAfter - keptBefore, kept[keptBefore..keptAfter]), Places(count, lives[i]));
            bool[] parameters = [.. read, .. kept[..keptBefore], .. lives[i]];
            if (carries.Length + own.Length > 0)
            {
                var program = new Lambda(
                    body.Name, [.. Places(parameters.Length, parameters).Select(p => body.Parameters[p])],
                    [.. carries.Concat(own.Select(k => count + k)).Select(r => body.Results[r])]);
                rest.Add(new(program, carries.Length, All[i].IsReversed));
            }
            var before = resultsBefore;
            results.AddRange(carries.Select(c => before + c));
            (keptBefore, resultsBefore) = (keptAfter, resultsBefore + count);
        }
        var constants = Places(Constants, read);
        return (
            new Sweeps(constants.Length, [.. rest]),
            [0, .. constants.Select(c => 1 + c), .. results.Select(r => 1 + Constants + r)], [.. results]);
    }

    private static ImmutableArray<int> Places(int count, bool[] marks) =>
        [.. Enumerable.Range(0, count).Where(i => marks[i])];
}
