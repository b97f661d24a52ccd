using System.Runtime.Intrinsics;
using DistGrad.Execute.Kernels;
using DistGrad.Properties.Generators;
using Xunit;
using H = DistGrad.Properties.Generators.HighPrecision;

namespace DistGrad.Properties.Laws;

/// <summary>The elementary functions are within 2 units in the last place of the truth, everywhere, in both precisions.</summary>
public sealed class ElementaryFunctionLaws
{
    const double Allowed = 2;
    const int Points = 3000;

    delegate Vector512<T> Lanes<T>(Vector512<T> x, Vector512<T> y);

    // A function of one argument ignores the second. Low and High bound the arguments where it has most to say.
    sealed record Function(
        Lanes<double> Double, Lanes<float> Single, Func<H, H, H> Truth, double Low, double High, bool Binary = false)
    {
        public Func<double, bool> Defined { get; init; } = _ => true;
    }

    static readonly Dictionary<string, Function> Functions = new()
    {
        ["Exp"] = new((x, _) => VectorMath.Exp(x), (x, _) => VectorMath.Exp(x), (x, _) => H.Exp(x), -750, 720),
        ["Exp2"] = new((x, _) => VectorMath.Exp2(x), (x, _) => VectorMath.Exp2(x), (x, _) => H.Exp(x * H.Ln2), -1080, 1030),
        ["Expm1"] = new((x, _) => VectorMath.Expm1(x), (x, _) => VectorMath.Expm1(x), (x, _) => H.Expm1(x), -45, 720),
        ["Log"] = new((x, _) => VectorMath.Log(x), (x, _) => VectorMath.Log(x), (x, _) => H.Log(x), 0, 3)
        { Defined = x => x > 0 },
        ["Log2"] = new((x, _) => VectorMath.Log2(x), (x, _) => VectorMath.Log2(x), (x, _) => H.Log(x) / H.Ln2, 0, 3)
        { Defined = x => x > 0 },
        ["Log10"] = new((x, _) => VectorMath.Log10(x), (x, _) => VectorMath.Log10(x), (x, _) => H.Log(x) / H.Ln10, 0, 3)
        { Defined = x => x > 0 },
        ["Log1p"] = new((x, _) => VectorMath.Log1p(x), (x, _) => VectorMath.Log1p(x), (x, _) => H.Log1p(x), -1, 3)
        { Defined = x => x > -1 },
        ["Sin"] = new((x, _) => VectorMath.Sin(x), (x, _) => VectorMath.Sin(x), (x, _) => H.SinCos(x).Sin, -30, 30),
        ["Cos"] = new((x, _) => VectorMath.Cos(x), (x, _) => VectorMath.Cos(x), (x, _) => H.SinCos(x).Cos, -30, 30),
        ["Tan"] = new((x, _) => VectorMath.Tan(x), (x, _) => VectorMath.Tan(x), (x, _) => Tan(x), -30, 30),
        ["Asin"] = new((x, _) => VectorMath.Asin(x), (x, _) => VectorMath.Asin(x), (x, _) => Asin(x), -1, 1)
        { Defined = x => Math.Abs(x) <= 1 },
        ["Acos"] = new((x, _) => VectorMath.Acos(x), (x, _) => VectorMath.Acos(x), (x, _) => Acos(x), -1, 1)
        { Defined = x => Math.Abs(x) <= 1 },
        ["Atan"] = new((x, _) => VectorMath.Atan(x), (x, _) => VectorMath.Atan(x), (x, _) => H.Atan(x), -4, 4),
        ["Sinh"] = new((x, _) => VectorMath.Sinh(x), (x, _) => VectorMath.Sinh(x), (x, _) => Sinh(x), -715, 715),
        ["Cosh"] = new((x, _) => VectorMath.Cosh(x), (x, _) => VectorMath.Cosh(x), (x, _) => Cosh(x), -715, 715),
        ["Tanh"] = new((x, _) => VectorMath.Tanh(x), (x, _) => VectorMath.Tanh(x), (x, _) => Tanh(x), -24, 24),
        ["Sigmoid"] = new((x, _) => VectorMath.Sigmoid(x), (x, _) => VectorMath.Sigmoid(x), (x, _) => Sigmoid(x), -750, 40),
        ["Softplus"] = new((x, _) => VectorMath.Softplus(x), (x, _) => VectorMath.Softplus(x), (x, _) => Softplus(x), -750, 40),
        ["Erf"] = new((x, _) => VectorMath.Erf(x), (x, _) => VectorMath.Erf(x), (x, _) => H.Erf(x), -6.5, 6.5),
        ["Erfc"] = new((x, _) => VectorMath.Erfc(x), (x, _) => VectorMath.Erfc(x), (x, _) => H.Erfc(x), -6, 28),
        ["Atan2"] = new(VectorMath.Atan2, VectorMath.Atan2, H.Atan2, -4, 4, Binary: true),
        ["Pow"] = new(VectorMath.Pow, VectorMath.Pow, Pow, -5, 5, Binary: true),
    };

    static H Tan(H x) => H.SinCos(x) is var (s, c) ? s / c : default;
    static H Asin(H x) => H.Abs(x) == H.One ? H.HalfPi * x : H.Atan(x / H.Sqrt((H.One - x) * (H.One + x)));
    static H Acos(H x) => x == -H.One ? H.Pi : H.Two * H.Atan(H.Sqrt((H.One - x) / (H.One + x)));
    static H Sinh(H x) => H.Expm1(x) is var e && H.Abs(x) < H.One ? (e + e / (H.One + e)) * H.Half : (H.Exp(x) - H.Exp(-x)) * H.Half;
    static H Cosh(H x) => (H.Exp(x) + H.Exp(-x)) * H.Half;
    static H Tanh(H x) => H.Expm1(H.Two * x) is var e ? e / (e + H.Two) : default;
    static H Sigmoid(H x) => H.One / (H.One + H.Exp(-x));
    static H Softplus(H x) => x > H.Zero ? x + H.Log1p(H.Exp(-x)) : H.Log1p(H.Exp(x));

    static H Pow(H x, H y)
    {
        var power = H.Exp(y * H.Log(H.Abs(x)));
        return x < H.Zero && Math.Abs(y.ToDouble()) % 2 == 1 ? -power : power;
    }

    public static TheoryData<string> Names => [.. Functions.Keys];
}
