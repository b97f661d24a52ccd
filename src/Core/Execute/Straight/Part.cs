namespace DistGrad.Execute.Straight;

/// <summary>Steps that become a method of their own, and the registers that it is handed and hands on.</summary>
internal sealed record Part(List<Step> Steps, List<Register> Given, List<Register> Made);

/// <summary>Where a part stood.</summary>
internal sealed class Call(Part part) : Step
{
    public override IEnumerable<Register> Reads => part.Given;

    public override IEnumerable<Register> Writes => part.Made;

    public override int Weight => 2 + part.Given.Count + part.Made.Count;

    public override void Emit(StraightEmitter to) => to.Call(part);
}

/// <summary>
/// Cuts a program into parts that are not larger than what the runtime's compiler optimises well: loops are parts of
/// their own where that is enough, else steps one after the other.
/// </summary>
internal sealed class Parting
{
    /// <summary>How large a part is at most, in simple operations.</summary>
    private const int Largest = 400;

    /// <summary>A loop that is smaller stays where it is.</summary>
    private const int SmallestLoop = 32;

    /// <summary>How often each register is read by the steps as they stand.</summary>
    private readonly Dictionary<Register, int> uses;

    private Parting(Block whole) => uses = Uses(whole.Steps);

    public static Part Cut(Block whole)
    {
        new Parting(whole).CutBlock(whole);
        return new(whole.Steps, [], []);
    }

    // From the innermost block outwards.
    private void CutBlock(Block block)
    {
        foreach (var held in block.Steps.SelectMany(s => s.Held))
            CutBlock(held);
        var steps = block.Steps;
        var loops = Enumerable.Range(0, steps.Count).Where(i => steps[i].Held.Any() && steps[i].Weight >= SmallestLoop)
            .OrderByDescending(i => steps[i].Weight).ToArray();
        foreach (var i in loops)
        {
            if (steps.Sum(s => s.Weight) <= Largest)
                return;
            steps[i] = Called([steps[i]]);
        }
        if (steps.Sum(s => s.Weight) > Largest)
            block.Steps = [.. Chunks(steps).Select(chunk => chunk.Count > 1 ? Called(chunk) : chunk[0])];
    }

    private static IEnumerable<List<Step>> Chunks(List<Step> steps)
    {
        var (chunk, weight) = (new List<Step>(), 0);
        foreach (var step in steps)
        {
            if (weight + step.Weight > Largest && chunk.Count > 0)
            {
                yield return chunk;
                (chunk, weight) = ([], 0);
            }
            chunk.Add(step);
            weight += step.Weight;
        }
        if (chunk.Count > 0)
            yield return chunk;
    }

    private Call Called(List<Step> steps)
    {
        var inside = Uses(steps);
        var written = steps.SelectMany(s => s.Writes).ToHashSet();
        var part = new Part(
            steps,
            [.. inside.Keys.Where(x => !x.IsKnown && x.Argument is null && !written.Contains(x))],
            [.. written.Where(x => uses.GetValueOrDefault(x) > inside.GetValueOrDefault(x))]);
        foreach (var (x, count) in inside)
            uses[x] -= count;
        foreach (var x in part.Given)
            uses[x]++;
        return new(part);
    }

    private static Dictionary<Register, int> Uses(List<Step> steps)
    {
        var uses = new Dictionary<Register, int>();
        foreach (var x in steps.SelectMany(s => s.Reads))
            uses[x] = uses.GetValueOrDefault(x) + 1;
        return uses;
    }
}
