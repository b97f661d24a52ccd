using System.Collections.Immutable;

namespace DistGrad;

/// <summary>A loop's last carry, and what its steps gave, stacked along axis 0.</summary>
public sealed record Scanned<TCarry, TY>(TCarry Carry, TY Ys);

/// <summary>
/// Control flow that is part of the program: it runs on values that are known only then, and is differentiated and
/// batched like any other primitive. (A plain C# or F# loop or branch is unrolled while tracing.)
/// </summary>
public static class Flow
{
    /// <summary>The value of one of two functions, chosen by a bool scalar; the other is not run.</summary>
    public static TOut Cond<TIn, TOut>(Tensor condition, TIn x, Func<TIn, TOut> ifTrue, Func<TIn, TOut> ifFalse)
    {
        ArgumentNullException.ThrowIfNull(ifTrue);
        ArgumentNullException.ThrowIfNull(ifFalse);
        var tree = Tree.Flatten(x);
        var (p, q) = (Traced.Parameters(tree, "then"), Traced.Parameters(tree, "else"));
        var (first, second) = (Tree.Flatten(ifTrue(tree.Unflatten(p))), Tree.Flatten(ifFalse(tree.Unflatten(q))));
        if (!first.Structure.Equals(second.Structure))
            throw new TreeException(
                $"cond: the branches give trees of different structure:\n{first.Structure}\nand\n{second.Structure}");
        var (thenClosed, thenCaptured) = Substitute.Close("then", p, first.Leaves);
        var (elseClosed, elseCaptured) = Substitute.Close("else", q, second.Leaves);
        // Both branches take what either captured.
        var cond = new Cond(
            new(
                "then", thenClosed.Parameters.InsertRange(thenCaptured.Length, Unused(elseCaptured)),
                thenClosed.Results),
            new("else", elseClosed.Parameters.InsertRange(0, Unused(thenCaptured)), elseClosed.Results));
        return first.Unflatten(
            Application.Of(cond, [condition, .. thenCaptured, .. elseCaptured, .. tree.Leaves]).Results);
    }

    /// <summary>
    /// A loop over slices along axis 0: each step takes the carry and a slice of xs to the next carry and a slice of
    /// ys. Shapes and dtypes of the carry stay what they are at the start.
    /// </summary>
    /// <param name="start">The first carry.</param>
    /// <param name="xs">What the loop runs over; all leaves have the same length along axis 0.</param>
    /// <param name="step">One step.</param>
    /// <param name="reverse">Whether to run from the last slice to the first; ys stay in the order of xs.</param>
    public static Scanned<TCarry, TY> Scan<TCarry, TX, TY>(
        TCarry start, TX xs, Func<TCarry, TX, (TCarry Carry, TY Y)> step, bool reverse = false)
    {
        ArgumentNullException.ThrowIfNull(step);
        var (carry, items) = (Tree.Flatten(start), Tree.Flatten(xs));
        var length = Length(items.Leaves);
        var carries = Traced.Parameters(carry, "step");
        ImmutableArray<Tensor> slices = [.. items.Leaves.Select((x, i) => Tensor.Parameter(
            x.Type with { Shape = x.Shape.RemoveAt(0) }, items.Paths[i], "step"))];
        var (next, y) = step(carry.Unflatten(carries), items.Unflatten(slices));
        var (last, ys) = (Tree.Flatten(next), Tree.Flatten(y));
        RequireSame(carry.Leaves, last.Leaves, carry.Paths);
        var (body, captured) = Substitute.Close("step", [.. carries, .. slices], [.. last.Leaves, .. ys.Leaves]);
        var results = Application.Of(
            new Scan(body, captured.Length, carries.Length, length, reverse),
            [.. captured, .. carry.Leaves, .. items.Leaves]).Results;
        return new(carry.Unflatten(results[..carries.Length]), ys.Unflatten(results[carries.Length..]));
    }

    /// <summary>As the other, for a step that gives a reference tuple.</summary>
    public static Scanned<TCarry, TY> Scan<TCarry, TX, TY>(
        TCarry start, TX xs, Func<TCarry, TX, Tuple<TCarry, TY>> step, bool reverse = false) =>
        Scan(start, xs, (carry, x) => step(carry, x).ToValueTuple(), reverse);

    private static int Length(ImmutableArray<Tensor> xs)
    {
        foreach (var x in xs)
        {
            if (x.Rank == 0 || x.Shape[0] != xs[0].Shape[0])
                throw new ShapeException(
                    $"scan: {xs[0].Shape} and {x.Shape} have no axis 0 of one length to run along");
        }
        return xs[0].Shape[0];
    }

    private static void RequireSame(
        ImmutableArray<Tensor> start, ImmutableArray<Tensor> next, ImmutableArray<string> paths)
    {
        if (start.Length != next.Length)
            throw new TreeException(
                $"scan: the carry starts with {start.Length} tensors and comes back with {next.Length}");
        for (var i = 0; i < start.Length; i++)
        {
            if (start[i].Type == next[i].Type)
                continue;
            var carry = paths[i].Length > 0 ? $"the carry {paths[i]}" : "the carry";
            var found = $"scan: {carry} starts as {start[i].Type} and comes back as {next[i].Type}";
            throw start[i].DType == next[i].DType
                ? new ShapeException(found)
                : new DTypeException($"{found}; Cast it");
        }
    }

    private static IEnumerable<Tensor> Unused(ImmutableArray<Tensor> like) =>
        like.Select(t => Tensor.Parameter(t.Type, "unused"));
}
