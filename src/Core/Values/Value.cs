using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DistGrad;

/// <summary>An immutable array of numbers in row-major order: what a literal holds and what evaluation gives.</summary>
/// <remarks>
/// Equal to another of the same dtype, shape and bits; so a NaN equals itself here, and 0 differs from -0.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class Value : IEquatable<Value>
{
    /// <summary>Vectors that start on a cache line are read in one go; those that straddle two, in two.</summary>
    private const int Alignment = 64;

    /// <summary>
    /// From so many bytes on the collector leaves an array where it is, unless it is told to move all.
    /// </summary>
    private const int StaysFrom = 85_000;

    private readonly Array elements;

    /// <summary>Where the first element stands in the array, so that it starts on a cache line.</summary>
    private readonly int first;

    private Value(Array elements, DType dtype, Shape shape, int first = 0)
    {
        (this.elements, this.first) = (elements, first);
        DType = dtype;
        Shape = shape;
    }

    /// <summary>The type of the elements.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public DType DType { get; }

    /// <summary>The dimensions.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public Shape Shape { get; }

    /// <summary>
    /// An array of this shape with a copy of these elements, of type double, float, long, int or bool.
    /// </summary>
    public static Value Of<T>(Shape shape, ReadOnlySpan<T> elements) where T : unmanaged
    {
        RequireFilled(shape, elements.Length);
        var value = Aligned<T>(shape);
        elements.CopyTo(value.Written<T>());
        return value;
    }

    /// <summary>The elements in row-major order, as the type that they have.</summary>
    /// <exception cref="DTypeException">The elements are of another type.</exception>
    public ReadOnlySpan<T> AsSpan<T>() where T : unmanaged => elements is T[] typed
        ? typed.AsSpan(first, Shape.Size)
        : throw new DTypeException($"The elements are {DType.Name}; {DTypes.Of<T>().Name} was asked");

    /// <summary>The elements in canonical bytes: row-major, little-endian, IEEE 754, one byte a bool.</summary>
    public ReadOnlySpan<byte> AsBytes() => Bytes;

    /// <inheritdoc/>
    public bool Equals(Value? other) => ReferenceEquals(this, other) ||
        (other is not null && DType == other.DType && Shape == other.Shape && AsBytes().SequenceEqual(other.AsBytes()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Value);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(DType);
        hash.Add(Shape);
        hash.AddBytes(AsBytes());
        return hash.ToHashCode();
    }

    /// <summary>The numbers in nested brackets, long rows shortened.</summary>
    public override string ToString() => ValueText.Of(this);

    /// <summary>An array that owns these elements, which nobody may change from now on.</summary>
    internal static Value Wrap<T>(Shape shape, T[] elements) where T : unmanaged
    {
        RequireFilled(shape, elements.Length);
        return new(elements, DTypes.Of<T>(), shape);
    }

    /// <summary>A scalar of this type: the nearest to the number that the type has.</summary>
    internal static Value Scalar(DType dtype, double number) => Full(dtype, Shape.Scalar, number);

    /// <summary>An array of one number, repeated.</summary>
    internal static Value Full(DType dtype, Shape shape, double number) => FromDoubles(dtype, shape, _ => number);

    /// <summary>
    /// An array whose elements are given by their place, rounded to a float type; to an integer type they are exact.
    /// </summary>
    internal static Value FromDoubles(DType dtype, Shape shape, Func<int, double> element) => dtype switch
    {
        DType.Float64 => Filled(shape, element),
        DType.Float32 => Filled(shape, i => (float)element(i)),
        DType.Int64 => Filled(shape, i => (long)element(i)),
        DType.Int32 => Filled(shape, i => (int)element(i)),
        _ => Filled(shape, i => element(i) != 0),
    };

    /// <summary>An integer or bool array whose elements are given by their place, wrapped to the type.</summary>
    internal static Value FromLongs(DType dtype, Shape shape, Func<int, long> element) => dtype switch
    {
        DType.Int64 => Filled(shape, element),
        DType.Int32 => Filled(shape, i => unchecked((int)element(i))),
        DType.Bool => Filled(shape, i => element(i) != 0),
        // Straight to the nearest float: by way of a double a large integer would be rounded twice.
        DType.Float32 => Filled(shape, i => (float)element(i)),
        _ => FromDoubles(dtype, shape, i => element(i)),
    };

    /// <summary>An array whose elements are picked from another of the same type; a negative place picks 0.</summary>
    internal static Value Pick(Value source, Shape shape, Func<int, int> place) => source.DType switch
    {
        DType.Float64 => Pick<double>(source, shape, place),
        DType.Float32 => Pick<float>(source, shape, place),
        DType.Int64 => Pick<long>(source, shape, place),
        DType.Int32 => Pick<int>(source, shape, place),
        _ => Pick<bool>(source, shape, place),
    };

    /// <summary>An array to be written by who asked for it, before anyone else sees it.</summary>
    internal static Value Uninitialized(DType dtype, Shape shape) => dtype switch
    {
        DType.Float64 => Aligned<double>(shape),
        DType.Float32 => Aligned<float>(shape),
        DType.Int64 => Aligned<long>(shape),
        DType.Int32 => Aligned<int>(shape),
        _ => Wrap(shape, new bool[shape.Size]),
    };

    /// <summary>An array of these canonical bytes, of which there are as many as it takes.</summary>
    internal static Value OfBytes(DType dtype, Shape shape, ReadOnlySpan<byte> bytes)
    {
        var value = Uninitialized(dtype, shape);
        bytes.CopyTo(value.Bytes);
        return value;
    }

    /// <summary>Holds the elements where they are until the handle is freed.</summary>
    internal GCHandle Pin() => GCHandle.Alloc(elements, GCHandleType.Pinned);

    /// <summary>Where the first element is, while this handle holds the elements.</summary>
    internal nint Address(GCHandle handle) => handle.AddrOfPinnedObject() + (first * DType.ByteSize);

    /// <summary>As <see cref="Pin()"/>, by a handle that may have held another array before.</summary>
    internal void Pin(ref GCHandle handle)
    {
        if (handle.IsAllocated)
            handle.Target = elements;
        else
            handle = Pin();
    }

    /// <summary>The same elements in another shape of the same size.</summary>
    internal Value Reshaped(Shape shape)
    {
        RequireFilled(shape, Shape.Size);
        return new(elements, DType, shape, first);
    }

    internal double Double(int place) => elements switch
    {
        double[] x => x[first + place],
        float[] x => x[first + place],
        _ => Long(place),
    };

    internal long Long(int place) => elements switch
    {
        long[] x => x[first + place],
        int[] x => x[first + place],
        bool[] x => x[first + place] ? 1 : 0,
        _ => throw new DTypeException($"An integer was asked of {DType.Name} elements"),
    };

    internal bool Bool(int place) => ((bool[])elements)[first + place];

    private static void RequireFilled(Shape shape, int count)
    {
        if (count != shape.Size)
            throw new ShapeException($"{count} elements do not fill {shape}, which holds {shape.Size}");
    }

    private Span<byte> Bytes
    {
        get
        {
            ref var start = ref MemoryMarshal.GetArrayDataReference(elements);
            return MemoryMarshal.CreateSpan(
                ref Unsafe.Add(ref start, first * DType.ByteSize), Shape.Size * DType.ByteSize);
        }
    }

    private static unsafe Value Aligned<T>(Shape shape) where T : unmanaged
    {
        if ((long)shape.Size * sizeof(T) < StaysFrom)
            return Wrap(shape, GC.AllocateUninitializedArray<T>(shape.Size));
        var array = GC.AllocateUninitializedArray<T>(shape.Size + (Alignment / sizeof(T)));
        fixed (T* start = array)
        {
            var beyond = (int)((nint)start & (Alignment - 1));
            return new(array, DTypes.Of<T>(), shape, (Alignment - beyond) % Alignment / sizeof(T));
        }
    }

    private static Value Pick<T>(Value source, Shape shape, Func<int, int> place) where T : unmanaged
    {
        var (elements, first) = ((T[])source.elements, source.first);
        return Filled(shape, i => place(i) is var from && from < 0 ? default : elements[first + from]);
    }

    private static Value Filled<T>(Shape shape, Func<int, T> element) where T : unmanaged
    {
        var value = Aligned<T>(shape);
        var filled = value.Written<T>();
        for (var place = 0; place < filled.Length; place++)
            filled[place] = element(place);
        return value;
    }

    /// <summary>The elements, for who makes the value.</summary>
    private Span<T> Written<T>() where T : unmanaged => ((T[])elements).AsSpan(first, Shape.Size);
}
