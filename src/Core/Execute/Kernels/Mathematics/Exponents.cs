using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Exponent and mantissa by the instructions that AVX-512 has for them, at both widths. Lanes/Exponents.cs does the
/// same by integers; where both are there a law holds them to the same bits.
/// </summary>
internal static class Exponents
{
    // [3/4, 3/2) of the magnitude, and NaN of a negative number.
    const byte FromThreeQuarters = 0b1111;

    internal static bool AreNative => Avx512F.VL.IsSupported;

    /// <summary>x 2^n for a whole n, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Scale(Vector512<double> x, Vector512<double> n) => Avx512F.Scale(x, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Scale(Vector512<float> x, Vector512<float> n) => Avx512F.Scale(x, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Scale(Vector256<double> x, Vector256<double> n) => Avx512F.VL.Scale(x, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Scale(Vector256<float> x, Vector256<float> n) => Avx512F.VL.Scale(x, n);

    /// <summary>The whole part of log2 |x|: -inf of 0, inf of infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exponent(Vector512<double> x) => Avx512F.GetExponent(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exponent(Vector512<float> x) => Avx512F.GetExponent(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Exponent(Vector256<double> x) => Avx512F.VL.GetExponent(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Exponent(Vector256<float> x) => Avx512F.VL.GetExponent(x);

    /// <summary>x over a power of two, from 3/4 to 3/2; 1 of 0 and of infinity, NaN of a negative number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Mantissa(Vector512<double> x) => Avx512F.GetMantissa(x, FromThreeQuarters);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Mantissa(Vector512<float> x) => Avx512F.GetMantissa(x, FromThreeQuarters);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Mantissa(Vector256<double> x) => Avx512F.VL.GetMantissa(x, FromThreeQuarters);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Mantissa(Vector256<float> x) => Avx512F.VL.GetMantissa(x, FromThreeQuarters);
}
