using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Execute;

namespace DistGrad.Micro;

/// <summary>The most fused multiply-adds that a core does: independent ones on registers alone.</summary>
internal static class Peak
{
    private const int Turns = 20_000;
    private const int Chains = 16;

    /// <summary>Floating-point operations of one call on so many threads.</summary>
    public static double Flops<T>(int threads) => 2.0 * Turns * Chains * Vector512<T>.Count * threads;

    /// <summary>As many turns on each thread.</summary>
    public static void Run<T>(Workers workers) where T : unmanaged, INumber<T> =>
        workers.Run(workers.Threads, _ => Check(Loop<T>(Vector512<T>.One)));

    // Each turn adds 1 to every lane, so the sum tells that all of them were done.
    private static void Check<T>(T sum) where T : unmanaged, INumber<T>
    {
        if (sum != T.CreateChecked(Turns))
            throw new InvalidOperationException($"The loop that finds the peak counted {sum} turns of {Turns}");
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static T Loop<T>(Vector512<T> one) where T : unmanaged, INumber<T>
    {
        var a0 = Vector512<T>.Zero;
        var (a1, a2, a3, a4, a5, a6, a7) = (a0, a0, a0, a0, a0, a0, a0);
        var (b0, b1, b2, b3, b4, b5, b6, b7) = (a0, a0, a0, a0, a0, a0, a0, a0);
        for (var i = 0; i < Turns; i++)
        {
            a0 = Fused(a0, one);
            a1 = Fused(a1, one);
            a2 = Fused(a2, one);
            a3 = Fused(a3, one);
            a4 = Fused(a4, one);
            a5 = Fused(a5, one);
            a6 = Fused(a6, one);
            a7 = Fused(a7, one);
            b0 = Fused(b0, one);
            b1 = Fused(b1, one);
            b2 = Fused(b2, one);
            b3 = Fused(b3, one);
            b4 = Fused(b4, one);
            b5 = Fused(b5, one);
            b6 = Fused(b6, one);
            b7 = Fused(b7, one);
        }
        var least = Vector512.Min(
            Vector512.Min(Vector512.Min(a0, a1), Vector512.Min(a2, a3)),
            Vector512.Min(Vector512.Min(a4, a5), Vector512.Min(a6, a7)));
        var other = Vector512.Min(
            Vector512.Min(Vector512.Min(b0, b1), Vector512.Min(b2, b3)),
            Vector512.Min(Vector512.Min(b4, b5), Vector512.Min(b6, b7)));
        return Vector512.Sum(Vector512.Min(least, other)) / T.CreateChecked(Vector512<T>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Fused<T>(Vector512<T> x, Vector512<T> one) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(x.AsSingle(), one.AsSingle(), one.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(x.AsDouble(), one.AsDouble(), one.AsDouble()).As<double, T>();
}
