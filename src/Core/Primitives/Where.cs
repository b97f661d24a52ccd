using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// Each element from x where the condition holds, else from y. Linear in x and y; sends nothing
/// into what it did not take.
/// </summary>
internal sealed record Where : Elementwise, IPrimitive<Where>
{
    public static Where Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
    [
        new(Instance, Domain.Bool([]), Domain.Float([]), Domain.Float([])),
        new(Instance, Domain.Bool([2, 3]), Domain.Float([2, 3]), Domain.Float([2, 3])),
        new(Instance, Domain.Bool([4]), Domain.Index([4], 5), Domain.Index([4], 5)),
        new(Instance, Domain.Bool([4]), Domain.Bool([4]), Domain.Bool([4])),
    ];

    public override string Name => "where";

    public override bool IsExact => true;

    protected override int? Arity => 3;

    public static Where Read(AttributeReader attributes) => Instance;

    public override TensorType Type(ImmutableArray<Tensor> x)
    {
        if (x[0].DType != DType.Bool)
            throw new DTypeException(
                $"where: the condition must be bool; found {x[0].Type}; compare it with something");
        return new(SameDType(x.RemoveAt(0)), SameShape(x));
    }

    public override Value Of(ImmutableArray<Value> x) => x[1].DType.IsFloat
        ? Value.FromDoubles(x[1].DType, x[1].Shape, i => x[0].Bool(i) ? x[1].Double(i) : x[2].Double(i))
        : Value.FromLongs(x[1].DType, x[1].Shape, i => x[0].Bool(i) ? x[1].Long(i) : x[2].Long(i));

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Tensor.Apply(this, x[0], dx[1] ?? Tensor.ZerosLike(y), dx[2] ?? Tensor.ZerosLike(y));

    public override ImmutableArray<Tensor?> Transpose(
        Tensor ct, ImmutableArray<Tensor> x, ImmutableArray<bool> linear) =>
    [
        null,
        linear[1] ? Tensor.Apply(this, x[0], ct, Tensor.ZerosLike(ct)) : null,
        linear[2] ? Tensor.Apply(this, x[0], Tensor.ZerosLike(ct), ct) : null,
    ];
}

public partial class Tensor
{
    /// <summary>
    /// x where the condition holds, else y; all broadcast. The gradient of what was not taken
    /// is 0, whatever it computes.
    /// </summary>
    public static Tensor Where(Tensor condition, Tensor x, Tensor y)
    {
        (x, y) = OfOneDType("where", x, y);
        var shape = Broadcasting.Join(condition.Shape, Broadcasting.Join(x.Shape, y.Shape, "where"), "where");
        return Apply(DistGrad.Where.Instance, condition.BroadcastTo(shape), x.BroadcastTo(shape), y.BroadcastTo(shape));
    }

    /// <summary>x where the condition holds, else a number.</summary>
    public static Tensor Where(Tensor condition, Tensor x, double y) => Where(condition, x, x.Weak(y, "where"));

    /// <summary>A number where the condition holds, else y.</summary>
    public static Tensor Where(Tensor condition, double x, Tensor y) => Where(condition, y.Weak(x, "where"), y);

    /// <summary>Where the condition does not hold.</summary>
    public static Tensor Not(Tensor x) => Equal(x, Full(DType.Bool, x.Shape, 0));

    /// <summary>Where both hold.</summary>
    public static Tensor And(Tensor x, Tensor y) => Where(x, y, Full(DType.Bool, [], 0));

    /// <summary>Where at least one holds.</summary>
    public static Tensor Or(Tensor x, Tensor y) => Where(x, Full(DType.Bool, [], 1), y);

    internal static Tensor ZerosLike(Tensor x) => Full(x.DType, x.Shape, 0);
}
