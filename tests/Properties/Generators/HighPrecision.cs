using System.Numerics;

namespace DistGrad.Properties.Generators;

/// <summary>
/// A binary number of 192 bits and elementary functions of it, good to 40 digits and more, by series and Newton's
/// method: slow, short, and with nothing in common with the kernels that they judge.
/// </summary>
internal readonly record struct HighPrecision(BigInteger Mantissa, int Exponent)
{
    const int Bits = 192;

    public static readonly HighPrecision Zero = new(0, 0), One = new(1, 0), Two = new(1, 1), Half = new(1, -1);
    static readonly BigInteger PiFixed = MachinPi();
    public static readonly HighPrecision Pi = Rounded(PiFixed, -PiBits);
    public static readonly HighPrecision HalfPi = Pi * Half;
    public static readonly HighPrecision Ln2 = Log1pByNewton(One);
    public static readonly HighPrecision Ln10 = Log(10.0);
    static readonly HighPrecision RootPi = Sqrt(Pi);
    const int PiBits = 1600;

    public static implicit operator HighPrecision(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var (biased, fraction) = ((int)(bits >> 52) & 0x7FF, bits & 0xFFFFFFFFFFFFF);
        BigInteger mantissa = biased == 0 ? fraction : fraction | 1L << 52;
        return new(x < 0 ? -mantissa : mantissa, Math.Max(biased, 1) - 1075);
    }

    public static HighPrecision operator +(HighPrecision a, HighPrecision b)
    {
        if (a.Mantissa.IsZero) return b;
        if (b.Mantissa.IsZero) return a;
        if (a.Exponent < b.Exponent) (a, b) = (b, a);
        // A term below the last bit of the other only matters for its sign, which 192 bits forgive.
        if (a.Top - b.Top > 2 * Bits) return a;
        if (b.Top - a.Top > 2 * Bits) return b;
        return Rounded((a.Mantissa << (a.Exponent - b.Exponent)) + b.Mantissa, b.Exponent);
    }

    public static HighPrecision operator -(HighPrecision a) => new(-a.Mantissa, a.Exponent);
    public static HighPrecision operator -(HighPrecision a, HighPrecision b) => a + -b;

    public static HighPrecision operator *(HighPrecision a, HighPrecision b) =>
        Rounded(a.Mantissa * b.Mantissa, a.Exponent + b.Exponent);

    public static HighPrecision operator /(HighPrecision a, HighPrecision b)
    {
        var shift = Math.Max(0, Bits + 2 + b.Length - a.Length);
        return Rounded((a.Mantissa << shift) / b.Mantissa, a.Exponent - shift - b.Exponent);
    }

    public static bool operator <(HighPrecision a, HighPrecision b) => (a - b).Mantissa.Sign < 0;
    public static bool operator >(HighPrecision a, HighPrecision b) => (a - b).Mantissa.Sign > 0;

    /// <summary>The exponent e with 2^e at most |this| below 2^(e+1).</summary>
    public int Magnitude => Top - 1;

    public bool IsZero => Mantissa.IsZero;

    public static HighPrecision Abs(HighPrecision x) => x.Mantissa.Sign < 0 ? -x : x;
    public static HighPrecision PowerOfTwo(int n) => new(1, n);

    /// <summary>A double within a unit or two of the last place; 0 or infinity beyond the range.</summary>
    public double ToDouble()
    {
        var shift = Length - 60;
        return Math.ScaleB((double)(long)(shift > 0 ? Mantissa >> shift : Mantissa), Exponent + Math.Max(shift, 0));
    }

    public static HighPrecision Sqrt(HighPrecision x)
    {
        if (x.Mantissa.IsZero) return Zero;
        var shift = 2 * Bits + (x.Exponent & 1);
        var (target, root) = (x.Mantissa << shift, BigInteger.One << ((x.Length + shift) / 2 + 1));
        for (; ; )
        {
            var next = (root + target / root) >> 1;
            if (next >= root) return Rounded(root, (x.Exponent - shift) / 2);
            root = next;
        }
    }

    /// <summary>e^x; beyond 5000, as far outside the range of a double as at 5000.</summary>
    public static HighPrecision Exp(HighPrecision x)
    {
        var n = (int)Math.Round(Math.Clamp(x.ToDouble(), -5000, 5000) / 0.6931471805599453);
        if (Math.Abs(n) > 7000) return PowerOfTwo(n);
        return (One + Expm1Series(x - Ln2 * n)) * PowerOfTwo(n);
    }

    public static HighPrecision Expm1(HighPrecision x) =>
        Math.Abs(x.ToDouble()) < 0.5 ? Expm1Series(x) : Exp(x) - One;

    public static HighPrecision Log(HighPrecision x)
    {
        if (x > Half && x < Two) return Log1pByNewton(x - One);
        return Log1pByNewton(x * PowerOfTwo(-x.Magnitude) - One) + Ln2 * x.Magnitude;
    }

    public static HighPrecision Log1p(HighPrecision x) => x > -Half && x < One ? Log1pByNewton(x) : Log(One + x);

    public static (HighPrecision Sin, HighPrecision Cos) SinCos(HighPrecision x)
    {
        var (turns, rest) = QuarterTurns(x);
        var (s, c) = (Series(rest, -(rest * rest), 1), Series(One, -(rest * rest), 0));
        return (turns & 3) switch { 0 => (s, c), 1 => (c, -s), 2 => (-s, -c), _ => (-c, s) };
    }

    public static HighPrecision Atan(HighPrecision x)
    {
        if (x.Magnitude < -100) return x - x * x * x / 3;
        if (x.Magnitude > 100) return (x.Mantissa.Sign < 0 ? -HalfPi : HalfPi) - One / x;
        HighPrecision start = Math.Atan(x.ToDouble());
        var (s, c) = SinCos(start);
        var d = (x * c - s) / (c + x * s);
        return start + d - d * d * d / 3;
    }

    public static HighPrecision Atan2(HighPrecision y, HighPrecision x)
    {
        if (x.Mantissa.IsZero) return y.Mantissa.Sign < 0 ? -HalfPi : HalfPi;
        var angle = Atan(y / x);
        return x.Mantissa.Sign > 0 ? angle : y.Mantissa.Sign < 0 ? angle - Pi : angle + Pi;
    }

    /// <summary>2/sqrt(pi) e^(-x^2) (x + 2 x^3/3 + 4 x^5/15 + ...), in which nothing cancels.</summary>
    public static HighPrecision Erf(HighPrecision x)
    {
        if (Math.Abs(x.ToDouble()) > 12) return x.Mantissa.Sign < 0 ? -One : One;
        var (term, sum, square) = (x, x, Two * x * x);
        for (var k = 1; !term.Mantissa.IsZero && term.Top > sum.Top - Bits; k++)
            sum += term = term * square / (2 * k + 1);
        return Two / RootPi * Exp(-(x * x)) * sum;
    }

    /// <summary>Beyond 5 by e^(-x^2) / sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))).</summary>
    public static HighPrecision Erfc(HighPrecision x)
    {
        if (x.ToDouble() < 5) return One - Erf(x);
        if (x.ToDouble() > 60) return PowerOfTwo(-5000);
        var fraction = x;
        for (var k = 100; k > 0; k--) fraction = x + Half * k / fraction;
        return Exp(-(x * x)) / RootPi / fraction;
    }

    /// <summary>log Gamma(x) for x > 0: Stirling's series at 60 or more, and down by the recurrence.</summary>
    public static HighPrecision LogGamma(HighPrecision x)
    {
        if ((x - One).IsZero || (x - Two).IsZero) return Zero;
        var (product, y) = (One, x);
        for (; y.ToDouble() < 60; y += One) product *= y;
        var sum = (y - Half) * Log(y) - y + Log(Two * Pi) * Half;
        for (var (k, power) = (1, One / y); k <= Bernoulli.Length; k++, power = power / y / y)
            sum += power * new HighPrecision(Bernoulli[k - 1].Top, 0) /
                new HighPrecision(Bernoulli[k - 1].Bottom * 2 * k * (2 * k - 1), 0);
        return sum - Log(product);
    }

    /// <summary>The derivative of <see cref="LogGamma"/>.</summary>
    public static HighPrecision Digamma(HighPrecision x)
    {
        var (steps, y) = (Zero, x);
        for (; y.ToDouble() < 60; y += One) steps += One / y;
        var sum = Log(y) - Half / y;
        for (var (k, power) = (1, One / y / y); k <= Bernoulli.Length; k++, power = power / y / y)
            sum -= power * new HighPrecision(Bernoulli[k - 1].Top, 0) /
                new HighPrecision(Bernoulli[k - 1].Bottom * 2 * k, 0);
        return sum - steps;
    }

    /// <summary>The inverse of erf, by Halley's method from an approximation good to 1 in 500.</summary>
    /// <remarks>S. Winitzki, "A handy approximation for the error function and its inverse" (2008).</remarks>
    public static HighPrecision Erfinv(HighPrecision x)
    {
        var a = x.ToDouble();
        var log = Log((One - x) * (One + x)).ToDouble();
        var half = (2 / (Math.PI * 0.147)) + (log / 2);
        HighPrecision y = Math.Abs(a) < 1e-4
            ? a * Math.Sqrt(Math.PI) / 2
            : Math.CopySign(Math.Sqrt(Math.Sqrt((half * half) - (log / 0.147)) - half), a);
        for (var k = 0; k < 4; k++)
        {
            var f = (Erf(y) - x) * RootPi * Half * Exp(y * y);
            y -= f / (One + y * f);
        }
        return y;
    }

    // B(2), B(4), ... (Abramowitz and Stegun, table 23.2).
    static readonly (BigInteger Top, BigInteger Bottom)[] Bernoulli =
    [
        (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798), (-174611, 330),
        (854513, 138), (-236364091, 2730), (8553103, 6), (-23749461029, 870), (8615841276005, 14322),
    ];

    int Length => (int)BigInteger.Abs(Mantissa).GetBitLength();
    int Top => Length + Exponent;

    static HighPrecision Rounded(BigInteger mantissa, int exponent)
    {
        var extra = (int)BigInteger.Abs(mantissa).GetBitLength() - Bits;
        return extra > 0 ? new(mantissa >> extra, exponent + extra) : new(mantissa, exponent);
    }

    static HighPrecision Expm1Series(HighPrecision x)
    {
        var (term, sum) = (x, x);
        for (var k = 2; !term.Mantissa.IsZero && term.Top > sum.Top - Bits; k++) sum += term = term * x / k;
        return sum;
    }

    // first + first square / ((k+1)(k+2)) + ...: sine from x and 1, cosine from 1 and 0, with the square negated.
    static HighPrecision Series(HighPrecision first, HighPrecision square, int k)
    {
        var (term, sum) = (first, first);
        for (; !term.Mantissa.IsZero && term.Top > sum.Top - Bits; k += 2)
            sum += term = term * square / ((k + 1) * (k + 2));
        return sum;
    }

    // A step of Halley's method on e^y = 1 + x from a double: three times its digits.
    static HighPrecision Log1pByNewton(HighPrecision x)
    {
        if (x.Magnitude < -60) return x - x * x * Half;
        var near = x.ToDouble();
        HighPrecision y = Math.Abs(near) < 1e-7 ? near - near * near / 2 + near * near * near / 3 : Math.Log(1 + near);
        var e = y.Mantissa.IsZero ? Zero : Expm1Series(y);
        return y + Two * (x - e) / (Two + x + e);
    }

    static (int Turns, HighPrecision Remainder) QuarterTurns(HighPrecision x)
    {
        if (Math.Abs(x.ToDouble()) < 0.78) return (0, x);
        var (value, quarter) = (Shifted(x.Mantissa, x.Exponent + PiBits), PiFixed >> 1);
        var n = BigInteger.Divide(2 * value + quarter * x.Mantissa.Sign, 2 * quarter);
        return ((int)(((n % 4) + 4) % 4), Rounded(value - n * quarter, -PiBits));
    }

    static BigInteger Shifted(BigInteger x, int shift) => shift >= 0 ? x << shift : x >> -shift;

    // pi = 16 atan(1/5) - 4 atan(1/239) (J. Machin, 1706).
    static BigInteger MachinPi()
    {
        static BigInteger InverseAtan(int n)
        {
            var (power, sum) = ((BigInteger.One << (PiBits + 32)) / n, BigInteger.Zero);
            for (var k = 1; !power.IsZero; k += 2, power /= n * n) sum += (k & 2) == 0 ? power / k : -(power / k);
            return sum;
        }
        return (16 * InverseAtan(5) - 4 * InverseAtan(239)) >> 32;
    }
}
