namespace DistGrad.Simplify;

/// <summary>How one reading of an array after another becomes one reading, or none.</summary>
internal static class Readings
{
    /// <summary>The operand of this reading read in one step less, or nothing when that cannot be.</summary>
    public static Tensor? Shorten(Primitive outer, Tensor operand)
    {
        if (outer is Reading reading && IsWhole(reading, operand.Shape))
            return operand;
        if (outer is Reshape same && same.To == operand.Shape)
            return operand;
        if (operand.Source.Operands.Length != 1)
            return null;
        var inner = operand.Source.Operands[0];
        return (outer, operand.Source.Operation) switch
        {
            (Reshape r, Reshape) => Tensor.Apply(r, inner),
            (Broadcast b, Broadcast) => Tensor.Apply(b, inner),
            (Permute p, Permute q) => Tensor.Apply(new Permute([.. p.Axes.Select(a => q.Axes[a])]), inner),
            (Flip f, Flip g) when f.Axes.Equals(g.Axes) => inner,
            (Slice s, Slice t) => Tensor.Apply(Composed(s, t), inner),
            _ => null,
        };
    }

    private static bool IsWhole(Reading reading, Shape shape) => reading switch
    {
        Permute p => p.Axes.SequenceEqual(Enumerable.Range(0, shape.Rank)),
        Broadcast b => b.To == shape,
        Slice s => s.Lengths == shape,
        Flip f => f.Axes.All(a => shape[a] <= 1),
        _ => false,
    };

    private static Slice Composed(Slice outer, Slice inner) => new(
        [.. outer.Starts.Select((start, a) => inner.Starts[a] + (start * inner.Steps[a]))],
        outer.Lengths,
        [.. outer.Steps.Select((step, a) => step * inner.Steps[a])]);
}
