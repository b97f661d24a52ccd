using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DistGrad.Execute.Loops;

/// <summary>Between vectors and memory, as compiled loops call it.</summary>
internal static unsafe partial class LaneMemory
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T>(byte* from) where T : unmanaged => Vector512.Load((T*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector512<T> x, byte* to) where T : unmanaged => x.Store((T*)to);

    /// <summary>Past the caches; to the start of a cache line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pass<T>(Vector512<T> x, byte* to) where T : unmanaged => x.StoreAlignedNonTemporal((T*)to);

    /// <summary>Asks for a cache line that will be read; where none lies, nothing happens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(byte* at)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(at);
    }

    /// <summary>As many bytes as there are lanes, each of them as a lane of all ones or all zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadTruths<T>(byte* from) where T : unmanaged
    {
        return Truths<T>(
            sizeof(T) == sizeof(int)
                ? Vector128.Load(from)
                : Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(from)).AsByte());
    }

    /// <summary>Bytes, as many as there are lanes, as lanes of all ones or all zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Truths<T>(Vector128<byte> bytes) where T : unmanaged
    {
        if (sizeof(T) == sizeof(int))
        {
            var shorts = Vector256.WidenLower(bytes.ToVector256Unsafe());
            return ~Vector512.Equals(
                Vector512.WidenLower(shorts.ToVector512Unsafe()), Vector512<uint>.Zero).As<uint, T>();
        }
        var ints = Vector256.WidenLower(Vector128.WidenLower(bytes).ToVector256Unsafe());
        return ~Vector512.Equals(Vector512.WidenLower(ints.ToVector512Unsafe()), Vector512<ulong>.Zero).As<ulong, T>();
    }

    /// <summary>One element in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Repeat<T>(byte* from) where T : unmanaged => Vector512.Create(*(T*)from);

    /// <summary>One number in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> InAll<T>(T x) where T : unmanaged => Vector512.Create(x);

    /// <summary>One byte of 1 or 0, as lanes of all ones or all zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> RepeatTruth<T>(byte* from) where T : unmanaged =>
        Vector512.Create(-(long)*from).As<long, T>();

    /// <summary>Lanes of all ones or all zeros as bytes of 1 and 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreTruths<T>(Vector512<T> truths, byte* to) where T : unmanaged
    {
        if (sizeof(T) == sizeof(int))
            Bytes(truths).Store(to);
        else
            *(ulong*)to = Bytes(truths).AsUInt64().ToScalar();
    }

    /// <summary>Lanes of all ones or all zeros as bytes of 1 and 0, the first of as many as there are lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Bytes<T>(Vector512<T> truths) where T : unmanaged
    {
        if (sizeof(T) == sizeof(int))
        {
            var shorts = Vector256.Narrow(truths.GetLower().AsInt32(), truths.GetUpper().AsInt32());
            return Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).AsByte() & Vector128<byte>.One;
        }
        var ints = Vector256.Narrow(truths.GetLower().AsInt64(), truths.GetUpper().AsInt64());
        var few = Vector128.Narrow(ints.GetLower(), ints.GetUpper());
        return Vector128.Narrow(few, few).AsByte() & Vector128<byte>.One;
    }

    /// <summary>One element, in the first lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadOne<T>(byte* from) where T : unmanaged => Vector512.CreateScalar(*(T*)from);

    /// <summary>The first lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreOne<T>(Vector512<T> x, byte* to) where T : unmanaged => *(T*)to = x.ToScalar();

    /// <summary>One byte of 1 or 0, as a first lane of all ones or all zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadTruthsOne<T>(byte* from) where T : unmanaged =>
        Vector512.CreateScalar(-(long)*from).As<long, T>();

    /// <summary>A first lane of all ones or all zeros as a byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreTruthsOne<T>(Vector512<T> truths, byte* to) where T : unmanaged =>
        *to = (byte)(truths.AsInt32().ToScalar() & 1);
}
