using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistGrad.Execute.Loops;

/// <summary>
/// The first lanes of a vector, as many as are told, at least 1 and fewer than there are: nothing behind them is
/// touched, so it may be another thread's, or no memory at all. What is told is a constant of the compiled loop.
/// </summary>
internal static unsafe partial class LaneMemory
{
    /// <summary>All ones in the first lanes, and zeros in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> First<T>(int count) where T : unmanaged => sizeof(T) == sizeof(int)
        ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).As<int, T>()
        : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>();

    /// <summary>The first lanes, and zeros in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadFirst<T>(byte* from, int count) where T : unmanaged
    {
        if (Avx512F.IsSupported)
        {
            return sizeof(T) == sizeof(int)
                ? Avx512F.MaskLoad((int*)from, First<int>(count), Vector512<int>.Zero).As<int, T>()
                : Avx512F.MaskLoad((long*)from, First<long>(count), Vector512<long>.Zero).As<long, T>();
        }
        if (Avx2.IsSupported)
        {
            var (mask, half) = (First<T>(count), sizeof(Vector256<T>));
            return sizeof(T) == sizeof(int)
                ? Vector512.Create(
                    Avx2.MaskLoad((int*)from, mask.GetLower().AsInt32()),
                    Avx2.MaskLoad((int*)(from + half), mask.GetUpper().AsInt32())).As<int, T>()
                : Vector512.Create(
                    Avx2.MaskLoad((long*)from, mask.GetLower().AsInt64()),
                    Avx2.MaskLoad((long*)(from + half), mask.GetUpper().AsInt64())).As<long, T>();
        }
        Vector512<T> x = default;
        Unsafe.CopyBlockUnaligned(&x, from, (uint)(count * sizeof(T)));
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst<T>(Vector512<T> x, byte* to, int count) where T : unmanaged
    {
        if (Avx512F.IsSupported)
        {
            if (sizeof(T) == sizeof(int))
                Avx512F.MaskStore((int*)to, First<int>(count), x.AsInt32());
            else
                Avx512F.MaskStore((long*)to, First<long>(count), x.AsInt64());
        }
        else if (Avx2.IsSupported)
        {
            var (mask, half) = (First<T>(count), sizeof(Vector256<T>));
            if (sizeof(T) == sizeof(int))
            {
                Avx2.MaskStore((int*)to, mask.GetLower().AsInt32(), x.GetLower().AsInt32());
                Avx2.MaskStore((int*)(to + half), mask.GetUpper().AsInt32(), x.GetUpper().AsInt32());
            }
            else
            {
                Avx2.MaskStore((long*)to, mask.GetLower().AsInt64(), x.GetLower().AsInt64());
                Avx2.MaskStore((long*)(to + half), mask.GetUpper().AsInt64(), x.GetUpper().AsInt64());
            }
        }
        else
        {
            Unsafe.CopyBlockUnaligned(to, &x, (uint)(count * sizeof(T)));
        }
    }

    /// <summary>As many bytes, as lanes of all ones or all zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadTruthsFirst<T>(byte* from, int count) where T : unmanaged
    {
        Vector128<byte> bytes = default;
        Unsafe.CopyBlockUnaligned(&bytes, from, (uint)count);
        return Truths<T>(bytes);
    }

    /// <summary>The first lanes, all ones or all zeros, as bytes of 1 and 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreTruthsFirst<T>(Vector512<T> truths, byte* to, int count) where T : unmanaged
    {
        var bytes = Bytes(truths);
        Unsafe.CopyBlockUnaligned(to, &bytes, (uint)count);
    }
}
