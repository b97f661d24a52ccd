namespace DistGrad.Simplify;

/// <summary>
/// What is concatenated only to have its axes put in another order and be written out so, as the concatenation of the
/// operands in that order: these are read where they lie, and what was a copy of the whole is saved. The same bits.
/// </summary>
internal static class TurnedConcats
{
    /// <summary>The same function.</summary>
    public static Lambda Turned(Lambda program) => Rewriting.Of(program, within =>
    {
        if (!within.Body.Any(n => n.Operation is Concat))
            return null;
        var uses = new Uses(within);
        var written = new HashSet<Tensor>(
            within.Body.Where(n => n.Operation is Reshape).Select(n => n.Operands[0]).Concat(within.Results),
            ReferenceEqualityComparer.Instance);
        return (node, _, now) =>
            node.Operation is Permute permute && written.Contains(node.Results[0]) &&
            node.Operands[0] is { Source: { Operation: Concat concat } source } whole && uses.Of(whole) == 1
                ? [Tensor.Apply(
                    new Concat(permute.Axes.ToList().IndexOf(concat.Axis)),
                    [.. source.Operands.Select(o => Tensor.Apply(permute, now(o)))])]
                : null;
    });
}
