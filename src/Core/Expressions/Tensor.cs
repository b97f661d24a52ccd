using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace DistGrad;

/// <summary>
/// An immutable expression with a shape and an element type: a literal, a parameter of a function, or the result of a
/// primitive applied to tensors. Nothing is computed until a value is asked for.
/// </summary>
/// <remarks>
/// Literals are equal when dtype, shape and bits are; any other tensor equals itself alone. Each room of the library
/// that gives tensors something to do declares it in its own part of this class.
/// </remarks>
[DebuggerDisplay("{DebuggerText,nq}")]
public sealed partial class Tensor : IEquatable<Tensor>
{
    internal Tensor(Application source, int index, TensorType type)
    {
        Source = source;
        Index = index;
        Type = type;
    }

    /// <summary>The dimensions, outermost first.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public Shape Shape => Type.Shape;

    /// <summary>The type of the elements.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public DType DType => Type.DType;

    /// <summary>The number of axes.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public int Rank => Shape.Rank;

    /// <summary>The application that gives this tensor.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal Application Source { get; }

    /// <summary>Which of the application's results this is.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal int Index { get; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal TensorType Type { get; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private string DebuggerText => $"{Type} {Source.Operation}";

    /// <inheritdoc/>
    public bool Equals(Tensor? other) => ReferenceEquals(this, other) ||
        (other is not null && KnownValue is { } value && value.Equals(other.KnownValue));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Tensor);

    /// <inheritdoc/>
    public override int GetHashCode() => KnownValue?.GetHashCode() ?? RuntimeHelpers.GetHashCode(this);

    /// <summary>The value of a literal; nothing for any other expression.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal Value? KnownValue => (Source.Operation as Literal)?.Value;

    /// <summary>The literal of this value.</summary>
    internal static Tensor Of(Value value) => Application.Of(new Literal(value)).Results[0];

    /// <summary>A fresh input of a function, which has no value.</summary>
    internal static Tensor Parameter(TensorType type, string label, string function = "") =>
        Application.Fresh(new Parameter(label, function, type)).Results[0];

    /// <summary>The single result of an operation on these operands.</summary>
    internal static Tensor Apply(
        Operation operation, params System.Collections.Immutable.ImmutableArray<Tensor> operands) =>
        Application.Of(operation, operands).Results[0];
}
