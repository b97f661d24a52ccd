using System.Collections.Immutable;

namespace DistGrad.Learn;

/// <summary>
/// A pair of pure functions: <see cref="Init{T}"/> takes parameters to a state, and <see cref="Update{T}"/> takes
/// gradients, a state and parameters to updates and the next state. Parameters are tensors, or any tree of them.
/// </summary>
/// <remarks>
/// An optimiser is a chain of small ones, each of which takes gradients to better ones, as in optax. The last one of a
/// chain usually is <see cref="Descend"/>, after which updates are there to be added. All of it is a program of
/// tensors: it can be compiled, differentiated, batched, hashed and shipped.
/// </remarks>
/// <example>
/// <code>
/// var optimiser = Optimiser.Adam(0.001);
/// var state = optimiser.Init(model);
/// var (updates, next) = optimiser.Update(gradients, state, model);
/// model = Optimiser.Apply(model, updates);
/// </code>
/// </example>
public sealed partial class Optimiser
{
    private readonly ImmutableArray<Part> parts;

    private Optimiser(params ImmutableArray<Part> parts) => this.parts = parts;

    /// <summary>
    /// The optimisers in a row: each takes what the one before it made of the gradients. A chain of none changes
    /// nothing.
    /// </summary>
    public static Optimiser Chain(params Optimiser[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new([.. parts.SelectMany(p => p.parts)]);
    }

    /// <summary>An optimiser of your own that treats each tensor of parameters by itself.</summary>
    /// <param name="slots">How many running values it keeps for each.</param>
    /// <param name="rule">
    /// The gradient, the parameter, the step, an int64 scalar that counts updates from 0, and the slots, to the update
    /// and the next slots, all of the parameter's shape and dtype.
    /// </param>
    /// <param name="start">What the slots hold at first.</param>
    public static Optimiser Of(
        int slots, Func<Tensor, Tensor, Tensor, IReadOnlyList<Tensor>, Ruled> rule, double start = 0)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Require.AtLeastZero("Optimiser.Of", nameof(slots), slots);
        return new(new Part(slots, start, (g, p, step, s) =>
        {
            var (n, all) = (p.Length, Enumerable.Range(0, slots));
            Ruled[] ruled = [.. Enumerable.Range(0, n).Select(i =>
                Checked(rule(g[i], p[i], step, [.. all.Select(k => s[(k * n) + i])]), p[i], slots))];
            return ([.. ruled.Select(r => r.Update)], [.. all.SelectMany(k => ruled.Select(r => r.Slots[k]))]);
        }));
    }

    /// <summary>The state before the first update.</summary>
    /// <exception cref="DTypeException">A parameter is not floating-point.</exception>
    public OptimiserState Init<T>(T parameters)
    {
        var tree = Tree.Flatten(parameters);
        RequireFloats(tree);
        return new(
            Tensor.Of(0L),
            [.. parts.SelectMany(part => Enumerable.Repeat(part.Start, part.Slots))
                .SelectMany(start => tree.Leaves.Select(p => Tensor.Full(p.DType, p.Shape, start)))]);
    }

    /// <summary>What to add to the parameters for these gradients, and the next state.</summary>
    /// <param name="gradients">A tree of the parameters' structure, as <c>Diff.Grad</c> gives it.</param>
    /// <param name="state">That of <see cref="Init{T}"/>, or of the update before.</param>
    /// <param name="parameters">The parameters at which the gradients were taken.</param>
    /// <exception cref="TreeException">
    /// The gradients or the state belong to parameters of another structure.
    /// </exception>
    /// <exception cref="ShapeException">
    /// The gradients or the state belong to parameters of other shapes or dtypes.
    /// </exception>
    public Updated<T> Update<T>(T gradients, OptimiserState state, T parameters)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (g, p) = (Tree.Flatten(gradients), Tree.Flatten(parameters));
        RequireFloats(p);
        RequireLike("gradient", p.Leaves, g.Leaves, p.Paths);
        RequireState(state, p);
        var (updates, slots, next) = (g.Leaves, state.Slots, ImmutableArray.CreateBuilder<Tensor>());
        foreach (var part in parts)
        {
            var own = part.Slots * p.Leaves.Length;
            (updates, var kept) = part.Rule(updates, p.Leaves, state.Step, slots[..own]);
            next.AddRange(kept);
            slots = slots[own..];
        }
        return new(p.Unflatten(updates), new(state.Step + 1, next.ToImmutable()));
    }

    /// <summary>The parameters with the updates added.</summary>
    public static T Apply<T>(T parameters, T updates) => Tree.Map(parameters, updates, (p, u) => p + u);

    private static void RequireFloats<T>(Tree<T> parameters)
    {
        for (var i = 0; i < parameters.Leaves.Length; i++)
        {
            if (!parameters.Leaves[i].DType.IsFloat)
                throw new DTypeException(
                    $"Optimiser: {Place(parameters.Paths[i], "the parameter")} is {parameters.Leaves[i].Type}, which " +
                    "cannot be trained; keep it outside of the model, or Cast it");
        }
    }

    private static void RequireLike(
        string what, ImmutableArray<Tensor> parameters, ImmutableArray<Tensor> given, ImmutableArray<string> paths)
    {
        if (given.Length != parameters.Length)
            throw new TreeException(
                $"Optimiser: {parameters.Length} parameters have as many {what}s; found {given.Length}");
        for (var i = 0; i < given.Length; i++)
        {
            if (given[i].Type != parameters[i].Type)
                throw new ShapeException(
                    $"Optimiser: {Place(paths[i], "the parameter")} is {parameters[i].Type} and its {what} " +
                    $"{given[i].Type}; they must agree");
        }
    }

    private void RequireState<T>(OptimiserState state, Tree<T> parameters)
    {
        var (n, slots) = (parameters.Leaves.Length, parts.Sum(part => part.Slots));
        if (state.Step.Type != new TensorType(DType.Int64, []))
            throw new DTypeException($"Optimiser: a state's step is an int64 scalar; found {state.Step.Type}");
        if (state.Slots.Length != slots * n)
            throw new TreeException(
                $"Optimiser: {slots} slots for each of {n} parameters are {slots * n} tensors; the state has " +
                $"{state.Slots.Length}; was it made by another optimiser, or for other parameters?");
        for (var k = 0; k < slots; k++)
            RequireLike("slot", parameters.Leaves, state.Slots.Slice(k * n, n), parameters.Paths);
    }

    private static Ruled Checked(Ruled ruled, Tensor parameter, int slots)
    {
        if (ruled.Slots.Count != slots)
            throw new OptionException($"Optimiser.Of: the rule gave {ruled.Slots.Count} slots; {slots} were announced");
        foreach (var tensor in ruled.Slots.Prepend(ruled.Update))
        {
            if (tensor.Type != parameter.Type)
                throw new ShapeException(
                    $"Optimiser.Of: for a parameter {parameter.Type} the rule gave {tensor.Type}; updates and slots " +
                    "must agree with it");
        }
        return ruled;
    }

    private static string Place(string path, string otherwise) => path.Length > 0 ? path : otherwise;

    /// <summary>From gradients, parameters, the step and slots to updates and the next slots.</summary>
    private delegate (ImmutableArray<Tensor> Updates, ImmutableArray<Tensor> Slots) Rule(
        ImmutableArray<Tensor> gradients, ImmutableArray<Tensor> parameters, Tensor step, ImmutableArray<Tensor> slots);

    /// <summary>
    /// A link of the chain: how many tensors it keeps for each parameter, what they start as, and what it does.
    /// </summary>
    private sealed record Part(int Slots, double Start, Rule Rule);
}
