using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>
/// Sums of products that a loop adds up step by step, computed at once when it is done. The gradient of a weight which
/// every step multiplies by is such a sum: in the loop it is a thin product and a pass over the whole weight a step,
/// after the loop one product, whose inner dimension is that of all steps. It may differ by rounding.
/// </summary>
internal static class LoopSums
{
    /// <summary>The same function, its loops without the sums that can wait.</summary>
    public static Lambda Hoisted(Lambda program) => Rewriting.Of(
        program, within => within.Body.Any(n => n.Operation is Scan)
            ? (node, operation, now) =>
                operation is Scan scan ? After(scan, [.. node.Operands.Select(now)]) : null
            : null);

    /// <summary>What stands for the results of a loop that has sums which can wait.</summary>
    private static ImmutableArray<Tensor>? After(Scan scan, ImmutableArray<Tensor> operands)
    {
        if (scan.Length < 2)
            return null;
        var stacks = new Stacks(scan);
        var uses = new Uses(scan.Body);
        var totals = new Tensor?[scan.Carries];
        for (var i = 0; i < totals.Length; i++)
            totals[i] = Added(scan, i, uses) is { } term ? stacks.Total(term) : null;
        return totals.All(t => t is null) ? null : Rebuilt(scan, operands, stacks, totals);
    }

    /// <summary>What is added to a carry that does nothing else than add up.</summary>
    private static Tensor? Added(Scan scan, int carry, Uses uses)
    {
        var (running, next) = (scan.Body.Parameters[scan.Constants + carry], scan.Body.Results[carry]);
        if (next.Source is not { Operation: Add, Operands: [var left, var right] } ||
            uses.Of(running) != 1 || uses.Of(next) != 1)
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
            Body = new(body.Name, Kept(body.Parameters, 0), results),
            Carries = totals.Count(t => t is null),
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
            [.. all.Where((_, i) => i + at - first is var c && (c < 0 || c >= totals.Length || totals[c] is null))];

        static Tensor From(Tensor start, Tensor sum) =>
            Constants.TryNumber(start, out var number) && number == 0 ? sum : start + sum;
    }
}
