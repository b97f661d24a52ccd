using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace DistGrad;

/// <summary>
/// An operation and the very operands it is applied to: two of these that are equal compute the same.
/// </summary>
internal readonly struct Computation(Operation operation, ImmutableArray<Tensor> operands) : IEquatable<Computation>
{
    private readonly Operation operation = operation;
    private readonly ImmutableArray<Tensor> operands = operands;

    public bool Equals(Computation other)
    {
        if (operands.Length != other.operands.Length || !operation.Equals(other.operation))
            return false;
        for (var i = 0; i < operands.Length; i++)
        {
            if (!ReferenceEquals(operands[i], other.operands[i]))
                return false;
        }
        return true;
    }

    public override bool Equals(object? obj) => obj is Computation other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(operation);
        foreach (var operand in operands)
            hash.Add(RuntimeHelpers.GetHashCode(operand));
        return hash.ToHashCode();
    }
}
