using System.Collections.Immutable;

namespace DistGrad;

/// <summary>A loop's last carry, and what its steps gave, stacked along axis 0.</summary>
public sealed record Scanned<TCarry, TY>(TCarry Carry, TY Ys);

/// <summary>
/// Control flow that is part of the program: it runs on values that are known only then, and is differentiated and
/// batched like any other primitive. (A plain C# or F# loop or branch is unrolled while tracing.)
/// </summary>
public static partial class Flow
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
                "then", thenClosed.Parameters.InsertRange(thenCaptured.Length, HeldPrograms.Unused(elseCaptured)),
                thenClosed.Results),
            new("else", elseClosed.Parameters.InsertRange(0, HeldPrograms.Unused(thenCaptured)), elseClosed.Results));
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
        var slices = Slices(items, "step");
        var (next, y) = step(carry.Unflatten(carries), items.Unflatten(slices));
        var (last, ys) = (Tree.Flatten(next), Tree.Flatten(y));
        RequireSame("scan", carry.Leaves, last.Leaves, carry.Paths);
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

    /// <summary>
    /// A loop that goes on for as long as a condition holds: the step takes the state to the next one, whose shapes and
    /// dtypes are those of the first. How often it runs is known only then; derivatives of any order and in both modes
    /// go through it all the same.
    /// </summary>
    /// <param name="state">The first state; where the condition does not hold of it, it is the result.</param>
    /// <param name="condition">A bool scalar that says whether to go on.</param>
    /// <param name="body">One step.</param>
    /// <remarks>
    /// In a batch each example stops by itself. Reverse mode runs the loop a second time, and keeps of each step what
    /// the way back needs; where that takes much memory, of some steps only, from which it computes the others again.
    /// </remarks>
    public static T While<T>(T state, Func<T, Tensor> condition, Func<T, T> body)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(body);
        var tree = Tree.Flatten(state);
        var (p, q) = (Traced.Parameters(tree, "while"), Traced.Parameters(tree, "while"));
        var (holds, next) = (condition(tree.Unflatten(p)), Tree.Flatten(body(tree.Unflatten(q))));
        RequireSame("while", tree.Leaves, next.Leaves, tree.Paths);
        var (test, tested) = Substitute.Close("condition", p, [holds]);
        var (step, captured) = Substitute.Close("body", q, next.Leaves);
        var loop = new While(
            new(test.Name, test.Parameters.InsertRange(tested.Length, HeldPrograms.Unused(captured)), test.Results),
            new(step.Name, step.Parameters.InsertRange(0, HeldPrograms.Unused(tested)), step.Results),
            tested.Length + captured.Length);
        return tree.Unflatten(Application.Of(loop, [.. tested, .. captured, .. tree.Leaves]).Results[..^1]);
    }

    /// <summary>
    /// A loop over the integers from lower up to but not including upper: each step takes the integer, an int64 scalar,
    /// and the state to the next state.
    /// </summary>
    public static T Fori<T>(int lower, int upper, T state, Func<Tensor, T, T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var length = (int)Math.Min(Math.Max((long)upper - lower, 0), int.MaxValue);
        var (tree, step, captured) = Step(state, body);
        var loop = new Scan(step, captured.Length, tree.Leaves.Length, length, Reverse: false);
        var steps = Tensor.Iota(DType.Int64, [length], 0) + lower;
        return tree.Unflatten(Application.Of(loop, [.. captured, .. tree.Leaves, steps]).Results);
    }

    /// <summary>As the other, with integer scalars as bounds, which are known only when it runs.</summary>
    public static T Fori<T>(Tensor lower, Tensor upper, T state, Func<Tensor, T, T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var (from, to) = (Bound(lower), Bound(upper));
        var (tree, step, captured) = Step(state, body);
        // The integer is a carry, and stands in front of the others.
        var i = step.Parameters[^1];
        var counting = new Lambda(
            step.Name, step.Parameters.RemoveAt(step.Parameters.Length - 1).Insert(captured.Length, i),
            [i + 1, .. step.Results]);
        var loop = new Sweeps(captured.Length, [new(counting, tree.Leaves.Length + 1, IsReversed: false)]);
        var results = Application.Of(loop, [Tensor.Maximum(to - from, 0), .. captured, from, .. tree.Leaves]).Results;
        return tree.Unflatten(results[1..]);
    }

    /// <summary>
    /// A function of each slice along axis 0, one after the other, and what it gives stacked along axis 0. Where memory
    /// is no concern Diff.Vmap is the faster way to the same.
    /// </summary>
    public static TY Map<TX, TY>(TX xs, Func<TX, TY> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var items = Tree.Flatten(xs);
        var length = Length(items.Leaves);
        var slices = Slices(items, "map");
        var y = Tree.Flatten(f(items.Unflatten(slices)));
        var (body, captured) = Substitute.Close("map", slices, y.Leaves);
        var loop = new Scan(body, captured.Length, 0, length, Reverse: false);
        return y.Unflatten(Application.Of(loop, [.. captured, .. items.Leaves]).Results);
    }

    /// <summary>The step of a loop over integers: (captured, states, the integer) to states.</summary>
    private static (Tree<T> State, Lambda Step, ImmutableArray<Tensor> Captured) Step<T>(
        T state, Func<Tensor, T, T> body)
    {
        var tree = Tree.Flatten(state);
        var states = Traced.Parameters(tree, "fori");
        var i = Tensor.Parameter(new(DType.Int64, Shape.Scalar), "i", "fori");
        var next = Tree.Flatten(body(i, tree.Unflatten(states)));
        RequireSame("fori", tree.Leaves, next.Leaves, tree.Paths);
        var (step, captured) = Substitute.Close("fori", [.. states, i], next.Leaves);
        return (tree, step, captured);
    }

    private static Tensor Bound(Tensor bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        return bound.Rank == 0 && bound.DType.IsInteger ? bound.Cast(DType.Int64) : throw new DTypeException(
            $"fori: the bounds must be integer scalars; found {bound.Type}");
    }

    private static ImmutableArray<Tensor> Slices<T>(Tree<T> items, string function) =>
        [.. items.Leaves.Select((x, i) => Tensor.Parameter(
            x.Type with { Shape = x.Shape.RemoveAt(0) }, items.Paths[i], function))];

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
        string loop, ImmutableArray<Tensor> start, ImmutableArray<Tensor> next, ImmutableArray<string> paths)
    {
        if (start.Length != next.Length)
            throw new TreeException(
                $"{loop}: the carry starts with {start.Length} tensors and comes back with {next.Length}");
        for (var i = 0; i < start.Length; i++)
        {
            if (start[i].Type == next[i].Type)
                continue;
            var carry = paths[i].Length > 0 ? $"the carry {paths[i]}" : "the carry";
            var found = $"{loop}: {carry} starts as {start[i].Type} and comes back as {next[i].Type}";
            throw start[i].DType == next[i].DType
                ? new ShapeException(found)
                : new DTypeException($"{found}; Cast it");
        }
    }
}
