using System.Collections.Immutable;

namespace DistGrad;

public static partial class Flow
{
    /// <summary>
    /// The x with f(x) = x, found by applying f again and again, from a start on. Its derivatives by whatever f takes
    /// from outside are found from f at x alone, so they take no memory for the steps and do not depend on the start.
    /// </summary>
    /// <param name="start">Where to start.</param>
    /// <param name="f">
    /// A function that brings points closer to each other; the result has the types of its argument.
    /// </param>
    /// <param name="tolerance">Where no element moves by more than this, the search ends.</param>
    /// <param name="mostSteps">It ends after so many steps at the latest, wherever it is then.</param>
    public static T FixedPoint<T>(T start, Func<T, T> f, double tolerance = 1e-10, int mostSteps = 1000)
    {
        ArgumentNullException.ThrowIfNull(f);
        return Solution(
            "fixed_point", start, f, (x, y) => y - x, tolerance, mostSteps, (x, next) => next(x));
    }

    /// <summary>
    /// The x with residual(x) = 0, found by Newton's method from a start on. Its derivatives by whatever the residual
    /// takes from outside are found from the residual at x alone, by the implicit function theorem.
    /// </summary>
    /// <param name="start">Where to start; the root that is found may depend on it, and has no derivative by it.</param>
    /// <param name="residual">As many numbers as x has, in the same structure.</param>
    /// <param name="tolerance">Where no element moves by more than this, the search ends.</param>
    /// <param name="mostSteps">It ends after so many steps at the latest, wherever it is then.</param>
    public static T Root<T>(T start, Func<T, T> residual, double tolerance = 1e-10, int mostSteps = 100)
    {
        ArgumentNullException.ThrowIfNull(residual);
        return Solution(
            "root", start, residual, (_, r) => r, tolerance, mostSteps,
            (x, r) => x - Tensor.Solve(Diff.JacobianForward(r)(x), r(x)));
    }

    /// <summary>The leaves laid end to end are one vector, which is what is solved for.</summary>
    private static T Solution<T>(
        string name, T start, Func<T, T> f, Func<Tensor, Tensor, Tensor> residualOf, double tolerance, int mostSteps,
        Func<Tensor, Func<Tensor, Tensor>, Tensor> step)
    {
        var tree = Tree.Flatten(start);
        if (tree.Leaves.Any(l => l.DType != tree.Leaves[0].DType || !l.DType.IsFloat))
            throw new DTypeException($"{name}: all tensors to solve for must be of one floating-point dtype");
        var first = Flat(tree.Leaves);
        var x = Tensor.Parameter(first.Type, "x", name);
        var (residual, captured) = Substitute.Close(name, [x], [residualOf(x, OfFlat(x))]);
        var s = Tensor.Parameter(first.Type, "start", name);
        var found = While(
            (s, Tensor.Full(first.DType, [], double.PositiveInfinity), Tensor.Of(0L)),
            state => Tensor.And(state.Item2 > tolerance, state.Item3 < mostSteps),
            state => step(state.Item1, OfFlat) is var next
                ? (next, Tensor.Abs(next - state.Item1).Max(), state.Item3 + 1)
                : state).Item1;
        var (solver, taken) = Substitute.Close(name, [s], [found]);
        var results = Application.Of(
            new Implicit(
                new(
                    solver.Name, solver.Parameters.InsertRange(taken.Length, HeldPrograms.Unused(captured)),
                    solver.Results),
                new(residual.Name, residual.Parameters.InsertRange(0, HeldPrograms.Unused(taken)), residual.Results)),
            [.. taken, .. captured, first]).Results;
        return tree.Unflatten(Parts(results[0]));

        Tensor OfFlat(Tensor at)
        {
            var y = Tree.Flatten(f(tree.Unflatten(Parts(at))));
            RequireSame(name, tree.Leaves, y.Leaves, tree.Paths);
            return Flat(y.Leaves);
        }

        ImmutableArray<Tensor> Parts(Tensor flat) =>
        [
            .. flat.Split(0, [.. tree.Leaves.Select(l => l.Shape.Size)]).Zip(tree.Leaves, (p, l) => p.Reshape(l.Shape)),
        ];
    }

    private static Tensor Flat(ImmutableArray<Tensor> leaves) => Tensor.Concat(leaves.Select(l => l.Flatten()));
}
