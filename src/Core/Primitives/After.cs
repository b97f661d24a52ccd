using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// x, but not before something else is known: what is computed from it is computed then, and not shared with what is
/// computed from x before.
/// </summary>
internal sealed record After : FirstOrder, IPrimitive<After>
{
    public static After Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
    [
        new(Instance, Domain.Float([2, 3]), Domain.Float([2])),
        new(Instance, Domain.Float([2]), Domain.Index([], 3)),
    ];

    public override string Name => "after";

    public override bool IsExact => true;

    public override bool IsFree => true;

    protected override int? Arity => 2;

    public static After Read(AttributeReader attributes) => Instance;

    public override TensorType Type(ImmutableArray<Tensor> x) => x[0].Type;

    public override Value Of(ImmutableArray<Value> x) => x[0];

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => dx[0];

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) => [linear[0] ? ct : null, null];

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this, Batching.One(size, x[0], batched[0]), x[1]);

    public override long Flops(Application y) => 0;
}
