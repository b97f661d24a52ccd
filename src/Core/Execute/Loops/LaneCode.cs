using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Loops;

/// <summary>
/// What emitted methods say of vectors beside single instructions: the vocabulary that loops and straight methods
/// share.
/// </summary>
internal static class LaneCode
{
    extension(ILGenerator code)
    {
        /// <summary>Calls a method of <see cref="LaneMemory"/>, for lanes of these types where it has such.</summary>
        public void CallMemory(string name, params Type[] lanes)
        {
            var method = typeof(LaneMemory).GetMethod(name)!;
            code.Emit(OpCodes.Call, lanes.Length > 0 ? method.MakeGenericMethod(lanes) : method);
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
            code.Emit(OpCodes.Call, function);
            code.Retype(function.ReturnType, result);
        }

        // The vector on the stack keeps its bits.
        private void Retype(Type from, Type to)
        {
            if (from != to)
                code.CallMemory(nameof(LaneMemory.As), LaneOf(from), LaneOf(to));
        }
    }

    /// <summary>The type of vectors whose lanes are of a type.</summary>
    public static Type VectorOf(Type lane) => typeof(Vector512<>).MakeGenericType(lane);

    /// <summary>The type of the lanes of vectors of a type.</summary>
    public static Type LaneOf(Type vector) => vector.GenericTypeArguments[0];
}
