using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace DistGrad;

/// <summary>
/// An operation applied to tensors, and the tensors that result: a node of the program. Nodes are shared
/// and told apart by identity.
/// </summary>
internal sealed class Application
{
    private static long freshest;

    private Application(Operation operation, ImmutableArray<Tensor> operands, long stamp)
    {
        Operation = operation;
        Operands = operands;
        Where = Provenance.OfExpression();
        Stamp = stamp;
        IsOpen = operation is Parameter;
        foreach (var operand in operands)
        {
            Stamp = Math.Max(Stamp, operand.Source.Stamp);
            IsOpen |= operand.Source.IsOpen;
        }
        var types = operation.Infer(operands);
        var results = new Tensor[types.Length];
        for (var index = 0; index < results.Length; index++)
            results[index] = new Tensor(this, index, types[index]);
        Results = ImmutableCollectionsMarshal.AsImmutableArray(results);
    }

    public Operation Operation { get; }

    public ImmutableArray<Tensor> Operands { get; }

    public ImmutableArray<Tensor> Results { get; }

    /// <summary>The user's line, when it was recorded.</summary>
    public Provenance? Where { get; }

    /// <summary>
    /// Grows with each fresh variable and is handed down to all that is computed from it: a node whose stamp is smaller
    /// than a variable's cannot depend on it. So a walk that looks for the variable's dependents stays among them.
    /// </summary>
    public long Stamp { get; }

    /// <summary>Whether a parameter is among what this is computed from, so that it has no value yet.</summary>
    public bool IsOpen { get; }

    public static Application Of(Operation operation, params ImmutableArray<Tensor> operands) =>
        new(operation, operands, stamp: 0);

    /// <summary>An application that is a fresh variable: nothing made before depends on it.</summary>
    public static Application Fresh(Operation operation, params ImmutableArray<Tensor> operands) =>
        new(operation, operands, Interlocked.Increment(ref freshest));
}
