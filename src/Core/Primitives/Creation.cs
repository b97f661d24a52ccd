using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DistGrad;

/// <summary>0, 1, 2, ... along an axis, repeated along the others.</summary>
internal sealed record Iota(DType Element, Shape Shape, int Axis) : FirstOrder, IPrimitive<Iota>
{
    public static IEnumerable<Specimen> Specimens =>
        [
            new(new Iota(DType.Float64, [4], 0)), new(new Iota(DType.Int64, [2, 3], 1)),
            new(new Iota(DType.Int32, [2, 3], 0)),
        ];

    public override string Name => "iota";

    public override ImmutableArray<Attribute> Attributes => [("dtype", Element), ("shape", Shape), ("axis", Axis)];

    public override bool IsExact => true;

    protected override int? Arity => 0;

    public static Iota Read(AttributeReader attributes) =>
        new(attributes.Get<DType>("dtype"), attributes.Get<Shape>("shape"), attributes.Get<int>("axis"));

    public override TensorType Type(ImmutableArray<Tensor> x) => Element != DType.Bool && Axis >= 0 && Axis < Shape.Rank
        ? new(Element, Shape)
        : throw new ShapeException($"iota: {Element.Name}{Shape} cannot count along axis {Axis}");

    public override Value Of(ImmutableArray<Value> x)
    {
        var stride = Shape.Strides()[Axis];
        return Value.FromLongs(Element, Shape, i => i / stride % Shape[Axis]);
    }

    public override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => null;

    public override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Batching.One(size, Tensor.Apply(this), batched: false);

    public override long Flops(Application y) => 0;
}

public partial class Tensor
{
    /// <summary>A scalar.</summary>
    public static Tensor Of(double value) => Of(Value.Wrap(Shape.Scalar, [value]));

    /// <summary>A scalar.</summary>
    public static Tensor Of(float value) => Of(Value.Wrap(Shape.Scalar, [value]));

    /// <summary>A scalar.</summary>
    public static Tensor Of(long value) => Of(Value.Wrap(Shape.Scalar, [value]));

    /// <summary>A scalar.</summary>
    public static Tensor Of(int value) => Of(Value.Wrap(Shape.Scalar, [value]));

    /// <summary>A scalar.</summary>
    public static Tensor Of(bool value) => Of(Value.Wrap(Shape.Scalar, [value]));

    /// <summary>A copy of an array of double, float, long, int or bool, of any rank.</summary>
    /// <exception cref="DTypeException">The elements are of another type; an array of arrays is one.</exception>
    public static Tensor Of(Array array)
    {
        ArgumentNullException.ThrowIfNull(array);
        Shape shape = [.. Enumerable.Range(0, array.Rank).Select(array.GetLength)];
        return Of(DTypes.Of(array.GetType().GetElementType()!) switch
        {
            DType.Float64 => Copy<double>(shape, array),
            DType.Float32 => Copy<float>(shape, array),
            DType.Int64 => Copy<long>(shape, array),
            DType.Int32 => Copy<int>(shape, array),
            _ => Copy<bool>(shape, array),
        });
    }

    /// <summary>A copy of these elements in row-major order; a vector unless dimensions are named.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor Of<T>(IEnumerable<T> elements, params int[] dimensions) where T : unmanaged
    {
        var array = elements as T[] ?? [.. elements];
        return Of(
            Value.Of<T>(
                dimensions is null || dimensions.Length == 0 ? Shape.Of(array.Length) : Shape.Of(dimensions), array));
    }

    /// <summary>The literal of a value.</summary>
    public static Tensor FromValue(Value value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Of(value);
    }

    /// <summary>A number everywhere; it is stored once.</summary>
    public static Tensor Full(DType dtype, Shape shape, double value) =>
        Number(dtype, value).BroadcastTo(shape);

    /// <summary>Zeros.</summary>
    public static Tensor Zeros(Shape shape, DType dtype = DType.Float32) => Full(dtype, shape, 0);

    /// <summary>Ones.</summary>
    public static Tensor Ones(Shape shape, DType dtype = DType.Float32) => Full(dtype, shape, 1);

    /// <summary>0, 1, 2, ... along an axis, repeated along the others.</summary>
    public static Tensor Iota(DType dtype, Shape shape, int axis = 0)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return Apply(new Iota(dtype, shape, shape.Axis(axis, "iota")));
    }

    /// <summary>0, 1, ..., count - 1.</summary>
    public static Tensor Range(int count, DType dtype = DType.Int64) => Iota(dtype, [count]);

    /// <summary>The n by n identity matrix.</summary>
    public static Tensor Eye(int n, DType dtype = DType.Float32) =>
        Equal(Iota(DType.Int64, [n, n], 0), Iota(DType.Int64, [n, n], 1)).Cast(dtype);

    /// <summary>A number that is part of the formula.</summary>
    internal static Tensor Number(DType dtype, double value) =>
        Application.Of(new Literal(Value.Scalar(dtype, value), IsNumber: true)).Results[0];

    private static Value Copy<T>(Shape shape, Array array) where T : unmanaged => Value.Of(
        shape,
        MemoryMarshal.CreateReadOnlySpan(
            ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length));
}
