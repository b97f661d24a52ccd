using System.Collections.Immutable;
using DistGrad.Execute;

namespace DistGrad;

public partial class Tensor
{
    /// <summary>The literal of this tensor's value, computed now.</summary>
    /// <exception cref="OpenTensorException">It depends on a parameter of a function.</exception>
    public Tensor Evaluate() => KnownValue is not null ? this : Of(ToValue());

    /// <summary>This tensor's value, computed now.</summary>
    /// <exception cref="OpenTensorException">It depends on a parameter of a function.</exception>
    public Value ToValue() => KnownValue ?? Evaluate([this])[0];

    /// <summary>The number that a tensor of one element holds.</summary>
    /// <exception cref="ShapeException">It has more elements, or none.</exception>
    /// <exception cref="OpenTensorException">It depends on a parameter of a function.</exception>
    public double Item()
    {
        if (Shape.Size != 1)
            throw new ShapeException($"item: {Shape} has {Shape.Size} elements; one is needed; ToArray gives them all");
        return ToValue().Double(0);
    }

    /// <summary>The elements in row-major order, as the type that they have.</summary>
    /// <exception cref="DTypeException">They are of another type.</exception>
    /// <exception cref="OpenTensorException">It depends on a parameter of a function.</exception>
    public T[] ToArray<T>() where T : unmanaged => ToValue().AsSpan<T>().ToArray();

    /// <summary>The value in nested brackets; of an expression without a value, its type and what gives it.</summary>
    public override string ToString() => Source.IsOpen
        ? $"{Type} {Source.Operation}"
        : $"tensor({ToValue().ToString().ReplaceLineEndings("\n       ")})"; // rows below each other

    /// <summary>The values of closed tensors, computed together.</summary>
    internal static ImmutableArray<Value> Evaluate(ImmutableArray<Tensor> tensors, Workers? workers = null)
    {
        foreach (var tensor in tensors)
            tensor.RequireClosed();
        return PlanCache.Evaluate(tensors, workers ?? Workers.Single);
    }

    private void RequireClosed()
    {
        if (!Source.IsOpen)
            return;
        var open = Order.Of([this]).Select(a => a.Operation).OfType<Parameter>().First();
        throw new OpenTensorException(
            $"{Type} has no value: it depends on parameter {open.Label} of {open.Function}, " +
            "which is only being traced; " +
            "return it, or use Cond to choose by it");
    }
}
