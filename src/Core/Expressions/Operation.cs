using System.Collections.Immutable;

namespace DistGrad;

/// <summary>The type of one result: what its elements are and how they are arranged.</summary>
internal readonly record struct TensorType(DType DType, Shape Shape)
{
    public override string ToString() => $"{DType.Name}{Shape}";
}

/// <summary>A constant that an operation carries: <c>axes=[0, 1]</c>.</summary>
internal readonly record struct Attribute(string Name, object Content)
{
    public static implicit operator Attribute((string Name, object Content) pair) => new(pair.Name, pair.Content);

    public override string ToString() => $"{Name}={Content switch
    {
        DType dtype => dtype.Name,
        bool flag => flag ? "true" : "false",
        var content => content,
    }}";
}

/// <summary>
/// What an expression needs to know of an operation: its name, the constants that it carries and its shape rule. Two
/// are equal when all of these are.
/// </summary>
internal abstract record Operation
{
    public abstract string Name { get; }

    public virtual ImmutableArray<Attribute> Attributes => [];

    /// <summary>Whether its result is its operand under another name or another reading, which costs nothing.</summary>
    public virtual bool IsFree => false;

    /// <summary>
    /// The types of the results, from the operands'; the error that a user sees when they do not fit.
    /// </summary>
    public abstract ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands);

    public sealed override string ToString() =>
        Attributes.IsEmpty ? Name : $"{Name}[{string.Join(", ", Attributes)}]";
}

/// <summary>A value that is written into the program.</summary>
/// <param name="Value">The value.</param>
/// <param name="IsNumber">
/// Whether it is a number of the formula, such as the 2 of <c>2 * x</c>, rather than data that
/// another run would replace.
/// </param>
/// <param name="IsWeak">Whether it is a number that takes the dtype of a tensor next to it.</param>
internal sealed record Literal(Value Value, bool IsNumber = false, bool IsWeak = false) : Operation
{
    public override string Name => "literal";

    public override ImmutableArray<Attribute> Attributes => [("value", Value)];

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands) => operands.IsEmpty
        ? [new(Value.DType, Value.Shape)]
        : throw new ShapeException($"literal: takes no operands; found {operands.Length}");
}

/// <summary>An input of a function. Each is itself alone, whatever its name.</summary>
internal sealed record Parameter(string Label, string Function, TensorType Type) : Operation
{
    public override string Name => "parameter";

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands) => [Type];

    public bool Equals(Parameter? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
