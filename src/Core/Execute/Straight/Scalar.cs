using System.Runtime.CompilerServices;

namespace DistGrad.Execute.Straight;

/// <summary>
/// A number of a straight program: known when the method is made, or computed in a block each time that the block runs.
/// Told apart by identity; the builder makes each known number once.
/// </summary>
internal sealed class Scalar
{
    private Scalar(DType dtype, Block? home, long bits) => (DType, Home, Bits) = (dtype, home, bits);

    public DType DType { get; }

    /// <summary>The block that computes it; nothing of what is known.</summary>
    public Block? Home { get; }

    /// <summary>What is known: the bits of a number, or the number itself of an integer or truth value.</summary>
    public long Bits { get; }

    public bool IsKnown => Home is null;

    /// <summary>The type by which a method keeps it; truth values are 0 and 1.</summary>
    public Type Kept => DType switch
    {
        DType.Float64 => typeof(double),
        DType.Float32 => typeof(float),
        DType.Int64 => typeof(long),
        _ => typeof(int),
    };

    /// <summary>Which argument of a method it is, of addresses that each of them is given.</summary>
    public int? Argument { get; private init; }

    public static Scalar In(Block home, DType dtype) => new(dtype, home, 0);

    public static Scalar Given(Block whole, int argument) => new(DType.Int64, whole, 0) { Argument = argument };

    public static Scalar Known(DType dtype, long bits) => new(dtype, null, bits);

    /// <summary>The bits of a number of a type.</summary>
    public static long BitsOf(DType dtype, double x) => dtype switch
    {
        DType.Float64 => Unsafe.BitCast<double, long>(x),
        DType.Float32 => Unsafe.BitCast<float, int>((float)x),
        _ => (long)x,
    };

    /// <summary>What is known, as a number of double precision: exact but for large integers.</summary>
    public double Number => DType switch
    {
        DType.Float64 => Unsafe.BitCast<long, double>(Bits),
        DType.Float32 => Unsafe.BitCast<int, float>((int)Bits),
        _ => Bits,
    };
}
