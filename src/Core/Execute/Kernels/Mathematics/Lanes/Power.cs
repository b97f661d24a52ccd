using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// |x|^y = e^(y log |x|), the logarithm and the product as pairs; then sign and special values after C99, F.9.4.4. In
// single 2^(y log2 |x|), the logarithm in double, which has the 29 bits more that the product needs.
internal static partial class OnVector512
{
    internal static Vector512<double> Pow(Vector512<double> x, Vector512<double> y)
    {
        var magnitude = Abs(x);
        var (log, logTail) = LogPair(magnitude);
        var (product, tail) = TwoProduct(y, log);
        // Beyond 800 the result is 0 or infinite, and the tail may be infinite less infinite.
        var inside = LessThan(Abs(product), Create(800.0));
        tail = Fma(y, logTail, tail) & inside;
        var (n, e, rest) = ExpPair(Clamp(product, -750, 750), tail);
        var value = Scale(e + rest, n);

        // The power of 0 and of infinity, and of any number with an infinite exponent: 0 or infinity.
        var (zero, one, infinity) = (Vector512<double>.Zero, Create(1.0), Create(double.PositiveInfinity));
        var extreme = Vector512.Equals(magnitude, zero) | Vector512.Equals(magnitude, infinity)
            | Vector512.Equals(Abs(y), infinity);
        var grows = Vector512.Equals(GreaterThan(magnitude, one).AsInt64(), GreaterThan(y, zero).AsInt64()).AsDouble();
        value = ConditionalSelect(extreme, infinity & grows, value);

        var (whole, odd) = Parity(y);
        var unreal = LessThan(x, zero) & LessThan(magnitude, infinity) & ~whole;
        value = ConditionalSelect(unreal, Create(double.NaN), value ^ (x & odd & Create(-0.0)));
        value = NaNWhereNaN(x, NaNWhereNaN(y, value));
        var unit = Vector512.Equals(x, one) | Vector512.Equals(y, zero)
            | (Vector512.Equals(magnitude, one) & Vector512.Equals(Abs(y), infinity));
        return ConditionalSelect(unit, one, value);
    }

    // 0 and infinity have infinite logarithms, and need no cases; a NaN finds its way.
    internal static Vector512<float> Pow(Vector512<float> x, Vector512<float> y)
    {
        var magnitude = Abs(x);
        var (k, m) = Split(magnitude);
        var ((kLow, kHigh), (fLow, fHigh), (yLow, yHigh)) = (Widen(k), Widen(m - Create(1f)), Widen(y));
        var (nLow, restLow) = PowerOfTwo(yLow, kLow, fLow);
        var (nHigh, restHigh) = PowerOfTwo(yHigh, kHigh, fHigh);
        var value = Exp2(Narrow(nLow, nHigh), Narrow(restLow, restHigh));

        var (one, infinity) = (Create(1f), Create(float.PositiveInfinity));
        var (whole, odd) = Parity(y);
        var unreal = LessThan(x, Vector512<float>.Zero) & LessThan(magnitude, infinity) & ~whole;
        value = OneNaN(ConditionalSelect(unreal, Create(float.NaN), value ^ (x & odd & Create(-0f))));
        var unit = Vector512.Equals(x, one) | Vector512.Equals(y, Vector512<float>.Zero)
            | (Vector512.Equals(magnitude, one) & Vector512.Equals(Abs(y), infinity));
        return ConditionalSelect(unit, one, value);
    }

    // y (k + log2(1 + f)) as a whole number and the rest; beyond these bounds a single's power is 0 or infinite.
    static (Vector512<double> N, Vector512<double> F) PowerOfTwo(
        Vector512<double> y, Vector512<double> k, Vector512<double> f)
    {
        var p = Horner(f, Create(0.03798889343379191), -0.10204022911145047, 0.13879348461722626);
        p = Horner(f, p, -0.14920851535952254, 0.1605031190755386, -0.18000361301972778, 0.2060568501022653);
        p = Horner(f, p, -0.24045841841704213, 0.28854042830069315, -0.3606736534690171, 0.480898332639002);
        p = Horner(f, p, -0.7213475208314281, 1.4426950409106436);
        var power = Clamp(y * Fma(f, p, k), -152, 129);
        var n = power + Create(Rounder) - Create(Rounder);
        return (n, power - n);
    }

    // Whether y is a whole number, and an odd one; half of an odd number is not whole.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Whole, Vector512<double> Odd) Parity(Vector512<double> y)
    {
        var (half, whole) = (y * Create(0.5), Vector512.Equals(Floor(y), y));
        return (whole, AndNot(whole, Vector512.Equals(Floor(half), half)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<float> Whole, Vector512<float> Odd) Parity(Vector512<float> y)
    {
        var (half, whole) = (y * Create(0.5f), Vector512.Equals(Floor(y), y));
        return (whole, AndNot(whole, Vector512.Equals(Floor(half), half)));
    }
}
