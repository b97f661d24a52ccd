namespace DistGrad.Execute.Straight;

/// <summary>Loops and choices: their states are registers, and what runs along them lies in memory.</summary>
internal sealed partial class StraightBuilder
{
    /// <summary>
    /// What runs along a loop is asked for so many bytes ahead, in each array, where it is of so many bytes in all that
    /// the nearer caches do not hold it.
    /// </summary>
    private const int AskedAhead = 512, LargeStacks = 1 << 20;

    private Held[] Repeated(Application node, While loop, Held[] x)
    {
        var constants = x[..loop.Constants];
        var first = x[loop.Constants..];
        var states = States.Of(this, loop.Body, constants.Select(Form.Of), first, []);
        Register[] starts = [.. states.Flat(first), Known(0)];
        var ends = Repeat(
            starts,
            s => Elements(Inline(loop.Condition, [.. constants, .. states.Held(s, first)])[0], Truth)[0],
            s =>
            [
                .. states.Flat(Inline(loop.Body, [.. constants, .. states.Held(s, first)])),
                Apply(StraightTable.Of<Add>(DType.Int64), s[^1], Known(1)),
            ]);
        return [.. states.Held(ends, first), new Held.Numbers([ends[^1]])];
    }

    private Held[] Scanned(Application node, Scan scan, Held[] x)
    {
        var constants = x[..scan.Constants];
        var first = x[scan.Constants..(scan.Constants + scan.Carries)];
        var xs = node.Operands[(scan.Constants + scan.Carries)..]
            .Select((o, i) => new Stack(o.Type, InMemory(x[scan.Constants + scan.Carries + i], o.Type))).ToArray();
        var carries = States.Of(
            this, scan.Body, constants.Select(Form.Of), first, [.. xs.Select(s => Form.Of(s.Memory).Row)]);
        var ys = node.Results[scan.Carries..].Select(r => new Stack(r.Type, PlaceFor(r))).ToArray();
        Stack[] stacks = [.. xs, .. ys];
        var areLarge = stacks.Sum(s => (long)s.Type.Shape.Size * s.Type.DType.ByteSize) >= LargeStacks;
        var kept = carries.Count;
        Register[] starts =
        [
            .. carries.Flat(first), Known(0), .. stacks.Select(s => scan.Reverse ? s.Last(this) : s.Memory.Address),
        ];
        var ends = Repeat(
            starts, s => Apply(StraightTable.Of<Less>(DType.Int64), s[kept], Known(scan.Length)), s =>
            {
                var rows = s[(kept + 1)..];
                for (var i = 0; i < stacks.Length && areLarge; i++)
                    AskAhead(stacks[i], rows[i], scan.Reverse);
                var made = Inline(
                    scan.Body,
                    [.. constants, .. carries.Held(s, first), .. xs.Select((stack, i) => stack.Row(rows[i]))]);
                for (var i = 0; i < ys.Length; i++)
                    Write(made[scan.Carries + i], ys[i].RowType, rows[xs.Length + i], 0);
                return
                [
                    .. carries.Flat(made.AsSpan(0, scan.Carries)), Plus(s[kept], 1),
                    .. rows.Select((row, i) => Plus(row, scan.Reverse ? -stacks[i].Step : stacks[i].Step)),
                ];
            });
        return [.. carries.Held(ends, first), .. ys.Select(y => y.Memory)];
    }

    private Held[] Swept(Application node, Sweeps sweeps, Held[] x)
    {
        var constants = x[1..(1 + sweeps.Constants)];
        var trips = Apply(
            StraightTable.Of<Maximum>(DType.Int64), Elements(x[0], node.Operands[0].Type)[0], Known(0));
        var keptTypes = sweeps.All.SelectMany(s => s.Body.Results[s.Carries..].Select(r => r.Type)).ToArray();
        var bytes = keptTypes.Sum(t => t.Shape.Size) * sizeof(long);
        var memory = Reserved(trips, bytes);
        var (kept, results, at, offset) = (new List<Kept>(), new List<Held>(), 1 + sweeps.Constants, 0);
        foreach (var sweep in sweeps.All)
        {
            var first = x[at..(at + sweep.Carries)];
            var carries = States.Of(
                this, sweep.Body, constants.Select(Form.Of).Concat(kept.Select(k => k.Form)), first, []);
            var count = carries.Count;
            var last = Plus(memory, Apply(
                StraightTable.Of<Mul>(DType.Int64), Plus(trips, -1), Known(bytes)));
            Register[] starts = [.. carries.Flat(first), Known(0), sweep.IsReversed ? last : memory];
            var earlier = kept.ToArray();
            var ends = Repeat(starts, s => Apply(StraightTable.Of<Less>(DType.Int64), s[count], trips), s =>
            {
                var row = s[count + 1];
                var made = Inline(
                    sweep.Body, [.. constants, .. earlier.Select(k => k.In(this, row)), .. carries.Held(s, first)]);
                foreach (var (result, type) in made[sweep.Carries..].Zip(sweep.Body.Results[sweep.Carries..]))
                {
                    kept.Add(Keep(result, type.Type, row, offset));
                    offset += type.Shape.Size * sizeof(long);
                }
                return
                [
                    .. carries.Flat(made.AsSpan(0, sweep.Carries)), Plus(s[count], 1),
                    Plus(row, sweep.IsReversed ? -bytes : bytes),
                ];
            });
            results.AddRange(carries.Held(ends, first));
            at += sweep.Carries;
        }
        return [.. results];
    }

    private Held[] Chosen(Application node, Cond cond, Held[] x)
    {
        var condition = Elements(x[0], Truth)[0];
        if (condition.IsKnown)
            return Inline(condition.Bits != 0 ? cond.Then : cond.Else, x.AsSpan(1));
        var states = new States(this, [.. node.Results.Select(r => r.Type)]);
        var (then, thens) = Side(cond.Then);
        var (other, others) = Side(cond.Else);
        Register[] results = [.. thens.Select(t => Register.Like(current, t))];
        current.Steps.Add(new Choice(condition, then, thens, other, others, results));
        return states.Held(results, []);

        (Block, Register[]) Side(Lambda program)
        {
            var (outer, side) = (current, new Block(current, BlockKind.Side));
            current = side;
            var made = states.Flat(Inline(program, x.AsSpan(1)));
            current = outer;
            return (side, made);
        }
    }

    private Register[] Repeat(Register[] starts, Func<Register[], Register> goesOn, Func<Register[], Register[]> next)
    {
        var outer = current;
        var test = new Block(outer, BlockKind.Test);
        var trip = new Block(test, BlockKind.Trip);
        Register[] states = [.. starts.Select(s => Register.Like(test, s))];
        current = test;
        var holds = goesOn(states);
        current = trip;
        var nexts = next(states);
        current = outer;
        Register[] ends = [.. starts.Select(s => Register.Like(outer, s))];
        outer.Steps.Add(new Loop(starts, states, test, holds, trip, nexts, ends));
        return ends;
    }

    private static TensorType Truth { get; } = new(DType.Bool, Shape.Scalar);

    private Register Plus(Register x, long y) => Plus(x, Known(y));

    private Register Plus(Register x, Register y) => Apply(StraightTable.Of<Add>(DType.Int64), x, y);

    private Register Reserved(Register trips, int bytes)
    {
        if (bytes == 0)
            return Known(0);
        var memory = Register.In(current, DType.Int64);
        current.Steps.Add(new Reserve(rooms++, trips, bytes, memory));
        return memory;
    }

    private void Write(Held x, TensorType type, Register address, int offset)
    {
        if (x is Held.Vectors || (Form.MayBeVectors(type) && Form.Of(x).IsRowMajor(type)))
        {
            var vectors = VectorsOf(x, type, (x as Held.Vectors)?.LaneBytes ?? type.DType.ByteSize);
            for (var v = 0; v < vectors.Length; v++)
                current.Steps.Add(StoreOf(vectors[v], v, type, address, offset));
            return;
        }
        var elements = Elements(x, type);
        for (var e = 0; e < elements.Length; e++)
            current.Steps.Add(new Store(elements[e], address, offset + (e * type.DType.ByteSize)));
    }

    /// <summary>
    /// Rows of many arrays come from as many places, more than the processor follows by itself, so those that trips
    /// further on read and write are asked for.
    /// </summary>
    private void AskAhead(Stack stack, Register row, bool isReversed)
    {
        var bytes = stack.RowType.Shape.Size * stack.Type.DType.ByteSize;
        if (bytes == 0)
            return;
        var ahead = Math.Max(AskedAhead / bytes, 1) * (isReversed ? -stack.Step : stack.Step);
        for (var at = 0; at < bytes; at += Memory.Alignment)
            current.Steps.Add(new Ask(row, ahead + at));
    }

    private static StoreVector StoreOf(Register vector, int number, TensorType type, Register address, int offset) =>
        new(
            vector, address, offset + (number * vector.Lanes * type.DType.ByteSize),
            type.Shape.Size - (number * vector.Lanes));
}
