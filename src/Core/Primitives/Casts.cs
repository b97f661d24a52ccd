using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// The same numbers in another dtype: rounded to the nearest float, or towards 0 to an integer (saturating; NaN gives
/// 0); true where not 0. Linear between floats.
/// </summary>
internal sealed record Cast(DType To) : FirstOrder, IPrimitive<Cast>
{
    public static IEnumerable<Specimen> Specimens =>
    [
        .. from source in DTypes.All
           from target in DTypes.All
           select new Specimen(
               new Cast(target),
               new Domain(new(source, [2, 3]), source == DType.Bool ? 0 : -3.7, source == DType.Bool ? 2 : 5)),
    ];

    public override string Name => "cast";

    public override ImmutableArray<Attribute> Attributes => [("to", To)];

    public static Cast Read(AttributeReader attributes) => new(attributes.Get<DType>("to"));

    public override TensorType Type(ImmutableArray<Tensor> x) => new(To, x[0].Shape);

    public override Value Of(ImmutableArray<Value> x) => x[0].DType.IsFloat
        ? Value.FromDoubles(To, x[0].Shape, i => x[0].Double(i))
        : Value.FromLongs(To, x[0].Shape, i => x[0].Long(i));

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        To.IsFloat ? Tensor.Apply(this, dx[0]!) : null;

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [ct.Cast(x[0].DType)];

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this, x[0]);
}

/// <summary>
/// A tensor under a new name. Made fresh, it is the variable of a transform, on which nothing made before depends.
/// </summary>
internal sealed record Identity : FirstOrder, IPrimitive<Identity>
{
    public static Identity Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
        [new(Instance, Domain.Float([2, 3])), new(Instance, Domain.Index([2], 3))];

    public override string Name => "identity";

    public override bool IsExact => true;

    public override bool IsFree => true;

    public static Identity Read(AttributeReader attributes) => Instance;

    public override TensorType Type(ImmutableArray<Tensor> x) => x[0].Type;

    public override Value Of(ImmutableArray<Value> x) => x[0];

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => dx[0];

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
        [ct];

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this, x[0]);

    public override long Flops(Application y) => 0;
}

/// <summary>A tensor that derivatives take for a constant.</summary>
internal sealed record StopGradient : FirstOrder, IPrimitive<StopGradient>
{
    public static StopGradient Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens => [new(Instance, Domain.Float([2, 3]) with { IsSmooth = false })];

    public override string Name => "stop_gradient";

    public override bool IsExact => true;

    public override bool IsFree => true;

    public static StopGradient Read(AttributeReader attributes) => Instance;

    public override TensorType Type(ImmutableArray<Tensor> x) => x[0].Type;

    public override Value Of(ImmutableArray<Value> x) => x[0];

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => null;

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this, x[0]);

    public override long Flops(Application y) => 0;
}

public partial class Tensor
{
    /// <summary>
    /// The same numbers in another dtype: rounded to nearest in a float, towards 0 in an integer; true where not 0.
    /// </summary>
    public Tensor Cast(DType dtype) => dtype == DType ? this : Apply(new Cast(dtype), this);

    /// <summary>The same value, which derivatives take for a constant.</summary>
    public static Tensor StopGradient(Tensor x) => Apply(DistGrad.StopGradient.Instance, x);

    /// <summary>A fresh variable with the value of this tensor.</summary>
    internal Tensor Fresh() => Application.Fresh(Identity.Instance, this).Results[0];
}
