namespace DistGrad.Simplify;

/// <summary>
/// What is picked by index from one number repeated is that number, wherever the index points: so the second derivative
/// of picking picks from ones. An index that points outside must still be an error, so one that picks so is left out
/// only where another remains that picks or adds by the same index along an axis of the same length.
/// </summary>
internal static class RepeatedGathers
{
    /// <summary>The same function without them, bit for bit.</summary>
    public static Lambda Removed(Lambda program) => Rewriting.Of(program, within =>
    {
        if (!within.Body.Any(IsRepeated))
            return null;
        var looked = within.Body.Where(n => n.Operation is Gather or ScatterAdd && !IsRepeated(n)).Select(Look)
            .ToHashSet();
        return (node, _, now) => IsRepeated(node) && looked.Contains(Look(node))
            ? [now(node.Operands[0].Source.Operands[0]).Reshape([]).BroadcastTo(node.Results[0].Shape)]
            : null;
    });

    private static bool IsRepeated(Application node) => node.Operation is Gather &&
        node.Operands[0].Source is { Operation: Broadcast, Operands: [{ Shape.Size: 1 }] };

    // Tensors are equal where they are the same.
    private static (Tensor Index, int Length) Look(Application node) => (node.Operands[1], node.Operands[0].Shape[
        node.Operation is Gather gather ? gather.Axis : ((ScatterAdd)node.Operation).Axis]);
}
