using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// All three are logarithms of 1 + u with u carried as a pair, so that nothing is lost near 0: asinh a = log(1 + a + a^2
// / (1 + sqrt(1 + a^2))), acosh (1 + t) = log(1 + t + sqrt(t (2 + t))), atanh a = log(1 + 2 a / (1 - a)) / 2.
internal static partial class OnVector512
{
    // From here on asinh x and acosh x are log 2x.
    const double LargeHyperbolic = 268435456.0;

    // log(u + c) + k log 2, where c is below u's last digit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogOf(Vector512<double> u, Vector512<double> c, Vector512<double> k)
    {
        var (exponent, m) = Exponent(u);
        var f = m - Create(1.0);
        return LogSum(exponent + k, f, f / (Create(2.0) + f), c / u);
    }

    // log(1 + u + c).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> LogOnePlus(Vector512<double> u, Vector512<double> c)
    {
        var (sum, tail) = TwoSum(Create(1.0), u);
        return LogOf(sum, tail + c, Vector512<double>.Zero);
    }

    // sqrt(x + dx), as the root and the rest that it leaves out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<double> Root, Vector512<double> Tail) RootPair(Vector512<double> x, Vector512<double> dx)
    {
        var root = Sqrt(x);
        var rest = (Fma(-root, root, x) + dx) / (root + root);
        return (root, ConditionalSelect(Vector512.Equals(root, Vector512<double>.Zero), root, rest));
    }

    internal static Vector512<double> Asinh(Vector512<double> x)
    {
        var whole = Abs(x);
        var large = GreaterThanOrEqual(whole, Create(LargeHyperbolic));
        var a = Clamp(whole, 0, LargeHyperbolic);
        var (square, squareTail) = TwoProduct(a, a);
        var (sum, sumTail) = TwoSum(Create(1.0), square);
        var (root, rootTail) = RootPair(sum, sumTail + squareTail);
        var (bottom, bottomTail) = TwoSum(Create(1.0), root);
        var (quotient, rest) = Divide(square, squareTail, bottom, bottomTail + rootTail);
        var (u, c) = TwoSum(a, quotient);
        var small = LogOnePlus(u, c + rest);
        var far = LogOf(whole, Vector512<double>.Zero, Create(1.0));
        var value = ConditionalSelect(large, far, small);
        value = ConditionalSelect(Vector512.Equals(whole, Create(double.PositiveInfinity)), whole, value);
        return NaNWhereNaN(x, WithSign(value, x));
    }

    internal static Vector512<double> Acosh(Vector512<double> x)
    {
        var large = GreaterThanOrEqual(x, Create(LargeHyperbolic));
        var (t, dt) = TwoSum(Clamp(x, 1, LargeHyperbolic), Create(-1.0));
        var (more, moreTail) = TwoSum(Create(2.0), t);
        var (product, productTail) = TwoProduct(t, more);
        productTail += Fma(t, moreTail + dt, dt * more);
        var (root, rootTail) = RootPair(product, productTail);
        var (u, c) = TwoSum(t, root);
        var value = ConditionalSelect(
            large, LogOf(x, Vector512<double>.Zero, Create(1.0)), LogOnePlus(u, c + (rootTail + dt)));
        value = ConditionalSelect(Vector512.Equals(x, Create(double.PositiveInfinity)), x, value);
        return ConditionalSelect(GreaterThanOrEqual(x, Create(1.0)), value, Create(double.NaN));
    }

    internal static Vector512<double> Atanh(Vector512<double> x)
    {
        var a = Abs(x);
        var (bottom, tail) = OrderedSum(Create(1.0), -a);
        var (u, c) = Divide(a + a, Vector512<double>.Zero, bottom, tail);
        var value = Create(0.5) * LogOnePlus(u, c);
        value = ConditionalSelect(Vector512.Equals(a, Create(1.0)), Create(double.PositiveInfinity), value);
        value = ConditionalSelect(LessThanOrEqual(a, Create(1.0)), value, Create(double.NaN));
        return NaNWhereNaN(value, WithSign(value, x));
    }

    internal static Vector512<float> Asinh(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Asinh(low), Asinh(high));
    }

    internal static Vector512<float> Acosh(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Acosh(low), Acosh(high));
    }

    internal static Vector512<float> Atanh(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Atanh(low), Atanh(high));
    }
}
