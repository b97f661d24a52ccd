using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Execute;
using DistGrad.Execute.Kernels;

namespace DistGrad.Micro;

/// <summary>
/// The elementary functions by themselves: a loop over 4,096 numbers in cache, and how far single precision is from
/// double, whose error against many digits the laws bound.
/// </summary>
internal static unsafe class Elementary
{
    private const int Count = 1 << 12;

    /// <summary>Every 397th single: about eleven million, of every exponent and both signs.</summary>
    private const uint Step = 397;

    public static void Run(Report report)
    {
        One<ExpOf>(report, "exp");
        One<Expm1Of>(report, "expm1");
        One<LogOf>(report, "log", positive: true);
        One<Log1pOf>(report, "log1p", positive: true);
        One<SinOf>(report, "sin");
        One<CosOf>(report, "cos");
        One<TanOf>(report, "tan");
        One<AsinOf>(report, "asin", scale: 0.49f);
        One<AcosOf>(report, "acos", scale: 0.49f);
        One<AtanOf>(report, "atan");
        One<SinhOf>(report, "sinh");
        One<CoshOf>(report, "cosh");
        One<TanhOf>(report, "tanh");
        One<SigmoidOf>(report, "sigmoid");
        One<SoftplusOf>(report, "softplus");
        One<ErfOf>(report, "erf");
    }

    // Numbers of the size of an activation, from -2 to 2, or from 0.1 to 2.1.
    private static void One<TF>(Report report, string name, bool positive = false, float scale = 1)
        where TF : struct, IUnary<float>, IUnary<double>
    {
        if (!report.Wants($"elementary/{name}"))
            return;
        using var from = new Memory(8 * Count);
        using var to = new Memory(8 * Count);
        var (x, y) = (from.Start, to.Start);
        float At(int i) => ((i * 31 % 257) - 128) / 64f is var v && positive ? MathF.Abs(v) + 0.1f : v * scale;
        for (var i = 0; i < Count; i++)
            ((float*)x)[i] = At(i);
        var (worst, where) = Worst<TF>();
        Add(report, $"elementary/{name}, float32", () => Loop<TF, float>((float*)x, (float*)y, Count),
            $"{worst:F2} ulp at {where:R}");
        for (var i = 0; i < Count; i++)
            ((double*)x)[i] = At(i);
        Add(report, $"elementary/{name}, float64", () => Loop<TF, double>((double*)x, (double*)y, Count), "");
    }

    private static void Add(Report report, string name, Action loop, string note) =>
        report.Add(name, Clock.Alone(loop).Select(s => s * 1e9 / Count), "ns/element", note);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<TF, T>(T* x, T* y, int count)
        where TF : struct, IUnary<T> where T : unmanaged
    {
        for (var i = 0; i < count; i += Vector512<T>.Count)
            TF.Of(Vector512.Load(x + i)).Store(y + i);
    }

    /// <summary>The largest distance in units of the last place of the exact value, and the argument.</summary>
    private static (double Worst, float Where) Worst<TF>() where TF : struct, IUnary<float>, IUnary<double>
    {
        var (worst, where) = (0.0, 0f);
        Span<float> x = stackalloc float[Vector512<float>.Count];
        for (ulong bits = 0; bits <= uint.MaxValue;)
        {
            for (var i = 0; i < x.Length; i++, bits += Step)
                x[i] = BitConverter.UInt32BitsToSingle((uint)Math.Min(bits, uint.MaxValue));
            var vector = Vector512.Create<float>(x);
            var got = TF.Of(vector);
            var (low, high) = Vector512.Widen(vector);
            var (exactLow, exactHigh) = (TF.Of(low), TF.Of(high));
            for (var i = 0; i < x.Length; i++)
            {
                var error = Distance(got[i], i < 8 ? exactLow[i] : exactHigh[i - 8]);
                if (error > worst)
                    (worst, where) = (error, x[i]);
            }
        }
        return (worst, where);
    }

    // Beyond the largest single, infinity is right.
    private static double Distance(float got, double exact)
    {
        if (got.Equals((float)exact) && !float.IsFinite(got))
            return 0;
        return float.IsFinite(got) ? Math.Abs(got - exact) / Unit(exact) : double.PositiveInfinity;
    }

    private static double Unit(double exact) => Math.ScaleB(1, Math.Max(Math.ILogB(exact) - 23, -149));
}
