using System.Collections.Immutable;
using System.Globalization;

namespace DistGrad;

/// <summary>
/// A primitive that makes each element of its result from the elements at the same place of its operands.
/// </summary>
internal abstract record Elementwise : FirstOrder
{
    /// <summary>Whether it is a function of vectors' lanes, and so may be computed in one loop with others.</summary>
    public virtual bool IsOfLanes => true;

    public sealed override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this, Batching.All(size, x, batched));

    /// <summary>Operands must have one shape; the verbs broadcast before they apply.</summary>
    protected Shape SameShape(ImmutableArray<Tensor> x)
    {
        foreach (var operand in x)
        {
            if (operand.Shape != x[0].Shape)
                throw new ShapeException($"{Name}: the shapes {x[0].Shape} and {operand.Shape} differ");
        }
        return x[0].Shape;
    }

    protected DType SameDType(ImmutableArray<Tensor> x)
    {
        foreach (var operand in x)
        {
            if (operand.DType != x[0].DType)
                throw new DTypeException(
                    $"{Name}: {x[0].DType.Name} and {operand.DType.Name} do not mix; Cast one of them");
        }
        return x[0].DType;
    }
}

/// <summary>Rules that batching shares.</summary>
internal static class Batching
{
    /// <summary>
    /// The operand with the batch as axis 0: itself when it has one, else repeated, which copies nothing.
    /// </summary>
    public static Tensor One(int size, Tensor x, bool batched) =>
        batched ? x : Tensor.Apply(new Broadcast(x.Shape.Insert(0, size)), x);

    public static ImmutableArray<Tensor> All(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        [.. x.Select((operand, i) => One(size, operand, batched[i]))];
}

/// <summary>
/// A function of one number, applied to each element. Most state three lines: meaning, derivative and domain.
/// </summary>
internal abstract record Unary<TSelf> : Elementwise, IPrimitive<TSelf> where TSelf : Unary<TSelf>, new()
{
    public static TSelf Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
    [
        .. from dtype in Instance.AllowsIntegers
            ? new[] { DType.Float64, DType.Float32, DType.Int64, DType.Int32 }
            : [DType.Float64, DType.Float32]
           from shape in new Shape[] { [], [3], [2, 3], [0, 2] }
           select new Specimen(Instance, Instance.Domain with { Type = new(dtype, shape) }),
    ];

    /// <summary>Where the laws draw x from.</summary>
    protected virtual Domain Domain => Domain.Float(Shape.Scalar);

    protected virtual bool AllowsIntegers => false;

    public static TSelf Read(AttributeReader attributes) => Instance;

    public abstract double Of(double x);

    public virtual long Of(long x) => throw new DTypeException($"{Name} is of floating-point numbers");

    /// <summary>dy/dx, or nothing for a function that is flat wherever it is smooth.</summary>
    public abstract Tensor? Derivative(Tensor x, Tensor y);

    public sealed override TensorType Type(ImmutableArray<Tensor> x) =>
        x[0].DType.IsFloat || (AllowsIntegers && x[0].DType.IsInteger) ? x[0].Type : throw new DTypeException(
            $"{Name}: a floating-point {(AllowsIntegers ? "or integer " : "")}tensor is needed; " +
            $"found {x[0].Type}; Cast it");

    public sealed override Value Of(ImmutableArray<Value> x) => x[0].DType.IsFloat
        ? Value.FromDoubles(x[0].DType, x[0].Shape, i => Of(x[0].Double(i)))
        : Value.FromLongs(x[0].DType, x[0].Shape, i => Of(x[0].Long(i)));

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) =>
        Derivative(x[0], y) is { } slope ? StrongMul.Of(dx[0]!, slope) : null;
}

/// <summary>A function of two numbers, applied to the elements of operands of one shape and dtype.</summary>
internal abstract record Binary<TSelf> : Elementwise, IPrimitive<TSelf> where TSelf : Binary<TSelf>, new()
{
    public static TSelf Instance { get; } = new();

    public static IEnumerable<Specimen> Specimens =>
    [
        .. from dtype in Instance.AllowsIntegers
            ? new[] { DType.Float64, DType.Float32, DType.Int64, DType.Int32 }
            : [DType.Float64, DType.Float32]
           from shape in new Shape[] { [], [3], [2, 3], [0] }
           let type = new TensorType(dtype, shape)
           select new Specimen(Instance, Instance.Left with { Type = type }, Instance.Right with { Type = type }),
    ];

    protected virtual Domain Left => Domain.Float(Shape.Scalar);

    protected virtual Domain Right => Left;

    protected sealed override int? Arity => 2;

    protected virtual bool AllowsIntegers => true;

    public static TSelf Read(AttributeReader attributes) => Instance;

    public abstract double Of(double x, double y);

    public virtual long Of(long x, long y) => throw new DTypeException($"{Name} is of floating-point numbers");

    public override TensorType Type(ImmutableArray<Tensor> x) =>
        SameDType(x) is var dtype && (dtype.IsFloat || (AllowsIntegers && dtype.IsInteger))
            ? new(dtype, SameShape(x))
            : throw new DTypeException(
                $"{Name}: {dtype.Name} tensors are not {(AllowsIntegers ? "numbers" : "floating-point")}; Cast them");

    public override Value Of(ImmutableArray<Value> x) => x[0].DType.IsFloat
        ? Value.FromDoubles(x[0].DType, x[0].Shape, i => Of(x[0].Double(i), x[1].Double(i)))
        : Value.FromLongs(x[0].DType, x[0].Shape, i => Of(x[0].Long(i), x[1].Long(i)));

    /// <summary>The sum of two tangents, either of which may be an exact zero.</summary>
    protected static Tensor? Sum(Tensor? left, Tensor? right) =>
        left is null ? right : right is null ? left : left + right;
}

public partial class Tensor
{
    /// <summary>A binary primitive of tensors that are broadcast against each other first.</summary>
    private static Tensor Broadcasted(Operation operation, Tensor x, Tensor y)
    {
        if (x.IsWeak && y.IsWeak && operation is FirstOrder { IsExact: true } exact)
            return WeakNumber(exact.Of([x.KnownValue!, y.KnownValue!]));
        (x, y) = OfOneDType(operation.Name, x, y);
        var shape = Broadcasting.Join(x.Shape, y.Shape, operation.Name);
        return Apply(operation, x.BroadcastTo(shape), y.BroadcastTo(shape));
    }

    /// <summary>
    /// Two operands as they are when their dtypes agree; a weak number is made to agree with the other.
    /// </summary>
    private static (Tensor X, Tensor Y) OfOneDType(string operation, Tensor x, Tensor y) =>
        x.IsWeak ? (y.Weak(x.KnownValue!.Double(0), operation), y)
        : y.IsWeak ? (x, x.Weak(y.KnownValue!.Double(0), operation))
        : x.DType == y.DType ? (x, y)
        : throw new DTypeException(
            $"{operation}: {x.Type} and {y.Type} do not mix; Cast one of them to the other's dtype");

    /// <summary>A number in an operator takes the other operand's dtype, and its shape, which copies nothing.</summary>
    private Tensor Weak(double number, Operation operation) => Weak(number, operation.Name);

    internal Tensor Weak(double number, string operation)
    {
        if (DType == DType.Bool || (DType.IsInteger && number != Math.Truncate(number)))
            throw new DTypeException(
                $"{operation}: the number {number.ToString(CultureInfo.InvariantCulture)} has no place in " +
                $"a tensor of {DType.Name}; Cast the tensor to a floating-point dtype");
        return Number(DType, number).BroadcastTo(Shape);
    }
}
