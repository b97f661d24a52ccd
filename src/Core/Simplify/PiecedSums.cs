namespace DistGrad.Simplify;

/// <summary>
/// Sums of arrays that are zero but for a piece each, as the pieces beside one another: that is what the gradient of
/// what was cut into pieces is. The same bits.
/// </summary>
internal sealed class PiecedSums
{
    /// <summary>Sums with a padded piece among their terms.</summary>
    private readonly HashSet<Tensor> pieced = new(ReferenceEqualityComparer.Instance);

    /// <summary>Terms of others among these.</summary>
    private readonly HashSet<Tensor> inner = new(ReferenceEqualityComparer.Instance);

    private PiecedSums(Lambda program, Uses uses)
    {
        foreach (var node in program.Body.Where(n => n.Operation is Add))
        {
            foreach (var operand in node.Operands.Where(o => pieced.Contains(o) || IsPiece(o)))
            {
                pieced.Add(node.Results[0]);
                if (uses.Of(operand) == 1)
                    inner.Add(operand);
            }
        }
    }

    /// <summary>The same function, such sums joined.</summary>
    public static Lambda Joined(Lambda program) => Rewriting.Of(program, within =>
    {
        if (!within.Body.Any(n => n.Operation is Pad))
            return null;
        var sums = new PiecedSums(within, new(within));
        return (node, _, now) => sums.Joined(node, now) is { } joined ? [joined] : null;
    });

    /// <summary>The pieces of such a sum beside one another, if that is all it is but for one other term.</summary>
    /// <remarks>Each element has one piece at most, so the order of the additions does not matter.</remarks>
    private Tensor? Joined(Application sum, Func<Tensor, Tensor> now)
    {
        if (!pieced.Contains(sum.Results[0]) || inner.Contains(sum.Results[0]))
            return null;
        var (pieces, others) = (new List<Tensor>(), new List<Tensor>());
        var waiting = new Stack<Tensor>(sum.Operands);
        while (waiting.TryPop(out var term))
        {
            if (!inner.Contains(term))
                others.Add(term);
            else if (IsPiece(term))
                pieces.Add(term);
            else
                Array.ForEach([.. term.Source.Operands], waiting.Push);
        }
        return pieces.Count > 1 && others.Count < 2 && Beside(pieces, now) is { } whole
            ? others.Aggregate(whole, (rest, x) => rest + now(x))
            : null;
    }

    private static Tensor? Beside(List<Tensor> pieces, Func<Tensor, Tensor> now)
    {
        var axis = Axis(pieces[0]);
        if (pieces.Exists(p => Axis(p) != axis))
            return null;
        var shape = pieces[0].Shape;
        var (parts, end) = (new List<Tensor>(), 0);
        foreach (var piece in pieces.OrderBy(p => Padding(p).Before[axis]))
        {
            var start = Padding(piece).Before[axis];
            if (start < end)
                return null;
            AddZeros(start - end);
            // What a sum of more than one gives is never -0.
            var inside = now(piece.Source.Operands[0]);
            parts.Add(inside + Tensor.ZerosLike(inside));
            end = start + inside.Shape[axis];
        }
        AddZeros(shape[axis] - end);
        return Tensor.Concat(parts, axis);

        void AddZeros(int length)
        {
            if (length > 0)
                parts.Add(Tensor.Zeros(shape.With(axis, length), pieces[0].DType));
        }
    }

    private static Pad Padding(Tensor piece) => (Pad)piece.Source.Operation;

    private static int Axis(Tensor piece) => Enumerable.Range(0, piece.Rank).First(a => IsPadded(Padding(piece), a));

    private static bool IsPadded(Pad pad, int axis) => pad.Before[axis] != 0 || pad.After[axis] != 0;

    /// <summary>Zeros before and after a piece, along one axis.</summary>
    private static bool IsPiece(Tensor tensor) =>
        tensor.Source is { Operation: Pad pad, Operands: [_, var filling] } &&
        Constants.TryNumber(filling, out var number) && number == 0 && !double.IsNegative(number) &&
        pad.Between.All(b => b == 0) && pad.Before.All(b => b >= 0) && pad.After.All(b => b >= 0) &&
        Enumerable.Range(0, tensor.Rank).Count(a => IsPadded(pad, a)) == 1;
}
