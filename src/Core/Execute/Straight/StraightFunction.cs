using System.Reflection;
using System.Reflection.Emit;
using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>A function of numbers or of vectors, as instructions of a straight method.</summary>
/// <param name="Result">The type of what it gives.</param>
/// <param name="Weight">How much code it is, in simple operations.</param>
/// <param name="Emit">Computes it of registers into one.</param>
internal sealed record StraightFunction(
    DType Result, int Weight, Action<StraightEmitter, Register[], Register> Emit)
{
    /// <summary>How much code a call counts as.</summary>
    public const int CallWeight = 4;

    /// <summary>Of a function of vectors, how the lanes of what it gives are typed.</summary>
    public Type? Lane { get; init; }

    /// <summary>Of a function that is called, the method that does a few numbers, or vectors, at a time.</summary>
    public MethodInfo? Some { get; init; }

    /// <summary>The value for known numbers, where it is worth knowing.</summary>
    public Func<Register[], long>? Fold { get; init; }

    /// <summary>Instructions, or methods that are called, one after the other on what lies on the stack.</summary>
    public static StraightFunction Of(DType result, params object[] codes) => new(result, 1, (to, x, y) =>
    {
        foreach (var operand in x)
            to.Get(operand);
        foreach (var code in codes)
        {
            if (code is OpCode instruction)
                to.Code.Emit(instruction);
            else
                to.Code.Emit(OpCodes.Call, (MethodInfo)code);
        }
        to.Set(y);
    });

    /// <summary>A method that takes vectors and gives one, whatever their lanes are held to be.</summary>
    public static StraightFunction OfVectors(DType result, Type lane, MethodInfo method) => new(result, 1, (to, x, y) =>
    {
        to.Code.CallFunction(method, [.. x.Select(o => o.Kept)], i => to.Get(x[i]), y.Kept);
        to.Set(y);
    })
    {
        Lane = lane,
    };

    /// <summary>
    /// Methods that are called, with all that it costs to keep numbers from one side of a call to the other.
    /// </summary>
    public static StraightFunction Called(DType result, (MethodInfo One, MethodInfo Some) methods) =>
        Of(result, methods.One) with { Weight = CallWeight, Some = methods.Some };

    /// <summary>One of two numbers; both are there already.</summary>
    public static StraightFunction Select(DType result) => new(result, 2, (to, x, y) =>
    {
        var chosen = to.Code.DefineLabel();
        to.Get(x[1]);
        to.Set(y);
        to.Get(x[0]);
        to.Code.Emit(OpCodes.Brtrue, chosen);
        to.Get(x[2]);
        to.Set(y);
        to.Code.MarkLabel(chosen);
    });

    /// <summary>The product, and only where that is NaN what the function of lanes makes of it.</summary>
    public static StraightFunction StrongProduct(DType result, MethodInfo strong) => new(result, 2, (to, x, y) =>
    {
        var sound = to.Code.DefineLabel();
        to.Get(x[0]);
        to.Get(x[1]);
        to.Code.Emit(OpCodes.Mul);
        to.Set(y);
        to.Get(y);
        to.Get(y);
        to.Code.Emit(OpCodes.Beq, sound);
        to.Get(x[0]);
        to.Get(x[1]);
        to.Code.Emit(OpCodes.Call, strong);
        to.Set(y);
        to.Code.MarkLabel(sound);
    });
}
