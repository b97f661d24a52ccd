using System.Collections.Immutable;
using System.Diagnostics;

namespace DistGrad.Plan;

/// <summary>
/// A matrix product with its epilogue: a loop over the product's elements, run for some of them as soon as these are
/// done. Operands are the two matrices and what else the loop reads, whose first parameter is the product. Results are
/// the loop's and, where it is kept, the product. It stands only in programs that are planned, as <see cref="Fused"/>.
/// </summary>
/// <param name="Epilogue">The loop.</param>
/// <param name="Product">The product's type.</param>
/// <param name="Home">The result in whose memory the product is computed: one of the loop's, or itself.</param>
internal sealed record FusedMatMul(Fused Epilogue, TensorType Product, int Home) : Primitive
{
    public override string Name => "matmul with loop";

    public override ImmutableArray<Attribute> Attributes => Epilogue.Attributes;

    /// <summary>Whether the product itself is a result, the last.</summary>
    public bool KeepsProduct => Home == Epilogue.Body.Results.Length;

    public override ImmutableArray<TensorType> Infer(ImmutableArray<Tensor> operands)
    {
        ImmutableArray<TensorType> results = [.. Epilogue.Body.Results.Select(r => r.Type)];
        return KeepsProduct ? results.Add(Product) : results;
    }

    public override ImmutableArray<Value> Evaluate(ImmutableArray<Value> x, Evaluator run) =>
        throw new UnreachableException();

    public override ImmutableArray<Tensor?> Jvp(
        Application y, ImmutableArray<Tensor?> dx, ProgramTransforms transforms) => throw new UnreachableException();

    public override ImmutableArray<Tensor> Batch(
        int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched, ProgramTransforms transforms) =>
        throw new UnreachableException();

    public override long Flops(Application y) =>
        (2L * Product.Shape.Size * y.Operands[0].Shape[^1]) + Epilogue.Flops(y);
}
