using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Execute;

namespace DistGrad.Compare;

/// <summary>
/// How fast memory is read and written: x = y + z over arrays that no cache holds, stored past the caches.
/// </summary>
internal sealed unsafe class Bandwidth(int threads)
{
    private const int Count = 1 << 22;

    private static readonly Memory Arrays = Written();

    /// <summary>Bytes moved by a call.</summary>
    public double Bytes { get; } = 3.0 * sizeof(float) * (Count / threads * threads);

    public void Run(Workers workers) => workers.Run(threads, part => Part((float*)Arrays.Start, part, Count / threads));

    // Of what was never written the system maps one page of zeros again and again, which is read from a cache.
    private static Memory Written()
    {
        var arrays = new Memory(3L * Count * sizeof(float));
        new Span<float>((float*)arrays.Start, 3 * Count).Fill(1);
        return arrays;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Part(float* x, int part, int length)
    {
        x += (nint)part * length;
        var y = x + Count;
        var z = y + Count;
        for (var i = 0; i + Vector512<float>.Count <= length; i += Vector512<float>.Count)
            (Vector512.LoadAligned(y + i) + Vector512.LoadAligned(z + i)).StoreAlignedNonTemporal(x + i);
    }
}
