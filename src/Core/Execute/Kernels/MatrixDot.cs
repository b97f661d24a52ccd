using System.Numerics;
using System.Runtime.CompilerServices;

namespace DistGrad.Execute.Kernels;

/// <summary>The product of one row with one column, in the order of rounding of <see cref="MatrixProduct"/>.</summary>
internal static unsafe class MatrixDot
{
    const int Depth = MatrixProduct.Depth;

    /// <summary>
    /// The sum over p below <paramref name="k"/> of a[p * aStep] b[p * bStep]. A chain of fused multiply-adds waits
    /// for each link, so eight blocks of k are summed side by side, and two where there are fewer.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Dot<T>(nint k, T* a, nint aStep, T* b, nint bStep)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        var (aBlock, bBlock) = (aStep * Depth, bStep * Depth);
        var first = true;
        for (; k >= 8 * Depth; k -= 8 * Depth, a += 8 * aBlock, b += 8 * bBlock)
        {
            T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero, s4 = T.Zero, s5 = T.Zero, s6 = T.Zero, s7 = T.Zero;
            T* x = a, y = b;
            for (var p = 0; p < Depth; p++, x += aStep, y += bStep)
            {
                s0 = T.FusedMultiplyAdd(x[0], y[0], s0);
                s1 = T.FusedMultiplyAdd(x[aBlock], y[bBlock], s1);
                s2 = T.FusedMultiplyAdd(x[2 * aBlock], y[2 * bBlock], s2);
                s3 = T.FusedMultiplyAdd(x[3 * aBlock], y[3 * bBlock], s3);
                s4 = T.FusedMultiplyAdd(x[4 * aBlock], y[4 * bBlock], s4);
                s5 = T.FusedMultiplyAdd(x[5 * aBlock], y[5 * bBlock], s5);
                s6 = T.FusedMultiplyAdd(x[6 * aBlock], y[6 * bBlock], s6);
                s7 = T.FusedMultiplyAdd(x[7 * aBlock], y[7 * bBlock], s7);
            }

            sum = first ? s0 : sum + s0;
            sum = sum + s1 + s2 + s3 + s4 + s5 + s6 + s7;
            first = false;
        }

        for (; k >= 2 * Depth; k -= 2 * Depth, a += 2 * aBlock, b += 2 * bBlock)
        {
            T s0 = T.Zero, s1 = T.Zero;
            T* x = a, y = b;
            for (var p = 0; p < Depth; p++, x += aStep, y += bStep)
            {
                s0 = T.FusedMultiplyAdd(x[0], y[0], s0);
                s1 = T.FusedMultiplyAdd(x[aBlock], y[bBlock], s1);
            }

            sum = (first ? s0 : sum + s0) + s1;
            first = false;
        }

        for (; k > 0; k -= Depth, a += aBlock, b += bBlock)
        {
            var block = Block(Math.Min(k, Depth), a, aStep, b, bStep);
            sum = first ? block : sum + block;
            first = false;
        }

        return sum;
    }

    static T Block<T>(nint k, T* a, nint aStep, T* b, nint bStep)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        for (; k > 0; k--, a += aStep, b += bStep) sum = T.FusedMultiplyAdd(*a, *b, sum);
        return sum;
    }
}
