using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Execute.Kernels;
using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>
/// The functions of lanes for single numbers: for one at a time, or for a few that lie side by side.
/// </summary>
internal static unsafe class LaneCalls
{
    /// <summary>
    /// How far apart the operands and the result of a few numbers lie: so many bytes they have at most.
    /// </summary>
    public const int Apart = StraightSize.LargestValue * sizeof(long);

    /// <summary>Where the result of a few numbers lies, behind two operands.</summary>
    public const int Result = 2 * Apart;

    /// <summary>
    /// The function of an elementwise application as methods, compiled already so that nobody waits for them: of
    /// numbers, and of numbers in memory.
    /// </summary>
    public static (MethodInfo One, MethodInfo Some) Of(Application node)
    {
        var lanes = LaneTable.Of(node, node.Operands[0].DType.ByteSize).Method;
        var parameters = lanes.GetParameters();
        Type[] types = [parameters[0].ParameterType.GenericTypeArguments[0], lanes.DeclaringType!];
        return parameters.Length == 1
            ? (Made(nameof(Unary), types), Made(nameof(UnarySome), types))
            : (Made(nameof(Binary), types), Made(nameof(BinarySome), types));
    }

    private static MethodInfo Made(string name, Type[] types)
    {
        var made = typeof(LaneCalls).GetMethod(name)!.MakeGenericMethod(types);
        RuntimeHelpers.PrepareMethod(made.MethodHandle, [.. types.Select(t => t.TypeHandle)]);
        return made;
    }

    // In all lanes, so that none is at a place where the function is slow.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static T Unary<T, TFunction>(T x)
        where T : unmanaged
        where TFunction : struct, IUnary<T> => TFunction.Of(Vector512.Create(x)).ToScalar();

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static T Binary<T, TFunction>(T x, T y)
        where T : unmanaged
        where TFunction : struct, IBinary<T> => TFunction.Of(Vector512.Create(x), Vector512.Create(y)).ToScalar();

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void UnarySome<T, TFunction>(nint at, int bytes)
        where T : unmanaged
        where TFunction : struct, IUnary<T>
    {
        for (var x = (byte*)at; x < (byte*)at + bytes; x += sizeof(Vector512<T>))
            TFunction.Of(Vector512.Load((T*)x)).Store((T*)(x + Result));
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void BinarySome<T, TFunction>(nint at, int bytes)
        where T : unmanaged
        where TFunction : struct, IBinary<T>
    {
        for (var x = (byte*)at; x < (byte*)at + bytes; x += sizeof(Vector512<T>))
            TFunction.Of(Vector512.Load((T*)x), Vector512.Load((T*)(x + Apart))).Store((T*)(x + Result));
    }
}
