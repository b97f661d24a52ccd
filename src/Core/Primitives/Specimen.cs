using System.Collections.Immutable;

namespace DistGrad;

/// <summary>From where an operand of a specimen is drawn.</summary>
/// <param name="Type">The operand's type.</param>
/// <param name="Low">The least value.</param>
/// <param name="High">The greatest value, excluded for integers.</param>
/// <param name="IsSmooth">Whether the derivative exists throughout, and varies slowly enough for differences.</param>
/// <param name="Diagonal">What is added on the diagonals of matrices, so that they are far from singular.</param>
internal readonly record struct Domain(
    TensorType Type, double Low = -2, double High = 2, bool IsSmooth = true, double Diagonal = 0)
{
    public static Domain Float(Shape shape, double low = -2, double high = 2) =>
        new(new(DType.Float64, shape), low, high);

    public static Domain Index(Shape shape, int count) => new(new(DType.Int64, shape), 0, count);

    public static Domain Bool(Shape shape) => new(new(DType.Bool, shape), 0, 2);
}

/// <summary>A primitive and operands on which its laws are to be tested.</summary>
internal sealed record Specimen(Primitive Primitive, params ImmutableArray<Domain> Operands)
{
    public override string ToString() => $"{Primitive}({string.Join(", ", Operands.Select(o => o.Type))})";
}

/// <summary>What the table asks of a primitive's type.</summary>
internal interface IPrimitive<TSelf> where TSelf : Primitive, IPrimitive<TSelf>
{
    /// <summary>The primitive that carries these constants.</summary>
    static abstract TSelf Read(AttributeReader attributes);

    static abstract IEnumerable<Specimen> Specimens { get; }
}

/// <summary>
/// The constants of a primitive by name, typed; a missing one, or one of another type, is an error of the bytes.
/// </summary>
internal sealed class AttributeReader(string operation, ImmutableArray<Attribute> attributes)
{
    public T Get<T>(string name)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.Name == name && attribute.Content is T content)
                return content;
        }
        throw new WireException($"{operation}: attribute {name} of type {typeof(T).Name} is missing");
    }
}
