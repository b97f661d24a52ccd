namespace DistGrad;

public partial class Tensor
{
    /// <summary>
    /// log(e^x + e^y), elementwise, of broadcast shapes, without overflow. Of two infinities alike it is that infinity,
    /// with derivative 0.
    /// </summary>
    public static Tensor LogAddExp(Tensor x, Tensor y)
    {
        (x, y) = OfOneDType("logaddexp", x, y);
        x.RequireFloat("logaddexp");
        // Either way is smooth where the two meet, so derivatives of any order are right on both sides and there.
        var sum = Where(x > y, x + Softplus(y - x), y + Softplus(x - y));
        return Where(And(Equal(x, y), Equal(Abs(x), double.PositiveInfinity)), StopGradient(x), sum);
    }

    /// <summary>
    /// The length of (x, y), elementwise, of broadcast shapes, without overflow; its derivatives at the origin are 0.
    /// </summary>
    public static Tensor Hypot(Tensor x, Tensor y)
    {
        (x, y) = OfOneDType("hypot", x, y);
        x.RequireFloat("hypot");
        var size = StopGradient(Maximum(Abs(x), Abs(y)));
        var scale = Where(Or(Equal(size, 0), Equal(size, double.PositiveInfinity)), 1, size);
        var (a, b) = (x / scale, y / scale);
        var length = scale * SqrtFlatAtZero((a * a) + (b * b));
        // An infinite side makes it infinite, whatever the other one is.
        var infinite = Or(Equal(Abs(x), double.PositiveInfinity), Equal(Abs(y), double.PositiveInfinity));
        return Where(infinite, double.PositiveInfinity, length);
    }

    /// <summary>x log y, elementwise, of broadcast shapes; 0 where x is 0, unless y is NaN.</summary>
    public static Tensor XLogY(Tensor x, Tensor y)
    {
        (x, y) = OfOneDType("xlogy", x, y);
        x.RequireFloat("xlogy");
        var flat = And(Equal(x, 0), Or(y <= 0, Equal(y, double.PositiveInfinity)));
        return Where(flat, 0, x * Log(Where(flat, 1, y)));
    }
}
