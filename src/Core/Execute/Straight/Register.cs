using System.Runtime.CompilerServices;
using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>
/// A register of a straight program, which has as many as it needs; it holds a number, or a vector of them. What it
/// holds is known when the method is made, or is computed in a block each time that the block runs. Told apart by
/// identity; the builder makes each known one once.
/// </summary>
internal sealed class Register
{
    private Register(DType dtype, Type? lane, Block? home, long bits) =>
        (DType, Lane, Home, Bits) = (dtype, lane, home, bits);

    public DType DType { get; }

    /// <summary>Of a vector, how its lanes are typed; truth values are integers of all ones or all zeros.</summary>
    public Type? Lane { get; }

    /// <summary>The block that computes it; nothing of what is known.</summary>
    public Block? Home { get; }

    /// <summary>What is known: the bits of a number, or the number itself of an integer or truth value.</summary>
    public long Bits { get; }

    /// <summary>Of a vector, how many lanes it has.</summary>
    public int Lanes => LaneFunction.VectorBytes / (Lane == typeof(double) || Lane == typeof(long) ? 8 : 4);

    public bool IsKnown => Home is null;

    /// <summary>The type by which a method keeps it; single truth values are 0 and 1.</summary>
    public Type Kept => DType switch
    {
        _ when Lane is not null => LaneCode.VectorOf(Lane),
        DType.Float64 => typeof(double),
        DType.Float32 => typeof(float),
        DType.Int64 => typeof(long),
        _ => typeof(int),
    };

    /// <summary>Which argument of a method it is, of addresses that each of them is given.</summary>
    public int? Argument { get; private init; }

    public static Register In(Block home, DType dtype, Type? lane = null) => new(dtype, lane, home, 0);

    /// <summary>Another one of the same type.</summary>
    public static Register Like(Block home, Register other) => new(other.DType, other.Lane, home, 0);

    public static Register Given(Block whole, int argument) => new(DType.Int64, null, whole, 0) { Argument = argument };

    /// <summary>A number that is known, or a vector of it alone.</summary>
    public static Register Known(DType dtype, long bits, Type? lane) => new(dtype, lane, null, bits);

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
