using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Execute.Kernels;
using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>
/// The functions of lanes for one number: in all lanes, so that none is at a place where the function is slow, and what
/// the first gives.
/// </summary>
internal static class OneLane
{
    /// <summary>
    /// The function of an elementwise application as a method of numbers, compiled already so that nobody waits for it.
    /// </summary>
    public static MethodInfo Of(Application node)
    {
        var lanes = LaneTable.Of(node, node.Operands[0].DType.ByteSize).Method;
        var parameters = lanes.GetParameters();
        var method = typeof(OneLane).GetMethod(parameters.Length == 1 ? nameof(Unary) : nameof(Binary))!;
        Type[] types = [parameters[0].ParameterType.GenericTypeArguments[0], lanes.DeclaringType!];
        var made = method.MakeGenericMethod(types);
        RuntimeHelpers.PrepareMethod(made.MethodHandle, [.. types.Select(t => t.TypeHandle)]);
        return made;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static T Unary<T, TFunction>(T x)
        where T : unmanaged
        where TFunction : struct, IUnary<T> => TFunction.Of(Vector512.Create(x)).ToScalar();

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static T Binary<T, TFunction>(T x, T y)
        where T : unmanaged
        where TFunction : struct, IBinary<T> => TFunction.Of(Vector512.Create(x), Vector512.Create(y)).ToScalar();
}
