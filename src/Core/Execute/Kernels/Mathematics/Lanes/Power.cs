using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// |x|^y = e^(y log |x|), the logarithm and the product as pairs; then sign and special values after C99, F.9.4.4.
internal static partial class OnVector512
{
    internal static Vector512<double> Pow(Vector512<double> x, Vector512<double> y)
    {
        var magnitude = Abs(x);
        var (log, logTail) = LogPair(magnitude, 0.6931471805598903, 5.497923018708371e-14, 1, 0);
        var (product, tail) = TwoProduct(y, log);
        // Beyond 800 the result is 0 or infinite, and the tail may be infinite less infinite.
        var inside = LessThan(Abs(product), Create(800.0));
        tail = Fma(y, logTail, tail) & inside;
        var (n, e, rest) = ExpPair(Clamp(product, -750, 750), tail);
        return PowerEdges(x, y, magnitude, Scale(e + rest, n));
    }

    // A double's logarithm has the 29 bits more that a single's power needs.
    internal static Vector512<float> Pow(Vector512<float> x, Vector512<float> y)
    {
        var (xLow, xHigh) = Widen(x);
        var (yLow, yHigh) = Widen(y);
        return Narrow(PowerForSingle(xLow, yLow), PowerForSingle(xHigh, yHigh));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> PowerForSingle(Vector512<double> x, Vector512<double> y)
    {
        var magnitude = Abs(x);
        var (n, r, w) = ReduceExp(Clamp(y * LogOfNormal(magnitude), -700, 700));
        return PowerEdges(x, y, magnitude, (Create(1.0) + (r + w)) * ShiftLeft(n + Create(1023L), 52).AsDouble());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> PowerEdges(
        Vector512<double> x, Vector512<double> y, Vector512<double> magnitude, Vector512<double> value)
    {
        var (zero, one, infinity) = (Vector512<double>.Zero, Create(1.0), Create(double.PositiveInfinity));
        // The power of 0 and of infinity, and of any number with an infinite exponent: 0 or infinity.
        var extreme = Vector512.Equals(magnitude, zero) | Vector512.Equals(magnitude, infinity)
            | Vector512.Equals(Abs(y), infinity);
        var grows = Vector512.Equals(GreaterThan(magnitude, one).AsInt64(), GreaterThan(y, zero).AsInt64()).AsDouble();
        value = ConditionalSelect(extreme, infinity & grows, value);

        // From 2^53 on every number is even; adding 2^52 to a smaller one leaves its integer in the low bits.
        var size = Abs(y);
        var shifted = size + Create(4503599627370496.0);
        var integer = Vector512.Equals(Floor(y), y);
        var low = ConditionalSelect(LessThan(size, Create(4503599627370496.0)), shifted, size).AsInt64();
        var last = Vector512.Equals(low & Vector512<long>.One, Vector512<long>.One).AsDouble();
        var odd = integer & LessThan(size, Create(9007199254740992.0)) & last;
        value = ConditionalSelect(Create(-0.0) & odd, x, value);
        var unreal = LessThan(x, zero) & LessThan(magnitude, infinity) & ~integer;
        value = NaNWhereNaN(x, NaNWhereNaN(y, ConditionalSelect(unreal, Create(double.NaN), value)));
        var unit = Vector512.Equals(x, one) | Vector512.Equals(y, zero)
            | (Vector512.Equals(magnitude, one) & Vector512.Equals(size, infinity));
        return ConditionalSelect(unit, one, value);
    }
}
