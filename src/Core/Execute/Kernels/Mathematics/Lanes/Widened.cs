using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// The single-precision functions that no inner loop waits for: as doubles, rounded once.
internal static partial class OnVector512
{
    internal static Vector512<float> Tan(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Tan(low), Tan(high));
    }

    internal static Vector512<float> Asin(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Asin(low), Asin(high));
    }

    internal static Vector512<float> Acos(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Acos(low), Acos(high));
    }

    internal static Vector512<float> Atan(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Atan(low), Atan(high));
    }

    internal static Vector512<float> Sinh(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Sinh(low), Sinh(high));
    }

    internal static Vector512<float> Cosh(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Cosh(low), Cosh(high));
    }

    internal static Vector512<float> Erfc(Vector512<float> x)
    {
        var (low, high) = Widen(x);
        return Narrow(Erfc(low), Erfc(high));
    }

    internal static Vector512<float> Atan2(Vector512<float> y, Vector512<float> x)
    {
        var (yLow, yHigh) = Widen(y);
        var (xLow, xHigh) = Widen(x);
        return Narrow(Atan2(yLow, xLow), Atan2(yHigh, xHigh));
    }
}
