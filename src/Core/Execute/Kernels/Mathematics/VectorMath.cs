using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The elementary functions over sixteen floats or eight doubles: at most 2 units in the last place everywhere,
/// subnormal numbers included, and the same bits on every processor. A lane's result depends on that lane only, and
/// every NaN that comes out has the same bits.
/// </summary>
/// <remarks>
/// Each is written once, in Lanes/; where there are no vectors of 512 bits it runs as two of 256, since the runtime's
/// own emulation is 25 times slower.
/// </remarks>
internal static partial class VectorMath
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Exp(x)
        : Vector512.Create(OnVector256.Exp(x.GetLower()), OnVector256.Exp(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Exp(x)
        : Vector512.Create(OnVector256.Exp(x.GetLower()), OnVector256.Exp(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp2(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Exp2(x)
        : Vector512.Create(OnVector256.Exp2(x.GetLower()), OnVector256.Exp2(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp2(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Exp2(x)
        : Vector512.Create(OnVector256.Exp2(x.GetLower()), OnVector256.Exp2(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Expm1(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Expm1(x)
        : Vector512.Create(OnVector256.Expm1(x.GetLower()), OnVector256.Expm1(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Expm1(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Expm1(x)
        : Vector512.Create(OnVector256.Expm1(x.GetLower()), OnVector256.Expm1(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Log(x)
        : Vector512.Create(OnVector256.Log(x.GetLower()), OnVector256.Log(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Log(x)
        : Vector512.Create(OnVector256.Log(x.GetLower()), OnVector256.Log(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log2(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Log2(x)
        : Vector512.Create(OnVector256.Log2(x.GetLower()), OnVector256.Log2(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log2(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Log2(x)
        : Vector512.Create(OnVector256.Log2(x.GetLower()), OnVector256.Log2(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log10(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Log10(x)
        : Vector512.Create(OnVector256.Log10(x.GetLower()), OnVector256.Log10(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log10(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Log10(x)
        : Vector512.Create(OnVector256.Log10(x.GetLower()), OnVector256.Log10(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Log1p(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Log1p(x)
        : Vector512.Create(OnVector256.Log1p(x.GetLower()), OnVector256.Log1p(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Log1p(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Log1p(x)
        : Vector512.Create(OnVector256.Log1p(x.GetLower()), OnVector256.Log1p(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sin(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Sin(x)
        : Vector512.Create(OnVector256.Sin(x.GetLower()), OnVector256.Sin(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sin(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Sin(x)
        : Vector512.Create(OnVector256.Sin(x.GetLower()), OnVector256.Sin(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Cos(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Cos(x)
        : Vector512.Create(OnVector256.Cos(x.GetLower()), OnVector256.Cos(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Cos(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Cos(x)
        : Vector512.Create(OnVector256.Cos(x.GetLower()), OnVector256.Cos(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Tan(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Tan(x)
        : Vector512.Create(OnVector256.Tan(x.GetLower()), OnVector256.Tan(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tan(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Tan(x)
        : Vector512.Create(OnVector256.Tan(x.GetLower()), OnVector256.Tan(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Asin(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Asin(x)
        : Vector512.Create(OnVector256.Asin(x.GetLower()), OnVector256.Asin(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Asin(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Asin(x)
        : Vector512.Create(OnVector256.Asin(x.GetLower()), OnVector256.Asin(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Acos(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Acos(x)
        : Vector512.Create(OnVector256.Acos(x.GetLower()), OnVector256.Acos(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Acos(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Acos(x)
        : Vector512.Create(OnVector256.Acos(x.GetLower()), OnVector256.Acos(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Atan(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Atan(x)
        : Vector512.Create(OnVector256.Atan(x.GetLower()), OnVector256.Atan(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Atan(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Atan(x)
        : Vector512.Create(OnVector256.Atan(x.GetLower()), OnVector256.Atan(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sinh(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Sinh(x)
        : Vector512.Create(OnVector256.Sinh(x.GetLower()), OnVector256.Sinh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sinh(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Sinh(x)
        : Vector512.Create(OnVector256.Sinh(x.GetLower()), OnVector256.Sinh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Cosh(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Cosh(x)
        : Vector512.Create(OnVector256.Cosh(x.GetLower()), OnVector256.Cosh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Cosh(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Cosh(x)
        : Vector512.Create(OnVector256.Cosh(x.GetLower()), OnVector256.Cosh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Tanh(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Tanh(x)
        : Vector512.Create(OnVector256.Tanh(x.GetLower()), OnVector256.Tanh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tanh(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Tanh(x)
        : Vector512.Create(OnVector256.Tanh(x.GetLower()), OnVector256.Tanh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Sigmoid(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Sigmoid(x)
        : Vector512.Create(OnVector256.Sigmoid(x.GetLower()), OnVector256.Sigmoid(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Sigmoid(x)
        : Vector512.Create(OnVector256.Sigmoid(x.GetLower()), OnVector256.Sigmoid(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Softplus(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Softplus(x)
        : Vector512.Create(OnVector256.Softplus(x.GetLower()), OnVector256.Softplus(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Softplus(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Softplus(x)
        : Vector512.Create(OnVector256.Softplus(x.GetLower()), OnVector256.Softplus(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Erf(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Erf(x)
        : Vector512.Create(OnVector256.Erf(x.GetLower()), OnVector256.Erf(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Erf(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Erf(x)
        : Vector512.Create(OnVector256.Erf(x.GetLower()), OnVector256.Erf(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Erfc(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Erfc(x)
        : Vector512.Create(OnVector256.Erfc(x.GetLower()), OnVector256.Erfc(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Erfc(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Erfc(x)
        : Vector512.Create(OnVector256.Erfc(x.GetLower()), OnVector256.Erfc(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Asinh(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Asinh(x)
        : Vector512.Create(OnVector256.Asinh(x.GetLower()), OnVector256.Asinh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Asinh(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Asinh(x)
        : Vector512.Create(OnVector256.Asinh(x.GetLower()), OnVector256.Asinh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Acosh(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Acosh(x)
        : Vector512.Create(OnVector256.Acosh(x.GetLower()), OnVector256.Acosh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Acosh(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Acosh(x)
        : Vector512.Create(OnVector256.Acosh(x.GetLower()), OnVector256.Acosh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Atanh(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Atanh(x)
        : Vector512.Create(OnVector256.Atanh(x.GetLower()), OnVector256.Atanh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Atanh(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Atanh(x)
        : Vector512.Create(OnVector256.Atanh(x.GetLower()), OnVector256.Atanh(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Erfinv(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Erfinv(x)
        : Vector512.Create(OnVector256.Erfinv(x.GetLower()), OnVector256.Erfinv(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Erfinv(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Erfinv(x)
        : Vector512.Create(OnVector256.Erfinv(x.GetLower()), OnVector256.Erfinv(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Lgamma(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Lgamma(x)
        : Vector512.Create(OnVector256.Lgamma(x.GetLower()), OnVector256.Lgamma(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Lgamma(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Lgamma(x)
        : Vector512.Create(OnVector256.Lgamma(x.GetLower()), OnVector256.Lgamma(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Digamma(Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Digamma(x)
        : Vector512.Create(OnVector256.Digamma(x.GetLower()), OnVector256.Digamma(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Digamma(Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Digamma(x)
        : Vector512.Create(OnVector256.Digamma(x.GetLower()), OnVector256.Digamma(x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Atan2(Vector512<double> y, Vector512<double> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Atan2(y, x)
        : Vector512.Create(
            OnVector256.Atan2(y.GetLower(), x.GetLower()), OnVector256.Atan2(y.GetUpper(), x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Atan2(Vector512<float> y, Vector512<float> x) => Vector512.IsHardwareAccelerated
        ? OnVector512.Atan2(y, x)
        : Vector512.Create(
            OnVector256.Atan2(y.GetLower(), x.GetLower()), OnVector256.Atan2(y.GetUpper(), x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Pow(Vector512<double> x, Vector512<double> y) => Vector512.IsHardwareAccelerated
        ? OnVector512.Pow(x, y)
        : Vector512.Create(
            OnVector256.Pow(x.GetLower(), y.GetLower()), OnVector256.Pow(x.GetUpper(), y.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Pow(Vector512<float> x, Vector512<float> y) => Vector512.IsHardwareAccelerated
        ? OnVector512.Pow(x, y)
        : Vector512.Create(
            OnVector256.Pow(x.GetLower(), y.GetLower()), OnVector256.Pow(x.GetUpper(), y.GetUpper()));
}
