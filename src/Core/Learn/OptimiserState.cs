using System.Collections.Immutable;

namespace DistGrad.Learn;

/// <summary>
/// What an optimiser remembers between updates. A tree of tensors, so it can be an argument and a result of a compiled
/// function, and be stored or sent like a model.
/// </summary>
/// <param name="Step">How many updates were made: an int64 scalar.</param>
/// <param name="Slots">
/// The running values, such as momenta: for each slot of each part of the optimiser, one tensor for each of the
/// parameters, of its shape and dtype.
/// </param>
public sealed record OptimiserState(Tensor Step, ImmutableArray<Tensor> Slots);

/// <summary>What an optimiser makes of gradients: what to add to the parameters, and the next state.</summary>
public sealed record Updated<T>(T Updates, OptimiserState State);

/// <summary>A model after a step of training, the next state of its optimiser, and the loss before the step.</summary>
public sealed record Trained<T>(T Model, OptimiserState State, Tensor Loss);

/// <summary>What a rule makes of one tensor's gradient: the update, and the next values of its slots.</summary>
public sealed record Ruled(Tensor Update, IReadOnlyList<Tensor> Slots);
