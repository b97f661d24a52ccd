using System.Numerics;
using System.Reflection;
using System.Runtime.Intrinsics;
using DistGrad.Execute.Kernels;
using Xunit;
using H = DistGrad.Properties.Generators.HighPrecision;

namespace DistGrad.Properties.Laws;

/// <summary>The elementary functions are within 2 units in the last place of the truth, in both precisions.</summary>
public sealed class ElementaryFunctionLaws
{
    const double Allowed = 2;
    const int Points = 3008;

    delegate Vector512<T> Lanes<T>(Vector512<T> x, Vector512<T> y);

    // A function of one argument ignores the second. Low and High bound the arguments where it has most to say.
    sealed record Function(
        Lanes<double> Double, Lanes<float> Single, Func<H, H, H> Truth, double Low, double High, bool Binary = false)
    {
        public Func<double, double, bool> Defined { get; init; } = (_, _) => true;

        public double Allowed { get; init; } = ElementaryFunctionLaws.Allowed;
    }

    static readonly Dictionary<string, Function> Functions = new()
    {
        ["Exp"] = new((x, _) => VectorMath.Exp(x), (x, _) => VectorMath.Exp(x), (x, _) => H.Exp(x), -750, 720),
        ["Exp2"] = new(
            (x, _) => VectorMath.Exp2(x), (x, _) => VectorMath.Exp2(x), (x, _) => H.Exp(x * H.Ln2), -1080, 1030),
        ["Expm1"] = new((x, _) => VectorMath.Expm1(x), (x, _) => VectorMath.Expm1(x), (x, _) => H.Expm1(x), -45, 720),
        ["Log"] = new((x, _) => VectorMath.Log(x), (x, _) => VectorMath.Log(x), (x, _) => H.Log(x), 0, 3)
        { Defined = (x, _) => x > 0 },
        ["Log2"] = new((x, _) => VectorMath.Log2(x), (x, _) => VectorMath.Log2(x), (x, _) => H.Log(x) / H.Ln2, 0, 3)
        { Defined = (x, _) => x > 0 },
        ["Log10"] = new((x, _) => VectorMath.Log10(x), (x, _) => VectorMath.Log10(x), (x, _) => H.Log(x) / H.Ln10, 0, 3)
        { Defined = (x, _) => x > 0 },
        ["Log1p"] = new((x, _) => VectorMath.Log1p(x), (x, _) => VectorMath.Log1p(x), (x, _) => H.Log1p(x), -1, 3)
        { Defined = (x, _) => x > -1 },
        ["Sin"] = new((x, _) => VectorMath.Sin(x), (x, _) => VectorMath.Sin(x), (x, _) => H.SinCos(x).Sin, -30, 30),
        ["Cos"] = new((x, _) => VectorMath.Cos(x), (x, _) => VectorMath.Cos(x), (x, _) => H.SinCos(x).Cos, -30, 30),
        ["Tan"] = new((x, _) => VectorMath.Tan(x), (x, _) => VectorMath.Tan(x), (x, _) => Tan(x), -30, 30),
        ["Asin"] = new((x, _) => VectorMath.Asin(x), (x, _) => VectorMath.Asin(x), (x, _) => Asin(x), -1, 1)
        { Defined = (x, _) => Math.Abs(x) <= 1 },
        ["Acos"] = new((x, _) => VectorMath.Acos(x), (x, _) => VectorMath.Acos(x), (x, _) => Acos(x), -1, 1)
        { Defined = (x, _) => Math.Abs(x) <= 1 },
        ["Atan"] = new((x, _) => VectorMath.Atan(x), (x, _) => VectorMath.Atan(x), (x, _) => H.Atan(x), -4, 4),
        ["Sinh"] = new((x, _) => VectorMath.Sinh(x), (x, _) => VectorMath.Sinh(x), (x, _) => Sinh(x), -715, 715),
        ["Cosh"] = new((x, _) => VectorMath.Cosh(x), (x, _) => VectorMath.Cosh(x), (x, _) => Cosh(x), -715, 715),
        ["Tanh"] = new((x, _) => VectorMath.Tanh(x), (x, _) => VectorMath.Tanh(x), (x, _) => Tanh(x), -24, 24),
        ["Sigmoid"] = new(
            (x, _) => VectorMath.Sigmoid(x), (x, _) => VectorMath.Sigmoid(x), (x, _) => Sigmoid(x), -750, 40),
        ["Softplus"] = new(
            (x, _) => VectorMath.Softplus(x), (x, _) => VectorMath.Softplus(x), (x, _) => Softplus(x), -750, 40),
        ["Erf"] = new((x, _) => VectorMath.Erf(x), (x, _) => VectorMath.Erf(x), (x, _) => H.Erf(x), -6.5, 6.5),
        ["Erfc"] = new((x, _) => VectorMath.Erfc(x), (x, _) => VectorMath.Erfc(x), (x, _) => H.Erfc(x), -6, 28),
        ["Asinh"] = new((x, _) => VectorMath.Asinh(x), (x, _) => VectorMath.Asinh(x), (x, _) => Asinh(x), -4, 4),
        ["Acosh"] = new((x, _) => VectorMath.Acosh(x), (x, _) => VectorMath.Acosh(x), (x, _) => Acosh(x), 1, 4)
        { Defined = (x, _) => x >= 1 },
        ["Atanh"] = new((x, _) => VectorMath.Atanh(x), (x, _) => VectorMath.Atanh(x), (x, _) => Atanh(x), -1, 1)
        { Defined = (x, _) => Math.Abs(x) < 1 },
        // Near 1 a unit of the last place of x is many of the result's, and the last step rounds on the way.
        ["Erfinv"] = new(
            (x, _) => VectorMath.Erfinv(x), (x, _) => VectorMath.Erfinv(x), (x, _) => H.Erfinv(x), -1, 1)
        { Defined = (x, _) => Math.Abs(x) < 1, Allowed = 4 },
        // Above 0: below, it is near 0 between the poles, and what cancels there is only as good as its terms. Around
        // 1 two terms that cancel in part each bring their rounding.
        ["Lgamma"] = new(
            (x, _) => VectorMath.Lgamma(x), (x, _) => VectorMath.Lgamma(x), (x, _) => H.LogGamma(x), 0, 12)
        { Defined = (x, _) => x > 0, Allowed = 4 },
        // Above 0, and not beside its zero 1.46..., where the sum of its terms is as good as they are, not as it is.
        ["Digamma"] = new(
            (x, _) => VectorMath.Digamma(x), (x, _) => VectorMath.Digamma(x), (x, _) => H.Digamma(x), 0, 12)
        { Defined = (x, _) => x is (> 0 and < 1) or > 2, Allowed = 12 },
        ["Atan2"] = new(VectorMath.Atan2, VectorMath.Atan2, H.Atan2, -4, 4, Binary: true)
        { Defined = (y, x) => y != 0 },
        ["Pow"] = new(VectorMath.Pow, VectorMath.Pow, Pow, -5, 5, Binary: true)
        { Defined = (x, y) => x > 0 || (x < 0 && Math.Floor(y) == y) },
    };

    static H Tan(H x) => H.SinCos(x) is var (s, c) ? s / c : default;
    static H Asin(H x) => (H.One - H.Abs(x)).IsZero ? H.HalfPi * x : H.Atan(x / H.Sqrt((H.One - x) * (H.One + x)));
    static H Acos(H x) => (x + H.One).IsZero ? H.Pi : H.Two * H.Atan(H.Sqrt((H.One - x) / (H.One + x)));
    static H Sinh(H x) => H.Abs(x) < H.One ? SinhNear(H.Expm1(x)) : (H.Exp(x) - H.Exp(-x)) * H.Half;
    static H SinhNear(H e) => (e + e / (H.One + e)) * H.Half;
    static H Cosh(H x) => (H.Exp(x) + H.Exp(-x)) * H.Half;
    static H Tanh(H x) => H.Expm1(H.Two * x) is var e ? e / (e + H.Two) : default;
    static H Sigmoid(H x) => H.One / (H.One + H.Exp(-x));
    static H Softplus(H x) => x > H.Zero ? x + H.Log1p(H.Exp(-x)) : H.Log1p(H.Exp(x));

    static H Asinh(H x) => x < H.Zero ? -Asinh(-x) : H.Log1p(x + x * x / (H.One + H.Sqrt(H.One + x * x)));
    static H Acosh(H x) => x - H.One is var t ? H.Log1p(t + H.Sqrt(t * (H.Two + t))) : default;
    static H Atanh(H x) => H.Log1p(H.Two * x / (H.One - x)) * H.Half;

    static H Pow(H x, H y)
    {
        var power = H.Exp(y * H.Log(H.Abs(x)));
        return x < H.Zero && Math.Abs(y.ToDouble()) % 2 == 1 ? -power : power;
    }

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory, MemberData(nameof(Names))]
    public void WithinTwoUlpsInDouble(string name)
    {
        var function = Functions[name];
        var (x, y) = Arguments(function, bits => BitConverter.UInt64BitsToDouble(bits), Math.BitIncrement);
        var got = Apply(function.Double, x, y);
        Check(name, function, x, y, got, 53, -1074, double.MaxValue);
    }

    [Theory, MemberData(nameof(Names))]
    public void WithinTwoUlpsInSingle(string name)
    {
        var function = Functions[name];
        var (x, y) = Arguments(
            function, bits => BitConverter.UInt32BitsToSingle((uint)(bits >> 32)), v => MathF.BitIncrement((float)v));
        var got = Apply(function.Single, ToSingle(x), ToSingle(y));
        Check(name, function, x, y, [.. got.Select(v => (double)v)], 24, -149, float.MaxValue);
    }

    // Vectors of 256 bits stand in for 512 where there are none: the same bits, NaNs included.
    [Theory, MemberData(nameof(Names))]
    public void TheSameBitsAtBothWidths(string name)
    {
        var function = Functions[name] with { Defined = (_, _) => true };
        var (x, y) = Arguments(function, bits => BitConverter.UInt64BitsToDouble(bits), Math.BitIncrement);
        Assert.Equal(
            Apply(function.Double, x, y).Select(BitConverter.DoubleToUInt64Bits),
            Halves<double>(name, x, y).Select(BitConverter.DoubleToUInt64Bits));
        Assert.Equal(
            Apply(function.Single, ToSingle(x), ToSingle(y)).Select(BitConverter.SingleToUInt32Bits),
            Halves<float>(name, ToSingle(x), ToSingle(y)).Select(BitConverter.SingleToUInt32Bits));
    }

    // A lane may not look at its neighbours: a rare slow path in one must not change another.
    [Theory, MemberData(nameof(Names))]
    public void ALaneDependsOnItselfOnly(string name)
    {
        var function = Functions[name] with { Defined = (_, _) => true };
        var (x, y) = Arguments(function, bits => BitConverter.UInt64BitsToDouble(bits), Math.BitIncrement);
        var together = Apply(function.Double, x, y);
        for (var i = 0; i < x.Length; i += 7)
        {
            var alone = function.Double(Vector512.Create(x[i]), Vector512.Create(y[i]));
            Assert.Equal(Vector512.Create(together[i]).AsInt64(), alone.AsInt64());
        }
    }

    static readonly double Inf = double.PositiveInfinity, NaN = double.NaN;

    public static TheoryData<string, double, double> Specials => new()
    {
        { "Exp", 0, 1 }, { "Exp", -0.0, 1 }, { "Exp", Inf, Inf }, { "Exp", -Inf, 0 }, { "Exp", NaN, NaN },
        { "Exp2", 0, 1 }, { "Exp2", 10, 1024 }, { "Exp2", -3, 0.125 }, { "Exp2", Inf, Inf }, { "Exp2", -Inf, 0 },
        { "Exp2", NaN, NaN }, { "Expm1", Inf, Inf }, { "Expm1", -Inf, -1 }, { "Expm1", NaN, NaN },
        { "Log", 1, 0 }, { "Log", 0, -Inf }, { "Log", -0.0, -Inf }, { "Log", -1, NaN }, { "Log", Inf, Inf },
        { "Log", -Inf, NaN }, { "Log", NaN, NaN }, { "Log2", 1, 0 }, { "Log2", 8, 3 }, { "Log2", 0.25, -2 },
        { "Log2", 0, -Inf }, { "Log2", -1, NaN }, { "Log2", Inf, Inf }, { "Log2", NaN, NaN }, { "Log10", 1, 0 },
        { "Log10", 1000, 3 }, { "Log10", 1e10, 10 }, { "Log10", 0, -Inf }, { "Log10", -1, NaN }, { "Log10", Inf, Inf },
        { "Log10", NaN, NaN }, { "Log1p", -1, -Inf }, { "Log1p", -2, NaN }, { "Log1p", Inf, Inf },
        { "Log1p", -Inf, NaN }, { "Log1p", NaN, NaN }, { "Sin", Inf, NaN }, { "Sin", -Inf, NaN }, { "Sin", NaN, NaN },
        { "Cos", 0, 1 }, { "Cos", Inf, NaN }, { "Cos", NaN, NaN }, { "Tan", Inf, NaN }, { "Tan", NaN, NaN },
        { "Asin", 1.5, NaN }, { "Asin", NaN, NaN }, { "Asin", Inf, NaN }, { "Acos", 1, 0 }, { "Acos", -1.5, NaN },
        { "Acos", NaN, NaN }, { "Acos", -Inf, NaN }, { "Atan", NaN, NaN }, { "Sinh", Inf, Inf }, { "Sinh", -Inf, -Inf },
        { "Sinh", NaN, NaN }, { "Cosh", 0, 1 }, { "Cosh", -Inf, Inf }, { "Cosh", NaN, NaN }, { "Tanh", Inf, 1 },
        { "Tanh", -Inf, -1 }, { "Tanh", NaN, NaN }, { "Sigmoid", 0, 0.5 }, { "Sigmoid", Inf, 1 },
        { "Sigmoid", -Inf, 0 }, { "Sigmoid", NaN, NaN }, { "Softplus", Inf, Inf },
        { "Softplus", -Inf, 0 }, { "Softplus", NaN, NaN },
        { "Erf", Inf, 1 }, { "Erf", -Inf, -1 }, { "Erf", NaN, NaN }, { "Erfc", Inf, 0 }, { "Erfc", -Inf, 2 },
        { "Erfc", NaN, NaN }, { "Asinh", Inf, Inf }, { "Asinh", -Inf, -Inf }, { "Asinh", NaN, NaN }, { "Acosh", 1, 0 },
        { "Acosh", 0.5, NaN }, { "Acosh", -Inf, NaN }, { "Acosh", Inf, Inf }, { "Acosh", NaN, NaN },
        { "Atanh", 1, Inf },
        { "Atanh", -1, -Inf }, { "Atanh", 1.5, NaN }, { "Atanh", Inf, NaN }, { "Atanh", NaN, NaN },
        { "Erfinv", 1, Inf }, { "Erfinv", -1, -Inf }, { "Erfinv", 2, NaN }, { "Erfinv", Inf, NaN },
        { "Erfinv", NaN, NaN }, { "Lgamma", 1, 0 }, { "Lgamma", 2, 0 }, { "Lgamma", 0, Inf }, { "Lgamma", -0.0, Inf },
        { "Lgamma", -3, Inf }, { "Lgamma", Inf, Inf }, { "Lgamma", -Inf, Inf }, { "Lgamma", NaN, NaN },
        { "Digamma", 0, -Inf }, { "Digamma", -0.0, Inf }, { "Digamma", -2, NaN }, { "Digamma", Inf, Inf },
        { "Digamma", -Inf, NaN }, { "Digamma", NaN, NaN },
    };

    [Theory, MemberData(nameof(Specials))]
    public void SpecialValues(string name, double x, double value) => At(name, x, 0, value);

    public static TheoryData<double, double, double> Powers => new()
    {
        { NaN, 0, 1 }, { 0, 0, 1 }, { Inf, -0.0, 1 }, { 1, NaN, 1 }, { 1, Inf, 1 }, { -1, Inf, 1 }, { -1, -Inf, 1 },
        { NaN, 1, NaN }, { 2, NaN, NaN }, { -8, 1.0 / 3, NaN }, { -2, 3, -8 }, { -2, 2, 4 }, { -2, -3, -0.125 },
        { 0, 3, 0 }, { -0.0, 3, -0.0 }, { -0.0, 2, 0 }, { -0.0, 0.5, 0 }, { 0, -3, Inf }, { -0.0, -3, -Inf },
        { -0.0, -2, Inf }, { -0.0, -0.5, Inf }, { 0, -Inf, Inf }, { -0.0, Inf, 0 }, { 0.5, Inf, 0 }, { 0.5, -Inf, Inf },
        { 2, Inf, Inf }, { 2, -Inf, 0 }, { -3, Inf, Inf }, { -0.5, Inf, 0 }, { Inf, 2, Inf }, { Inf, -2, 0 },
        { -Inf, 3, -Inf }, { -Inf, 2, Inf }, { -Inf, 0.5, Inf }, { -Inf, -3, -0.0 }, { -Inf, -2, 0 }, { Inf, Inf, Inf },
        { -Inf, -Inf, 0 }, { 10, 2, 100 }, { -1, 16777215, -1 }, { -1, 16777216, 1 }, { 3, 1, 3 },
        { 1.0 / 1024, -2, 1048576 },
    };

    [Theory, MemberData(nameof(Powers))]
    public void SpecialPowers(double x, double y, double value) => At("Pow", x, y, value);

    public static TheoryData<double, double, double> Angles => new()
    {
        { 0, 1, 0 }, { -0.0, 1, -0.0 }, { 0, 0, 0 }, { -0.0, 0, -0.0 }, { 0, -0.0, Math.PI }, { -0.0, -0.0, -Math.PI },
        { 0, -1, Math.PI }, { 1, 0, Math.PI / 2 }, { -1, -0.0, -Math.PI / 2 }, { 1, Inf, 0 }, { -1, Inf, -0.0 },
        { 1, -Inf, Math.PI }, { Inf, 1, Math.PI / 2 }, { -Inf, 1, -Math.PI / 2 }, { Inf, Inf, Math.PI / 4 },
        { Inf, -Inf, 3 * (Math.PI / 4) }, { -Inf, Inf, -Math.PI / 4 }, { NaN, 1, NaN }, { 1, NaN, NaN },
        { Inf, NaN, NaN }, { 1, 1, Math.PI / 4 },
    };

    [Theory, MemberData(nameof(Angles))]
    public void SpecialAngles(double y, double x, double value) => At("Atan2", y, x, value);

    [Theory]
    [InlineData("Expm1"), InlineData("Log1p"), InlineData("Sin"), InlineData("Tan"), InlineData("Asin")]
    [InlineData("Atan"), InlineData("Sinh"), InlineData("Tanh"), InlineData("Erf"), InlineData("Asinh")]
    [InlineData("Atanh"), InlineData("Erfinv")]
    public void ZeroKeepsItsSign(string name)
    {
        At(name, 0, 0, 0);
        At(name, -0.0, 0, -0.0);
    }

    [Theory]
    [InlineData("Sin"), InlineData("Tan"), InlineData("Asin"), InlineData("Atan"), InlineData("Sinh")]
    [InlineData("Tanh"), InlineData("Erf"), InlineData("Asinh"), InlineData("Erfinv")]
    public void OddFunctionsAreOdd(string name)
    {
        var function = Functions[name];
        var (x, y) = Arguments(function, bits => BitConverter.UInt64BitsToDouble(bits), Math.BitIncrement);
        var mirrored = Apply(function.Double, [.. x.Select(v => -v)], y);
        Assert.Equal(Apply(function.Double, x, y).Select(v => -v), mirrored);
    }

    /// <summary>The judge is judged by published digits (Abramowitz and Stegun, tables 1.1 and 7.1; OEIS).</summary>
    [Fact]
    public void TheReferenceKnowsThePublishedConstants()
    {
        Assert.Equal("314159265358979323846264338327950288419", Digits(H.Pi, 38));
        Assert.Equal("271828182845904523536028747135266249775", Digits(H.Exp(1.0), 38));
        Assert.Equal("69314718055994530941723212145817656807", Digits(H.Ln2, 38));
        Assert.Equal("230258509299404568401799145468436420760", Digits(H.Ln10, 38));
        Assert.Equal("141421356237309504880168872420969807856", Digits(H.Sqrt(2.0), 38));
        Assert.Equal("84147098480789650665250232163029899962", Digits(H.SinCos(1.0).Sin, 38));
        Assert.Equal("54030230586813971740093660744297660373", Digits(H.SinCos(1.0).Cos, 38));
        Assert.Equal("78539816339744830961566084581987572104", Digits(H.Atan(1.0), 38));
        Assert.Equal("84270079294971486934122063508260925929", Digits(H.Erf(1.0), 38));
        Assert.Equal("15729920705028513065877936491739074070", Digits(H.Erfc(1.0), 38));
        Assert.Equal("12880225246980774573706104402197172959", Digits(H.LogGamma(0.25), 37));
        Assert.Equal("42274535333762654080895301460966835773", Digits(-H.Digamma(0.25), 37));
        Assert.Equal("47693627620446987338141835364313055980", Digits(H.Erfinv(0.5), 38));
    }

    static string Digits(H x, int decimals)
    {
        var scaled = x.Mantissa * BigInteger.Pow(10, decimals);
        return (x.Exponent < 0 ? scaled >> -x.Exponent : scaled << x.Exponent).ToString();
    }

    // Both precisions, and the same bits: -0 is not 0 here.
    static void At(string name, double x, double y, double value)
    {
        var got = Functions[name].Double(Vector512.Create(x), Vector512.Create(y))[0];
        var single = Functions[name].Single(Vector512.Create((float)x), Vector512.Create((float)y))[0];
        Assert.Equal(BitConverter.DoubleToUInt64Bits(value), BitConverter.DoubleToUInt64Bits(got));
        Assert.Equal(BitConverter.SingleToUInt32Bits((float)value), BitConverter.SingleToUInt32Bits(single));
    }

    // The largest error of all points, in units of the last place of the exact value; digits includes the leading 1.
    static void Check(
        string name, Function function, double[] x, double[] y, double[] got, int digits, int lowest, double largest)
    {
        var (worst, where) = (0.0, "");
        for (var i = 0; i < x.Length; i++)
        {
            var exact = function.Truth(x[i], y[i]);
            var unit = exact.IsZero ? lowest : Math.Max(exact.Magnitude - digits + 1, lowest);
            // Beyond the largest number by half a unit or more the right answer is infinite, which has no distance.
            var beyond = H.Abs(exact) > (H)largest;
            var error = double.IsNaN(got[i]) ? double.PositiveInfinity
                : beyond && double.IsInfinity(got[i]) ? 0
                : double.IsInfinity(got[i]) ? ((H)largest + H.PowerOfTwo(unit) - H.Abs(exact)).ToDouble()
                : ((exact - got[i]) * H.PowerOfTwo(-unit)).ToDouble();
            if (Math.Abs(error) <= worst) continue;
            (worst, where) = (Math.Abs(error), $"{name}({x[i]:R}, {y[i]:R}) = {got[i]:R}");
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{worst:F3} ulp at {where}");
        Assert.True(worst <= function.Allowed, $"{worst:F3} ulp at {where}");
    }

    static T[] Apply<T>(Lanes<T> function, T[] x, T[] y)
    {
        var result = new T[x.Length];
        for (var i = 0; i < x.Length; i += Vector512<T>.Count)
            function(Vector512.Create(x.AsSpan(i)), Vector512.Create(y.AsSpan(i))).CopyTo(result, i);
        return result;
    }

    static T[] Halves<T>(string name, T[] x, T[] y)
    {
        var binary = Functions[name].Binary;
        var vector = typeof(Vector256<T>);
        var method = typeof(OnVector256).GetMethod(
            name, BindingFlags.Static | BindingFlags.NonPublic, binary ? [vector, vector] : [vector])!;
        var one = binary ? null : method.CreateDelegate<Func<Vector256<T>, Vector256<T>>>();
        var two = binary ? method.CreateDelegate<Func<Vector256<T>, Vector256<T>, Vector256<T>>>() : null;
        var result = new T[x.Length];
        for (var i = 0; i < x.Length; i += Vector256<T>.Count)
        {
            var (a, b) = (Vector256.Create(x.AsSpan(i)), Vector256.Create(y.AsSpan(i)));
            (one is null ? two!(a, b) : one(a)).CopyTo(result, i);
        }
        return result;
    }

    static float[] ToSingle(double[] x) => [.. x.Select(v => (float)v)];

    static readonly double[] Edges =
    [
        0.5, 1, 2, 3, 0.25, 0.75, Math.Sqrt(0.5), Math.Sqrt(2), Math.Sqrt(2) - 1, Math.Log(2) / 2, 1.5 * Math.Log(2),
        Math.PI / 4, Math.PI / 2, Math.PI, 1.5 * Math.PI, 22, 28, 26.5, 27.2, 6, 5.9, 10, 40, 20, 37, 88.72, 89.4, 87.3,
        103.9, 104, 16, 17, 127.9, 128, 126, 149, 150, 708.3, 709.78, 710.4, 711, 744.4, 745.1, 745.13, 1022, 1023.9,
        1024, 1074, 1075, 1073741824, 9007199254740992, 1e5, 1e-5, 1e-8, 1e-4, 0.01, 0.1, 9.2, 9.4, 10.05, 13.9, 3.8, 4,
        double.MaxValue, double.Epsilon, 2.2250738585072014e-308, float.MaxValue, float.Epsilon, 1.17549435e-38,
    ];

    // Random numbers of every magnitude; of the interval that matters; near multiples of pi/2; and the edges'
    // neighbours.
    static (double[] X, double[] Y) Arguments(Function function, Func<ulong, double> ofBits, Func<double, double> next)
    {
        var (random, isSingle) = (new SplitMix(20260101), next(1) > 1 + 1e-8);
        double Round(double v) => isSingle ? (float)v : v;
        double Inside() => function.Low + random.Unit() * (function.High - function.Low);
        double Near(double v) => Round(v * (1 + (random.Unit() - 0.5) * 4 * (next(1) - 1)));
        double Any(int kind) => (kind % 8) switch
        {
            0 or 1 => ofBits(random.Next()),
            2 or 3 => Round(Inside()),
            4 => Round(Inside() * Math.Pow(2, -30 * random.Unit())),
            5 => Round((random.Unit() - 0.5) * 4),
            6 => Near((Math.Round(random.Unit() * 200) - 100) * Math.PI / 2),
            _ => Near(Edges[random.Next() % (ulong)Edges.Length]) * ((random.Next() & 1) == 0 ? 1 : -1),
        };
        var points = new List<(double X, double Y)>();
        for (var i = 0; points.Count < Points; i++)
        {
            var (x, y) = (Any(i), function.Binary ? Any((int)(random.Next() % 8)) : 0);
            // A power is most demanding where it is large but finite.
            if (function.Binary && i % 3 == 0 && x > 0) y = Round((random.Unit() - 0.5) * 1500 / Math.Log(x));
            if (i % 5 == 0) y = Math.Round(y);
            if (double.IsFinite(x) && double.IsFinite(y) && function.Defined(x, y)) points.Add((x, y));
        }
        return ([.. points.Select(p => p.X)], [.. points.Select(p => p.Y)]);
    }

    // G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators", 2014.
    sealed class SplitMix(ulong state)
    {
        public ulong Next()
        {
            var z = state += 0x9E3779B97F4A7C15;
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            return z ^ z >> 31;
        }

        public double Unit() => (Next() >> 11) * 1.1102230246251565e-16;
    }
}
