namespace DistGrad;

/// <summary>The type of a tensor's elements.</summary>
public enum DType
{
    /// <summary>IEEE 754 binary64.</summary>
    Float64,

    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>Signed 64-bit integers, wrapping on overflow.</summary>
    Int64,

    /// <summary>Signed 32-bit integers, wrapping on overflow.</summary>
    Int32,

    /// <summary>Truth values, one byte each.</summary>
    Bool,
}

/// <summary>All that is known of a number format, stated once.</summary>
internal static class DTypes
{
    private sealed record Format(string Name, int Size, Type Element);

    private static readonly Format[] Formats =
    [
        new("float64", 8, typeof(double)),
        new("float32", 4, typeof(float)),
        new("int64", 8, typeof(long)),
        new("int32", 4, typeof(int)),
        new("bool", 1, typeof(bool)),
    ];

    public static IReadOnlyList<DType> All { get; } = Enum.GetValues<DType>();

    extension(DType dtype)
    {
        public string Name => Formats[(int)dtype].Name;

        /// <summary>Bytes an element.</summary>
        public int ByteSize => Formats[(int)dtype].Size;

        public bool IsFloat => dtype is DType.Float64 or DType.Float32;

        public bool IsInteger => dtype is DType.Int64 or DType.Int32;
    }

    public static DType Of(Type element)
    {
        var index = Array.FindIndex(Formats, f => f.Element == element);
        return index >= 0 ? (DType)index : throw new DTypeException(
            $"Tensors hold {string.Join(", ", Formats.Select(f => f.Element.Name))}; found {element.Name}");
    }

    public static DType Of<T>() where T : unmanaged => Of(typeof(T));

    public static bool TryParse(string name, out DType dtype)
    {
        var index = Array.FindIndex(Formats, f => f.Name == name);
        dtype = (DType)Math.Max(index, 0);
        return index >= 0;
    }
}
