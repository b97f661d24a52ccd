using System.Collections.Immutable;
using System.Diagnostics;
using DistGrad.Execute;
using DistGrad.Trees;

namespace DistGrad;

/// <summary>A state and the function that takes it on: what <see cref="Diff.Iterate{TState}"/> gives.</summary>
/// <remarks>
/// What is given away never changes: <see cref="State"/> is a copy. Calls from several threads take turns. A step that
/// throws leaves the state as it was.
/// </remarks>
public sealed class Iteration<TState> : IDisposable
{
    private readonly IteratedState<TState> state;
    private readonly Func<TState, TState> f;
    private Machine? machine;

    internal Iteration(IteratedState<TState> state, Func<TState, TState> f) => (this.state, this.f) = (state, f);

    /// <summary>The state after the last step, copied when it is first asked for after a step.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public TState State => state.Current;

    /// <summary>How many steps were taken.</summary>
    public long Steps => state.Steps;

    /// <summary>Takes the state one step further.</summary>
    /// <exception cref="TreeException">The function's value is of another structure than the state.</exception>
    /// <exception cref="ShapeException">It has a leaf of another shape.</exception>
    /// <exception cref="DTypeException">It has a leaf of another dtype.</exception>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public void Step()
    {
        lock (state)
        {
            machine ??= state.MachineOf([], s => f(s));
            state.Step(machine, []);
        }
    }

    /// <summary>Gives the memory of the state back; states that were read stay.</summary>
    public void Dispose() => state.Dispose();
}

/// <summary>
/// A state and the function that takes it on by an input: what <see cref="Diff.Iterate{TState, TInput}"/> gives.
/// </summary>
/// <remarks>
/// What is given away never changes: <see cref="State"/> is a copy. Calls from several threads take turns. A step that
/// throws leaves the state as it was. Inputs are read where they are, and held until the next step.
/// </remarks>
public sealed class Iteration<TState, TInput> : IDisposable
{
    private readonly IteratedState<TState> state;
    private readonly Func<TState, TInput, TState> f;
    private readonly Dictionary<Signature, Entry> entries = [];
    private readonly Tensor?[] leaves = new Tensor?[FixedLeaves<TInput>.Count];
    private Entry? last;

    internal Iteration(IteratedState<TState> state, Func<TState, TInput, TState> f) =>
        (this.state, this.f) = (state, f);

    /// <summary>The state after the last step, copied when it is first asked for after a step.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public TState State => state.Current;

    /// <summary>How many steps were taken.</summary>
    public long Steps => state.Steps;

    /// <summary>What computes a step like the last.</summary>
    internal Machine? Machine => last?.Machine;

    /// <summary>
    /// Takes the state one step further. Nothing is allocated where the input is a tensor, or tuples and records of
    /// nothing but tensors, that has a value and the structure, shapes and dtypes of the last.
    /// </summary>
    /// <exception cref="TreeException">
    /// The function's value is of another structure than the state, or there is no tensor in the input.
    /// </exception>
    /// <exception cref="ShapeException">The function's value has a leaf of another shape.</exception>
    /// <exception cref="DTypeException">It has a leaf of another dtype.</exception>
    /// <exception cref="OpenTensorException">The input depends on a parameter of a function.</exception>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public void Step(TInput input)
    {
        lock (state)
        {
            if (last is null || !IsLike(last, input))
                last = Found(input);
            state.Step(last.Machine, last.Values);
        }
    }

    /// <summary>Gives the memory of the state back; states that were read stay.</summary>
    public void Dispose() => state.Dispose();

    // The quick way: leaves of the types of the last input's go where those were.
    private bool IsLike(Entry entry, TInput input)
    {
        if (leaves.Length == 0 || !FixedLeaves<TInput>.TryRead(input, leaves))
            return false;
        for (var i = 0; i < leaves.Length; i++)
        {
            if (leaves[i]!.Type != entry.Signature.Types[i] || leaves[i]!.KnownValue is not { } value)
                return false;
            entry.Values[i] = value;
        }
        return true;
    }

    private Entry Found(TInput input)
    {
        var tree = Tree.Flatten(input);
        var values = Diff.Values(tree.Leaves, Workers.Single);
        var signature = Signature.Of(tree);
        if (!entries.TryGetValue(signature, out var entry))
        {
            var parameters = Traced.Parameters(tree, "iterated", "input");
            var machine = state.MachineOf(parameters, s => f(s, tree.Unflatten(parameters)));
            entries[signature] = entry = new(signature, machine, new Value[values.Length]);
        }
        values.CopyTo(entry.Values);
        return entry;
    }

    /// <summary>The machine for inputs of one kind, and the last of them.</summary>
    private sealed record Entry(Signature Signature, Machine Machine, Value[] Values);
}

/// <summary>The state of an iteration, and the structure that it keeps.</summary>
internal sealed class IteratedState<TState> : IDisposable
{
    private readonly Tree<TState> start;
    private readonly string verb;
    private readonly Workers workers;
    private readonly Feedback values;
    private bool isDisposed;
    private bool isRead;
    private TState current;

    public IteratedState(TState start, string verb, int threads)
    {
        this.verb = verb;
        workers = Diff.WorkersOf(verb, threads);
        this.start = Tree.Flatten(start);
        values = new(Diff.Values(this.start.Leaves, workers));
        (current, isRead) = (start, true);
    }

    public long Steps { get; private set; }

    public TState Current
    {
        get
        {
            lock (this)
            {
                if (isRead)
                    return current;
                ObjectDisposedException.ThrowIf(isDisposed, this);
                (current, isRead) = (start.Unflatten(values.Copy().Select(Tensor.Of)), true);
                return current;
            }
        }
    }

    public void Step(Machine machine, ReadOnlySpan<Value> inputs)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        values.Run(machine, inputs, workers);
        isRead = false;
        Steps++;
    }

    /// <summary>The machine that computes the next state from this one and from further parameters.</summary>
    public Machine MachineOf(ImmutableArray<Tensor> inputs, Func<TState, TState> f)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var parameters = Traced.Parameters(start, "iterated", "state");
        var next = Tree.Flatten(f(start.Unflatten(parameters)));
        if (start.Structure.Difference(next.Structure) is { } difference)
            throw new TreeException(
                $"{verb}: the state and the function's value differ in structure: {difference}; a state is taken to " +
                "one like it");
        Diff.RequireLike(verb, start.Leaves, next.Leaves, start.Paths);
        return Machine.Of(new("iterated", [.. parameters, .. inputs], next.Leaves));
    }

    public void Dispose()
    {
        lock (this)
        {
            isDisposed = true;
            values.Dispose();
        }
    }
}
