using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using DistGrad.Execute.Kernels;

namespace DistGrad.Execute.Loops;

/// <summary>
/// What emitted methods say of vectors beside single instructions: the vocabulary that loops and straight methods
/// share.
/// </summary>
internal static class LaneCode
{
    private static readonly MethodInfo As = typeof(Vector512).GetMethod(nameof(Vector512.As))!;

    /// <summary>
    /// Functions that are one operator. The runtime's compiler knows operators: they are no calls that it inlines, of
    /// which it inlines only so many into one method.
    /// </summary>
    private static readonly Dictionary<Type, string> Operators = new()
    {
        [typeof(AddOf<>)] = "op_Addition",
        [typeof(SubOf<>)] = "op_Subtraction",
        [typeof(MulOf<>)] = "op_Multiply",
    };

    extension(ILGenerator code)
    {
        /// <summary>Calls a method of <see cref="LaneMemory"/>, for lanes of these types where it has such.</summary>
        public void CallMemory(string name, params Type[] lanes)
        {
            var method = typeof(LaneMemory).GetMethod(name)!;
            code.Emit(OpCodes.Call, lanes.Length > 0 ? method.MakeGenericMethod(lanes) : method);
        }

        /// <summary>Reads the vector at the address on the stack.</summary>
        public void LoadVector(Type lane)
        {
            code.Emit(OpCodes.Unaligned, (byte)1);
            code.Emit(OpCodes.Ldobj, VectorOf(lane));
        }

        /// <summary>Writes the vector on the stack to the address under it.</summary>
        public void StoreVector(Type lane)
        {
            code.Emit(OpCodes.Unaligned, (byte)1);
            code.Emit(OpCodes.Stobj, VectorOf(lane));
        }

        /// <summary>As <see cref="CallMemory"/>, for the first lanes alone, as many as are told.</summary>
        public void CallMemoryFirst(string name, Type lane, int count)
        {
            code.Emit(OpCodes.Ldc_I4, count);
            code.CallMemory($"{name}First", lane);
        }

        /// <summary>Calls a function of vectors, whatever their lanes are held to be.</summary>
        /// <param name="function">The function.</param>
        /// <param name="operands">The types of its operands as they are held.</param>
        /// <param name="load">Brings an operand onto the stack.</param>
        /// <param name="result">The type by which its result is held.</param>
        public void CallFunction(MethodInfo function, Type[] operands, Action<int> load, Type result)
        {
            var parameters = function.GetParameters();
            for (var i = 0; i < operands.Length; i++)
            {
                load(i);
                code.Retype(operands[i], parameters[i].ParameterType);
            }
            code.Emit(OpCodes.Call, Direct(function));
            code.Retype(function.ReturnType, result);
        }

        // The vector on the stack keeps its bits.
        private void Retype(Type from, Type to)
        {
            if (from != to)
                code.Emit(OpCodes.Call, As.MakeGenericMethod(LaneOf(from), LaneOf(to)));
        }
    }

    private static MethodInfo Direct(MethodInfo function) =>
        function.DeclaringType is { IsGenericType: true } type &&
        Operators.TryGetValue(type.GetGenericTypeDefinition(), out var name)
            ? function.ReturnType.GetMethod(name, [function.ReturnType, function.ReturnType])!
            : function;

    /// <summary>The type of vectors whose lanes are of a type.</summary>
    public static Type VectorOf(Type lane) => typeof(Vector512<>).MakeGenericType(lane);

    /// <summary>The type of the lanes of vectors of a type.</summary>
    public static Type LaneOf(Type vector) => vector.GenericTypeArguments[0];
}
