using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DistGrad.Distributed.Protocol;

namespace DistGrad.Distributed.Compute;

/// <summary>
/// Arithmetic number by number on a stretch of a vector: one rounding each, so the same bits on every machine.
/// </summary>
internal static class Sums
{
    /// <summary>left + right, which may be written over either.</summary>
    public static void Add(DType dtype, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> sum)
    {
        if (dtype == DType.Float64)
            TensorPrimitives.Add(Doubles(left), Doubles(right), Doubles(sum));
        else
            TensorPrimitives.Add(Floats(left), Floats(right), Floats(sum));
    }

    /// <summary>The sum of a batch divided by its number of examples.</summary>
    public static void Divide(DType dtype, ReadOnlySpan<byte> sum, long count, Span<byte> mean)
    {
        if (dtype == DType.Float64)
            TensorPrimitives.Divide(Doubles(sum), (double)count, Doubles(mean));
        else
            TensorPrimitives.Divide(Floats(sum), (float)count, Floats(mean));
    }

    /// <summary>The two vectors of a dense layout.</summary>
    public static void Add(VectorSize size, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> sum)
    {
        var doubles = (int)size.Float64 * sizeof(double);
        Add(DType.Float64, left[..doubles], right[..doubles], sum[..doubles]);
        Add(DType.Float32, left[doubles..], right[doubles..], sum[doubles..]);
    }

    private static ReadOnlySpan<double> Doubles(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, double>(bytes);

    private static Span<double> Doubles(Span<byte> bytes) => MemoryMarshal.Cast<byte, double>(bytes);

    private static ReadOnlySpan<float> Floats(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes);

    private static Span<float> Floats(Span<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes);
}
