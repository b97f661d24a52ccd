using System.Reflection.Emit;

namespace DistGrad.Execute.Straight;

/// <summary>A loop: while the test holds of the states, the trip makes the next ones.</summary>
internal sealed class Loop(
    Register[] starts, Register[] states, Block test, Register goesOn, Block trip, Register[] nexts, Register[] ends)
    : Step
{
    private Register[] starts = starts, states = states, nexts = nexts, ends = ends;

    public override IEnumerable<Register> Reads =>
        starts.Concat(ReadsOf(test)).Append(goesOn).Concat(ReadsOf(trip)).Concat(nexts).Concat(states);

    public override IEnumerable<Register> Writes => states.Concat(ends).Concat(WritesOf(test)).Concat(WritesOf(trip));

    public override int Weight => test.Steps.Concat(trip.Steps).Sum(s => s.Weight) + (3 * states.Length);

    public override IEnumerable<Block> Held => [test, trip];

    public override bool Need(HashSet<Register> needed)
    {
        if (!ends.Any(needed.Contains) && !HasEffect)
            return false;
        needed.Add(goesOn);
        // What a trip needs of the states, the trip before must make.
        for (var before = -1; before < needed.Count;)
        {
            before = needed.Count;
            for (var i = 0; i < states.Length; i++)
            {
                if (needed.Contains(states[i]) || needed.Contains(ends[i]))
                    needed.UnionWith([starts[i], states[i], nexts[i]]);
            }
            Liveness.Need(trip, needed);
            Liveness.Need(test, needed);
        }
        return true;
    }

    public override void Prune(HashSet<Register> needed)
    {
        var kept = states.Select(needed.Contains).ToArray();
        (starts, nexts) = (Kept(starts, kept), Kept(nexts, kept));
        (ends, states) = (Kept(ends, kept), Kept(states, kept));
        Liveness.Prune(test, needed);
        Liveness.Prune(trip, needed);
    }

    public override void Emit(StraightEmitter to)
    {
        var (top, end) = (to.Code.DefineLabel(), to.Code.DefineLabel());
        to.Move(starts, states);
        to.Code.MarkLabel(top);
        to.Steps(test.Steps);
        to.Get(goesOn);
        to.Code.Emit(OpCodes.Brfalse, end);
        to.Steps(trip.Steps);
        to.Move(nexts, states);
        to.Code.Emit(OpCodes.Br, top);
        to.Code.MarkLabel(end);
        to.Move(states, ends);
    }
}

/// <summary>One of two blocks, and what it gives.</summary>
internal sealed class Choice(
    Register condition, Block then, Register[] thens, Block other, Register[] others, Register[] results) : Step
{
    private Register[] thens = thens, others = others, results = results;

    public override IEnumerable<Register> Reads =>
        thens.Concat(others).Append(condition).Concat(ReadsOf(then)).Concat(ReadsOf(other));

    public override IEnumerable<Register> Writes => results.Concat(WritesOf(then)).Concat(WritesOf(other));

    public override int Weight => then.Steps.Concat(other.Steps).Sum(s => s.Weight) + (2 * results.Length) + 1;

    public override IEnumerable<Block> Held => [then, other];

    public override bool Need(HashSet<Register> needed)
    {
        if (!results.Any(needed.Contains) && !HasEffect)
            return false;
        needed.Add(condition);
        for (var i = 0; i < results.Length; i++)
        {
            if (needed.Contains(results[i]))
                needed.UnionWith([thens[i], others[i]]);
        }
        Liveness.Need(then, needed);
        Liveness.Need(other, needed);
        return true;
    }

    public override void Prune(HashSet<Register> needed)
    {
        var kept = results.Select(needed.Contains).ToArray();
        (thens, others, results) = (Kept(thens, kept), Kept(others, kept), Kept(results, kept));
        Liveness.Prune(then, needed);
        Liveness.Prune(other, needed);
    }

    public override void Emit(StraightEmitter to)
    {
        var (otherwise, end) = (to.Code.DefineLabel(), to.Code.DefineLabel());
        to.Get(condition);
        to.Code.Emit(OpCodes.Brfalse, otherwise);
        to.Steps(then.Steps);
        to.Move(thens, results);
        to.Code.Emit(OpCodes.Br, end);
        to.Code.MarkLabel(otherwise);
        to.Steps(other.Steps);
        to.Move(others, results);
        to.Code.MarkLabel(end);
    }
}
