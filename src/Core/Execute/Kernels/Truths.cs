using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>Vectors of lanes that are all ones or all zeros, by their number.</summary>
internal interface IMasks<T>
{
    Vector512<T> this[int vector] { get; }
}

/// <summary>
/// Between lanes of all ones, as comparisons give them, and truth values in memory, bytes of 0 and 1.
/// </summary>
internal static unsafe class Truths
{
    /// <summary>The truth values of 64 lanes of so many vectors as hold them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Bytes<T, TMasks>(TMasks masks) where T : unmanaged where TMasks : struct, IMasks<T>
    {
        Vector512<byte> bytes;
        if (sizeof(T) == sizeof(byte))
            bytes = masks[0].AsByte();
        else if (sizeof(T) == sizeof(int))
            bytes = Narrowed(masks[0].AsInt32(), masks[1].AsInt32(), masks[2].AsInt32(), masks[3].AsInt32());
        else
            bytes = Narrowed(Pair(masks, 0), Pair(masks, 2), Pair(masks, 4), Pair(masks, 6));
        return bytes & Vector512<byte>.One;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<int> Pair(TMasks masks, int vector) =>
            Vector512.Narrow(masks[vector].AsInt64(), masks[vector + 1].AsInt64());
    }

    /// <summary>All ones in the lanes whose bytes are not 0; as many bytes are read as there are lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Mask<T>(byte* truths) where T : unmanaged
    {
        if (sizeof(T) == sizeof(byte))
            return ~Vector512.Equals(Vector512.Load(truths), Vector512<byte>.Zero).As<byte, T>();
        if (sizeof(T) == sizeof(int))
        {
            var shorts = Vector256.WidenLower(Vector128.Load(truths).ToVector256Unsafe());
            return ~Vector512.Equals(
                Vector512.WidenLower(shorts.ToVector512Unsafe()), Vector512<uint>.Zero).As<uint, T>();
        }
        var eight = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(truths)).AsByte();
        var ints = Vector256.WidenLower(Vector128.WidenLower(eight).ToVector256Unsafe());
        return ~Vector512.Equals(Vector512.WidenLower(ints.ToVector512Unsafe()), Vector512<ulong>.Zero).As<ulong, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Narrowed(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d) =>
        Vector512.Narrow(Vector512.Narrow(a, b), Vector512.Narrow(c, d)).AsByte();
}
