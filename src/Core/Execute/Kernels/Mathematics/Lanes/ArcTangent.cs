using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace DistGrad.Execute.Kernels;

// The angle of a point in the first octant, 0 <= a <= b, from a / b up to tan(pi/8) and from (a - b) / (a + b)
// beyond, which is that angle less pi/4; the other octants are reflections (Cephes, S. Moshier, 1984). The quotient
// is kept with its rest. atan t = t + t^3 p(t^2), p minimax by minimax.py.
internal static partial class OnVector512
{
    // eighths pi/4 +- the angle of a / b, less pi/4 and eighths + 1 where that is taken.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<double> Angle(
        Vector512<double> a, Vector512<double> b, Vector512<double> eighths, Vector512<double> sign)
    {
        var (sum, sumTail) = TwoSum(a, b);
        var (difference, differenceTail) = TwoSum(a, -b);
        var far = GreaterThan(a, b * Create(0.41421356237309503));
        var (t, dt) = Divide(
            ConditionalSelect(far, difference, a), differenceTail & far, ConditionalSelect(far, sum, b), sumTail & far);

        var z = t * t;
        var p = Horner(z, Create(0.015181728473912179), -0.033461294763774345, 0.045029864174040896);
        p = Horner(z, p, -0.052182664911049725, 0.05877000461574003, -0.06666224587167234, 0.07692282612302426);
        p = Horner(z, p, -0.09090908138084591, 0.11111111088000122, -0.14285714285385176, 0.19999999999997647);
        p = t * z * Horner(z, p, -0.33333333333333326);

        eighths += sign & far;
        var (turn, turnTail) = TwoProduct(eighths, Create(0.7853981633974483));
        turnTail = Fma(eighths, Create(3.061616997868383e-17), turnTail);
        var (angle, tail) = OrderedSum(turn, sign * t);
        return angle + (tail + (turnTail + sign * (p + dt)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Atan(Vector512<double> x)
    {
        var magnitude = Clamp(Abs(x), 0, 1e30);
        var steep = GreaterThan(magnitude, Create(1.0));
        var angle = Angle(
            ConditionalSelect(steep, Create(1.0), magnitude), ConditionalSelect(steep, magnitude, Create(1.0)),
            Create(2.0) & steep, ConditionalSelect(steep, Create(-1.0), Create(1.0)));
        return NaNWhereNaN(x, WithSign(angle, x));
    }

    // An infinite coordinate hides finite ones, and beside the origin's zero any number is long. Numbers whose quotient
    // or rest would leave the normal range are first scaled alike.
    internal static Vector512<double> Atan2(Vector512<double> y, Vector512<double> x)
    {
        var (height, width) = (Abs(y), Abs(x));
        var infinity = Create(double.PositiveInfinity);
        var infinite = Vector512.Equals(height, infinity) | Vector512.Equals(width, infinity);
        height = ConditionalSelect(infinite, Create(1.0) & Vector512.Equals(height, infinity), height);
        width = ConditionalSelect(infinite, Create(1.0) & Vector512.Equals(width, infinity), width);

        var steep = GreaterThan(height, width);
        var (a, b) = (ConditionalSelect(steep, width, height), ConditionalSelect(steep, height, width));
        b = ConditionalSelect(Vector512.Equals(b, Vector512<double>.Zero), Create(1.0), b);
        var scale = ConditionalSelect(GreaterThan(b, Create(1e300)), Create(1.262177448353619e-29), Create(1.0));
        scale = ConditionalSelect(LessThan(b, Create(1e-150)), Create(3.273390607896142e+150), scale);

        var backwards = LessThan(x.AsInt64(), Vector512<long>.Zero).AsDouble();
        var eighths = ConditionalSelect(steep, Create(2.0), Create(4.0) & backwards);
        var sign = ConditionalSelect(steep ^ backwards, Create(-1.0), Create(1.0));
        var angle = WithSign(Angle(a * scale, b * scale, eighths, sign), y);
        return NaNWhereNaN(x, NaNWhereNaN(y, angle));
    }
}
