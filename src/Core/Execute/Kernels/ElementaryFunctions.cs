using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

internal readonly struct ExpOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Exp(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Exp(x);
}

internal readonly struct Expm1Of : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Expm1(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Expm1(x);
}

internal readonly struct LogOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Log(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Log(x);
}

internal readonly struct Log1pOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Log1p(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Log1p(x);
}

internal readonly struct SinOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Sin(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Sin(x);
}

internal readonly struct CosOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Cos(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Cos(x);
}

internal readonly struct TanOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Tan(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Tan(x);
}

internal readonly struct AsinOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Asin(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Asin(x);
}

internal readonly struct AcosOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Acos(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Acos(x);
}

internal readonly struct AtanOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Atan(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Atan(x);
}

internal readonly struct SinhOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Sinh(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Sinh(x);
}

internal readonly struct CoshOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Cosh(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Cosh(x);
}

internal readonly struct TanhOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Tanh(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Tanh(x);
}

internal readonly struct SigmoidOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Sigmoid(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Sigmoid(x);
}

internal readonly struct SoftplusOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Softplus(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Softplus(x);
}

internal readonly struct ErfOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Erf(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Erf(x);
}

internal readonly struct ErfcOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Erfc(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Erfc(x);
}

internal readonly struct AsinhOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Asinh(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Asinh(x);
}

internal readonly struct AcoshOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Acosh(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Acosh(x);
}

internal readonly struct AtanhOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Atanh(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Atanh(x);
}

internal readonly struct ErfinvOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Erfinv(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Erfinv(x);
}

internal readonly struct LgammaOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Lgamma(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Lgamma(x);
}

internal readonly struct DigammaOf : IUnary<float>, IUnary<double>
{
    public static Vector512<float> Of(Vector512<float> x) => VectorMath.Digamma(x);

    public static Vector512<double> Of(Vector512<double> x) => VectorMath.Digamma(x);
}

internal readonly struct PowOf : IBinary<float>, IBinary<double>
{
    public static Vector512<float> Of(Vector512<float> x, Vector512<float> y) => VectorMath.Pow(x, y);

    public static Vector512<double> Of(Vector512<double> x, Vector512<double> y) => VectorMath.Pow(x, y);
}

internal readonly struct Atan2Of : IBinary<float>, IBinary<double>
{
    public static Vector512<float> Of(Vector512<float> x, Vector512<float> y) => VectorMath.Atan2(x, y);

    public static Vector512<double> Of(Vector512<double> x, Vector512<double> y) => VectorMath.Atan2(x, y);
}
