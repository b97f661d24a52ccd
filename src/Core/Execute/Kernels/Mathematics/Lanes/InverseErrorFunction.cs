using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// M. Giles, "Approximating the erfinv function" (GPU Computing Gems 2, 2011), good to single precision; where it ends,
// the asymptotic series of erfc turned round. From there Halley's method, on erf near 0 and on erfc where that says more.
internal static partial class OnVector512
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ErfinvStart(Vector512<double> a)
    {
        var one = Create(1.0);
        var w = -LogOf((one - a) * (one + a), Vector512<double>.Zero, Vector512<double>.Zero);
        var t = w - Create(2.5);
        var near = Horner(t, Create(2.81022636e-08), 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087);
        near = Horner(t, near, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941);
        t = Sqrt(w) - Create(3.0);
        var far = Horner(t, Create(-0.000200214257), 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773);
        far = Horner(t, far, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682);
        var quotient = ConditionalSelect(LessThan(w, Create(5.0)), near, far) * a;
        return ConditionalSelect(LessThan(w, Create(15.0)), quotient, ErfcinvStart(one - a));
    }

    // c = e^(-y^2) / (y sqrt pi) (1 - 1 / (2 y^2) + ...), solved for y twice.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> ErfcinvStart(Vector512<double> c)
    {
        var zero = Vector512<double>.Zero;
        var log = -LogOf(c * Create(1.772453850905516), zero, zero);
        var y = Sqrt(log - Create(0.5) * LogOf(log, zero, zero));
        return Sqrt(log - LogOf(y, zero, zero) - Create(0.5) / (y * y));
    }

    // With f = erf y - a, f'' / f' = -2 y.
    static Vector512<double> ErfinvStep(Vector512<double> a, Vector512<double> y)
    {
        var near = LessThan(a, Create(0.5));
        var error = ConditionalSelect(near, Erf(y) - a, Create(1.0) - a - Erfc(y));
        var f = error * Create(0.8862269254527580) * Exp(y * y);
        return y - f / Fma(y, f, Create(1.0));
    }

    internal static Vector512<double> Erfinv(Vector512<double> x)
    {
        var a = Abs(x);
        var inside = Clamp(a, 0, 0.99999999999999989);
        var y = ErfinvStep(inside, ErfinvStep(inside, ErfinvStart(inside)));
        y = ConditionalSelect(Vector512.Equals(a, Create(1.0)), Create(double.PositiveInfinity), y);
        y = ConditionalSelect(LessThanOrEqual(a, Create(1.0)), y, Create(double.NaN));
        return NaNWhereNaN(y, WithSign(y, x));
    }

    internal static Vector512<float> Erfinv(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Erfinv(low), Erfinv(high));
    }
}
