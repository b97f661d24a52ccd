using System.Collections.Immutable;

namespace DistGrad;

/// <summary>
/// For each key of an int64 array, an array of draws: draw i is a function of the key and i alone, by
/// <see cref="Threefry"/>. So who computes it, in which order and on how many threads cannot matter.
/// </summary>
internal abstract record Draw(Shape Shape, DType DType) : FirstOrder
{
    public sealed override ImmutableArray<Attribute> Attributes => [("shape", Shape), ("dtype", DType)];

    public sealed override bool IsExact => true;

    public sealed override TensorType Type(ImmutableArray<Tensor> x)
    {
        if (x[0].DType != DType.Int64)
            throw new DTypeException($"{Name}: keys are int64; found {x[0].Type}");
        return Allows(DType) ? new(DType, [.. x[0].Shape, .. Shape]) : throw new DTypeException(
            $"{Name}: {DType.Name} elements cannot be drawn so");
    }

    public sealed override Value Of(ImmutableArray<Value> x)
    {
        Shape shape = [.. x[0].Shape, .. Shape];
        return Of(shape, i => Threefry.Bits((ulong)x[0].Long(i / Shape.Size), (ulong)(i % Shape.Size)));
    }

    public sealed override Tensor? Jvp(Tensor y, ImmutableArray<Tensor> x, ImmutableArray<Tensor?> dx) => null;

    public sealed override Tensor Batch(int size, ImmutableArray<Tensor> x, ImmutableArray<bool> batched) =>
        Tensor.Apply(this, x[0]);

    protected abstract bool Allows(DType dtype);

    protected abstract Value Of(Shape shape, Func<int, ulong> bits);
}

/// <summary>Random bits in all places of an integer.</summary>
internal sealed record RandomBits(Shape Shape, DType DType) : Draw(Shape, DType), IPrimitive<RandomBits>
{
    public static IEnumerable<Specimen> Specimens =>
        [
            new(new RandomBits([3], DType.Int64), Domain.Index([], 99)),
            new(new RandomBits([2, 2], DType.Int32), Domain.Index([2], 99)),
        ];

    public override string Name => "random_bits";

    public static RandomBits Read(AttributeReader attributes) =>
        new(attributes.Get<Shape>("shape"), attributes.Get<DType>("dtype"));

    protected override bool Allows(DType dtype) => dtype.IsInteger;

    protected override Value Of(Shape shape, Func<int, ulong> bits) =>
        Value.FromLongs(DType, shape, i => (long)bits(i));
}

/// <summary>Numbers in [0, 1), each multiple of 2^-53 (float32: 2^-24) equally likely.</summary>
internal sealed record RandomUniform(Shape Shape, DType DType) : Draw(Shape, DType), IPrimitive<RandomUniform>
{
    public static IEnumerable<Specimen> Specimens =>
        [
            new(new RandomUniform([3], DType.Float64), Domain.Index([], 99)),
            new(new RandomUniform([2, 2], DType.Float32), Domain.Index([2], 99)),
        ];

    public override string Name => "random_uniform";

    public static RandomUniform Read(AttributeReader attributes) =>
        new(attributes.Get<Shape>("shape"), attributes.Get<DType>("dtype"));

    protected override bool Allows(DType dtype) => dtype.IsFloat;

    protected override Value Of(Shape shape, Func<int, ulong> bits) => Value.FromDoubles(DType, shape, i =>
        DType == DType.Float64 ? Threefry.Uniform64(bits(i)) : Threefry.Uniform32(bits(i)));
}
