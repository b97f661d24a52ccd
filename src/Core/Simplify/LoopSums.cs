using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>
/// Sums of products that a loop adds up step by step, computed at once when it is done. The gradient of a weight which
/// every step multiplies by is such a sum: in the loop it is a thin product and a pass over the whole weight a step, after
/// the loop one product, whose inner dimension is that of all steps. It may differ by rounding.
/// </summary>
internal static class LoopSums
{
    /// <summary>The same function, its loops without the sums that can wait.</summary>
    public static Lambda Hoisted(Lambda program)
    {
        if (!program.Body.Any(n => n.Operation is HigherOrder))
            return program;
        var stand = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        var held = new Dictionary<Lambda, Lambda>(ReferenceEqualityComparer.Instance);
        foreach (var node in program.Body)
        {
            ImmutableArray<Tensor> operands = [.. node.Operands.Select(o => stand.GetValueOrDefault(o, o))];
            var operation = node.Operation is HigherOrder holder ? Inside(holder) : node.Operation;
            if (operation is Scan scan && After(scan, operands) is { } better)
                Stand(node, better);
            else if (!ReferenceEquals(operation, node.Operation))
                Stand(node, Application.Of(operation, operands).Results);
            else
                Substitute.Rebuild([node], stand, []);
        }
        return stand.Count == 0
            ? program
            : new(program.Name, program.Parameters, [.. program.Results.Select(r => stand.GetValueOrDefault(r, r))]);

        void Stand(Application node, ImmutableArray<Tensor> results)
        {
            for (var i = 0; i < results.Length; i++)
                stand[node.Results[i]] = results[i];
        }

        // One program stays one, so that two loops over it are still seen to be the same.
        Operation Inside(HigherOrder holder)
        {
            foreach (var program in holder.Held)
                held.TryAdd(program, Hoisted(program));
            return holder.Held.All(h => ReferenceEquals(held[h], h))
                ? holder
                : holder.Holding([.. holder.Held.Select(h => held[h])]);
        }
    }

    /// <summary>What stands for the results of a loop that has sums which can wait.</summary>
    private static ImmutableArray<Tensor>? After(Scan scan, ImmutableArray<Tensor> operands)
    {
        if (scan.Length < 2)
            return null;
        var stacks = new Stacks(scan);
        var uses = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        foreach (var used in scan.Body.Body.SelectMany(n => n.Operands).Concat(scan.Body.Results))
            uses[used] = uses.GetValueOrDefault(used) + 1;
        var totals = new Tensor?[scan.Carries];
        for (var i = 0; i < totals.Length; i++)
            totals[i] = Added(scan, i, uses) is { } term ? stacks.Total(term) : null;
        return totals.All(t => t is null) ? null : Rebuilt(scan, operands, stacks, totals);
    }

    /// <summary>What is added to a carry that does nothing else than add up.</summary>
    private static Tensor? Added(Scan scan, int carry, Dictionary<Tensor, int> uses)
    {
        var (running, next) = (scan.Body.Parameters[scan.Constants + carry], scan.Body.Results[carry]);
        if (next.Source is not { Operation: Add, Operands: [var left, var right] } ||
            uses.GetValueOrDefault(running) != 1 || uses[next] != 1)
            return null;
        return ReferenceEquals(left, running) ? right : ReferenceEquals(right, running) ? left : null;
    }

    private static ImmutableArray<Tensor> Rebuilt(
        Scan scan, ImmutableArray<Tensor> operands, Stacks stacks, Tensor?[] totals)
    {
        var (body, first) = (scan.Body, scan.Constants);
        ImmutableArray<Tensor> results = [.. Kept(body.Results, first), .. stacks.More];
        var rest = scan with
        {
            Body = new(body.Name, Kept(body.Parameters, 0), results), Carries = totals.Count(t => t is null),
        };
        var loop = Application.Of(rest, Kept(operands, 0)).Results;
        var sums = Substitute.Inline(
            new("sums", stacks.Places, [.. totals.OfType<Tensor>()]),
            [.. stacks.Items.Select(i => body.Parameters.IndexOf(i) is var x and >= 0
                ? operands[x]
                : loop[results.IndexOf(i, rest.Carries)])]);
        var (nextSum, nextKept) = (0, 0);
        return
        [
            .. body.Results.Select((_, i) => i < scan.Carries && totals[i] is not null
                ? From(operands[first + i], sums[nextSum++])
                : loop[nextKept++]),
        ];

        ImmutableArray<Tensor> Kept(ImmutableArray<Tensor> all, int at) =>
            [.. all.Where((_, i) => i + at < first || i + at >= first + scan.Carries || totals[i + at - first] is null)];

        static Tensor From(Tensor start, Tensor sum) =>
            Constants.TryNumber(start, out var number) && number == 0 ? sum : start + sum;
    }
}
