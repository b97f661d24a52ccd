using System.Collections.Immutable;

namespace DistGrad;

// In what follows a loop's parameters are (constants, kept by the loops before it, carries) and its results (carries,
// kept), and "moving" means: has a tangent.
internal sealed partial record Sweeps
{
    // Each loop carries and keeps the tangents beside what they belong to.
    public override ImmutableArray<Tensor?> Jvp(Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var moving = Moving([.. dx[1..].Select(d => d is not null)], transforms);
        var loops = new List<Sweep>();
        for (var i = 0; i < All.Length; i++)
        {
            var (marks, results) = moving[i];
            var joint = transforms.Jvp(All[i].Body, marks, results);
            var p = Inputs(i, joint.Parameters[..marks.Length]);
            var d = Tangents(i, marks, joint.Parameters[marks.Length..]);
            var (carries, n) = (All[i].Carries, All[i].Body.Results.Length);
            var (ys, dys) = (joint.Results[..n], joint.Results[n..]);
            var movingCarries = results.Take(carries).Count(m => m);
            var body = new Lambda(
                joint.Name,
                [
                    .. p.Constants, .. d.Constants, .. BesideEachOther(i, p.Kept, d.Kept, moving), .. p.Carries,
                    .. d.Carries,
                ],
                [.. ys[..carries], .. dys[..movingCarries], .. ys[carries..], .. dys[movingCarries..]]);
            loops.Add(new(body, carries + movingCarries, All[i].IsReversed));
        }
        var constants = HeldPrograms.Present(dx[1..(1 + Constants)]);
        var all = new Sweeps(Constants + constants.Length, [.. loops]);
        var starts = new List<Tensor>();
        for (var i = 0; i < All.Length; i++)
            starts.AddRange([.. Starts(i, y.Operands), .. MovingStarts(i, y, dx, moving[i].Results)]);
        var ends = Application.Of(all, [.. y.Operands[..(1 + Constants)], .. constants, .. starts]).Results;
        var (tangents, at) = (new List<Tensor?>(), 0);
        for (var i = 0; i < All.Length; at += loops[i++].Carries)
        {
            tangents.AddRange(HeldPrograms.Spread(
                moving[i].Results[..All[i].Carries], ends[(at + All[i].Carries)..(at + loops[i].Carries)]));
        }
        return [.. tangents];
    }

    // First the loops once more, keeping also what the derivative needs of each trip; then a linear loop for each.
    public override ImmutableArray<Tensor?> Linearize(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms)
    {
        var moving = Moving([.. dx[1..].Select(d => d is not null)], transforms);
        var constants = HeldPrograms.Present(dx[1..(1 + Constants)]);
        var (primals, linears) = (new List<Sweep>(), new List<Sweep>());
        // What the loops will keep, and at which places of it lies what they keep as they are.
        var (more, places) = (new List<Tensor>(), new List<int>());
        var split = new List<(Lambda Linear, int Residuals, int[] Places)>();
        for (var i = 0; i < All.Length; i++)
        {
            var (primal, linear) = transforms.Linearize(All[i].Body, moving[i].Parameters, moving[i].Results);
            var (body, n) = (All[i].Body, All[i].Body.Results.Length);
            var p = Inputs(i, body.Parameters);
            var residuals = primal.Results[n..];
            var own = Kept(All[i]).ToList();
            // A residual is a constant (counted below 0), or kept already, or kept from now on.
            var found = residuals.Select(r => Find(r, p, own)).ToArray();
            split.Add((linear, residuals.Length, found));
            var inside = HeldPrograms.Unused(more).ToArray();
            for (var k = 0; k < p.Kept.Length; k++)
                inside[places[k]] = p.Kept[k];
            primals.Add(All[i] with
            {
                Body = new(
                    primal.Name, [.. p.Constants, .. HeldPrograms.Unused(constants), .. inside, .. p.Carries],
                    [.. primal.Results[..All[i].Carries], .. own]),
            });
            places.AddRange(Enumerable.Range(more.Count, Kept(All[i]).Length));
            more.AddRange(own);

            int Find(Tensor residual, Parts<Tensor> given, List<Tensor> keeping)
            {
                if (given.Constants.IndexOf(residual, 0, given.Constants.Length) is var constant and >= 0)
                    return -1 - constant;
                if (given.Kept.IndexOf(residual, 0, given.Kept.Length) is var before and >= 0)
                    return places[before];
                var place = keeping.FindIndex(k => ReferenceEquals(k, residual));
                if (place < 0)
                {
                    place = keeping.Count;
                    keeping.Add(residual);
                }
                return more.Count + place;
            }
        }
        for (var i = 0; i < All.Length; i++)
        {
            var (linear, residuals, found) = split[i];
            var fixedOnes = HeldPrograms.Unused(y.Operands[1..(1 + Constants)]).ToArray();
            var inside = HeldPrograms.Unused(more).ToArray();
            for (var r = 0; r < residuals; r++)
            {
                if (found[r] < 0)
                    fixedOnes[-1 - found[r]] = linear.Parameters[r];
                else
                    inside[found[r]] = linear.Parameters[r];
            }
            var d = Tangents(i, moving[i].Parameters, linear.Parameters[residuals..]);
            var movingCarries = d.Carries.Length;
            linears.Add(new(
                new(linear.Name, [.. fixedOnes, .. d.Constants, .. inside, .. d.Kept, .. d.Carries], linear.Results),
                movingCarries, All[i].IsReversed));
        }
        ImmutableArray<Tensor> starts =
            [.. Enumerable.Range(0, All.Length).SelectMany(i => MovingStarts(i, y, dx, moving[i].Results))];
        var all = Application.Of(
            new Sweeps(Constants + constants.Length, [.. primals, .. linears]),
            [.. y.Operands[..(1 + Constants)], .. constants, .. y.Operands[(1 + Constants)..], .. starts]);
        return HeldPrograms.Spread(
            [.. moving.SelectMany((m, i) => m.Results[..All[i].Carries])], all.Results[^starts.Length..]);
    }

    // The linear loops come last. Transposed they run in the other order, each the other way; the cotangent with which
    // such a loop enters a trip is that of what the linear one carried out of it. Of each trip it keeps the cotangents
    // of what the linear one read there, for the loops that had kept it. Cotangents of constants add up.
    public override ImmutableArray<Tensor?> Transpose(
        Application y, ImmutableArray<Tensor?> ct, ImmutableArray<bool> linear, ProgramTransforms transforms)
    {
        var moving = Moving(linear[1..], transforms);
        var first = moving.Select(m => m.Results.Contains(true)).ToList().IndexOf(true);
        if (first < 0)
            return [.. linear.Select(_ => (Tensor?)null)];
        var marks = linear[1..(1 + Constants)];
        ImmutableArray<Tensor> given = [.. y.Operands[1..(1 + Constants)].Where((_, i) => !marks[i])];
        var loops = All[..first]
            .Select((s, i) => s with { Body = OfGiven(s.Body, Inputs(i, s.Body.Parameters), marks) }).ToList();
        var keptBefore = All[..first].Sum(s => Kept(s).Length);
        // For each tensor that a linear loop keeps, the cotangents that later ones have kept for it so far, by place.
        var arrived = All[first..].SelectMany(s => Kept(s)).Select(_ => new List<int>()).ToArray();
        var (keptNow, operands, sums) = (new List<Tensor>(), new List<Tensor>(), new List<ImmutableArray<int>>());
        for (var i = All.Length - 1; i >= first; i--)
        {
            var body = All[i].Body;
            var p = Inputs(i, body.Parameters);
            ImmutableArray<bool> movers =
                [.. marks, .. p.Kept.Select((_, k) => k >= keptBefore), .. p.Carries.Select(_ => true)];
            var transposed = transforms.Transpose(body, movers);
            var fixedCount = movers.Count(m => !m);
            var q = transposed.Parameters;
            var (constants, keptThen) = (q[..given.Length], q[given.Length..fixedCount]);
            var (ctCarries, ctKept) =
                (q[fixedCount..(fixedCount + All[i].Carries)], q[(fixedCount + All[i].Carries)..]);
            ImmutableArray<int> adding = [.. Adding(body, marks, transforms)];
            var running = adding.Select(c => Tensor.Parameter(body.Parameters[c].Type, "sum")).ToArray();
            var kept = HeldPrograms.Unused(keptNow).ToArray();
            var at = p.Kept.Length - keptBefore;
            var incoming = ctKept.Select((c, k) => Sum(arrived[at + k].Select(place => kept[place]), c));
            var results = Substitute.Inline(transposed, [.. constants, .. keptThen, .. ctCarries, .. incoming]);
            var places = Enumerable.Range(0, Constants).Where(c => marks[c]).ToList();
            var (ctConstants, ctRead) = (results[..places.Count], results[places.Count..^All[i].Carries]);
            loops.Add(new(
                new(
                    transposed.Name, [.. constants, .. keptThen, .. kept, .. ctCarries, .. running],
                    [
                        .. results[^All[i].Carries..],
                        .. adding.Select((c, k) => running[k] + ctConstants[places.IndexOf(c)]), .. ctRead,
                    ]),
                All[i].Carries + running.Length, !All[i].IsReversed));
            for (var k = 0; k < ctRead.Length; k++)
                arrived[k].Add(keptNow.Count + k);
            keptNow.AddRange(ctRead);
            sums.Add(adding);
            operands.AddRange(HeldPrograms.Explicit(Ends(i, ct), Ends(i, y.Results)));
            operands.AddRange(adding.Select(c => Tensor.ZerosLike(y.Operands[1 + c])));
        }
        var before = y.Operands[(1 + Constants)..(1 + Constants + All[..first].Sum(s => s.Carries))];
        var all = Application.Of(
            new Sweeps(given.Length, [.. loops]), [y.Operands[0], .. given, .. before, .. operands]).Results;
        return Cotangents(linear, first, all[before.Length..], sums);

        static Tensor Sum(IEnumerable<Tensor> terms, Tensor like) =>
            terms.Aggregate((Tensor?)null, (sum, term) => sum is null ? term : sum + term) ?? Tensor.ZerosLike(like);
    }

    /// <summary>The cotangents of the marked operands, from what the transposed loops end with.</summary>
    private ImmutableArray<Tensor?> Cotangents(
        ImmutableArray<bool> linear, int first, ImmutableArray<Tensor> ends, List<ImmutableArray<int>> sums)
    {
        var cts = new Tensor?[linear.Length];
        var at = 0;
        for (var i = All.Length - 1; i >= first; i--)
        {
            var start = 1 + Constants + All.Take(i).Sum(s => s.Carries);
            for (var k = 0; k < All[i].Carries; k++, at++)
                cts[start + k] = linear[start + k] ? ends[at] : null;
            foreach (var constant in sums[All.Length - 1 - i])
            {
                var sum = cts[1 + constant];
                cts[1 + constant] = sum is null ? ends[at++] : sum + ends[at++];
            }
        }
        return [.. cts];
    }

    /// <summary>The marked constants of which the body's results depend.</summary>
    private IEnumerable<int> Adding(Lambda body, ImmutableArray<bool> marks, ProgramTransforms transforms) =>
        Enumerable.Range(0, Constants).Where(c => marks[c] && transforms.Active(
            body, [.. body.Parameters.Select((_, i) => i == c)]).Contains(true));

    /// <summary>A loop that is not linear uses none of the marked constants.</summary>
    private static Lambda OfGiven(Lambda body, Parts<Tensor> p, ImmutableArray<bool> marks) =>
        new(body.Name, [.. p.Constants.Where((_, i) => !marks[i]), .. p.Kept, .. p.Carries], body.Results);

    /// <summary>
    /// For each loop, which of its parameters and results move: a carry does as soon as it does after any number of
    /// trips.
    /// </summary>
    private ImmutableArray<(ImmutableArray<bool> Parameters, ImmutableArray<bool> Results)> Moving(
        ImmutableArray<bool> operands, ProgramTransforms transforms)
    {
        var moving = new List<(ImmutableArray<bool>, ImmutableArray<bool>)>();
        var (constants, kept) = (operands[..Constants], ImmutableArray<bool>.Empty);
        for (var i = 0; i < All.Length; i++)
        {
            var carries = Starts(i, operands.Insert(0, false));
            while (true)
            {
                ImmutableArray<bool> parameters = [.. constants, .. kept, .. carries];
                var active = transforms.Active(All[i].Body, parameters);
                ImmutableArray<bool> next = [.. carries.Select((c, k) => c || active[k])];
                if (next.SequenceEqual(carries))
                {
                    moving.Add((parameters, [.. carries, .. active[carries.Length..]]));
                    kept = kept.AddRange(active[carries.Length..]);
                    break;
                }
                carries = next;
            }
        }
        return [.. moving];
    }

    /// <summary>The tangents with which a loop's moving carries start, zeros written out.</summary>
    private ImmutableArray<Tensor> MovingStarts(
        int index, Application y, ImmutableArray<Tensor?> dx, ImmutableArray<bool> moving)
    {
        var (x, d) = (Starts(index, y.Operands), Starts(index, dx));
        return [.. d.Select((t, i) => moving[i] ? t ?? Tensor.ZerosLike(x[i]) : null).OfType<Tensor>()];
    }

    /// <summary>The tangents of a body's moving parameters, told apart.</summary>
    private Parts<Tensor> Tangents(int index, ImmutableArray<bool> marks, ImmutableArray<Tensor> tangents)
    {
        var counts = Inputs(index, marks);
        var (constants, carries) = (counts.Constants.Count(m => m), counts.Carries.Count(m => m));
        return new(tangents[..constants], tangents[constants..^carries], tangents[^carries..]);
    }

    /// <summary>What was kept by each loop before, followed by its tangents.</summary>
    private IEnumerable<Tensor> BesideEachOther(
        int index, ImmutableArray<Tensor> kept, ImmutableArray<Tensor> tangents,
        ImmutableArray<(ImmutableArray<bool> Parameters, ImmutableArray<bool> Results)> moving)
    {
        var (at, tangentAt) = (0, 0);
        for (var i = 0; i < index; i++)
        {
            var count = Kept(All[i]).Length;
            var movers = moving[i].Results.Skip(All[i].Carries).Count(m => m);
            foreach (var tensor in kept[at..(at += count)])
                yield return tensor;
            foreach (var tangent in tangents[tangentAt..(tangentAt += movers)])
                yield return tangent;
        }
    }

    /// <summary>Of the results, or of something for each, those of one loop.</summary>
    private ImmutableArray<T> Ends<T>(int index, ImmutableArray<T> results)
    {
        var start = All.Take(index).Sum(s => s.Carries);
        return results[start..(start + All[index].Carries)];
    }
}
