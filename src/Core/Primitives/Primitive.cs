using System.Collections.Immutable;
using System.Diagnostics;

namespace DistGrad;

/// <summary>Runs a program on values: what a primitive that holds programs needs in order to have a meaning.</summary>
internal delegate ImmutableArray<Value> Evaluator(Lambda program, ImmutableArray<Value> arguments);

/// <summary>
/// One operation and all that is known of it: the shape rule (<see cref="Operation.Infer"/>), the meaning,
/// the derivative along a tangent, the transpose where it is linear, the batching rule, and specimens on
/// which the laws test these.
/// </summary>
/// <remarks>
/// In a tangent or cotangent list, nothing stands for an exact zero, which costs nothing. Operands that are not
/// floating-point never have a tangent. Batched tensors have the batch as axis 0.
/// </remarks>
internal abstract record Primitive : Operation
{
    /// <summary>
    /// Whether each result is exactly rounded, so that folding it into a constant cannot change a bit anywhere.
    /// </summary>
    public virtual bool IsExact => false;

    /// <summary>The meaning: slow, obvious, and the oracle of every faster way.</summary>
    public abstract ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run);

    /// <summary>
    /// The tangents of the results along these tangents of the operands, at least one of which is not zero.
    /// </summary>
    public abstract ImmutableArray<Tensor?> Jvp(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms);

    /// <summary>
    /// As <see cref="Jvp"/>, with all that depends on the tangents made of linear primitives, which can be transposed.
    /// </summary>
    public virtual ImmutableArray<Tensor?> Linearize(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms) => Jvp(y, dx, transforms);

    /// <summary>
    /// The cotangents of the operands marked linear, from those of the results, at least one of which is not zero.
    /// Stated by primitives that are linear in the marked operands, given the others.
    /// </summary>
    public virtual ImmutableArray<Tensor?> Transpose(
        Application y, ImmutableArray<Tensor?> ct, ImmutableArray<bool> linear, ProgramTransforms transforms) =>
        throw new DifferentiationException($"{Name} is not linear, so it has no transpose");

    /// <summary>
    /// The results for a whole batch, each with the batch as axis 0, when at least one operand is batched.
    /// </summary>
    public abstract ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms);

    /// <summary>
    /// The floating-point operations that it takes: one for each element of the result unless stated otherwise.
    /// </summary>
    public virtual long Flops(Application y) => y.Results.Sum(r => (long)r.Shape.Size);
}

/// <summary>
/// A primitive of tensors with one result: the rules without the lists and arguments that it does not need.
/// </summary>
internal abstract record FirstOrder : Primitive
{
    /// <summary>How many operands it takes; nothing when it takes any number.</summary>
    protected virtual int? Arity => 1;

    public abstract TensorType Type(ImmutableArray<Tensor> x);

    public abstract Value Of(ImmutableArray<Value> x);

    /// <summary>The tangent of y, or nothing for zero.</summary>
    public abstract Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx);

    public virtual ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        throw new DifferentiationException($"{Name} is not linear, so it has no transpose");

    public abstract Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched);

    // The verbs always pass the right number; a program that comes from bytes need not.
    public sealed override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands) =>
        Arity is { } arity && operands.Length != arity
            ? throw new ShapeException(
                $"{Name}: takes {arity} operand{(arity == 1 ? "" : "s")}; found {operands.Length}")
            : [Type(operands)];

    public sealed override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) => [Of(x)];

    public sealed override ImmutableArray<Tensor?> Jvp(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms) => [Jvp(y.Results[0], y.Operands, dx)];

    public sealed override ImmutableArray<Tensor?> Transpose(
        Application y, ImmutableArray<Tensor?> ct, ImmutableArray<bool> linear, ProgramTransforms transforms) =>
        Transpose(ct[0] ?? throw new UnreachableException(), y.Operands, linear);

    public sealed override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms) =>
        [Batch(size, x, batched)];
}

/// <summary>A primitive that holds programs, and so needs the transforms of programs for its own rules.</summary>
internal abstract record HigherOrder : Primitive
{
    /// <summary>The programs that are run as they stand, which may be simplified and planned by themselves.</summary>
    public virtual ImmutableArray<Lambda> Held => [];

    /// <summary>The same with others in their place, which compute the same.</summary>
    public virtual HigherOrder Holding(ImmutableArray<Lambda> programs) => this;
}

/// <summary>What a primitive that holds programs asks of the transforms, which come after the primitives.</summary>
internal abstract class ProgramTransforms
{
    /// <summary>
    /// (x..., dx...) to (y..., dy...), where dx holds a tangent for each parameter marked, and dy one for each
    /// result in <paramref name="results"/> marked (zeros made explicit).
    /// </summary>
    public abstract Lambda Jvp(Lambda f, ImmutableArray<bool> parameters, ImmutableArray<bool> results);

    /// <summary>Which results have a tangent that is not an exact zero when these parameters have.</summary>
    public abstract ImmutableArray<bool> Active(Lambda f, ImmutableArray<bool> parameters);

    /// <summary>
    /// Splits the derivative: the primal x... to (y..., residuals...), and the linear part
    /// (residuals..., dx...) to dy...
    /// </summary>
    public abstract (Lambda Primal, Lambda Linear) Linearize(
        Lambda f, ImmutableArray<bool> parameters, ImmutableArray<bool> results);

    /// <summary>
    /// For f linear in the marked parameters: (the unmarked..., ct...) to the cotangents of the marked,
    /// with a ct for each result.
    /// </summary>
    public abstract Lambda Transpose(Lambda f, ImmutableArray<bool> linear);

    /// <summary>f over a batch, where the marked parameters have a batch axis 0; every result has one.</summary>
    public abstract Lambda Batch(Lambda f, int size, ImmutableArray<bool> batched);
}
