using System.Collections.Concurrent;
using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using DistGrad.Execute.Kernels;
using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>
/// What elementwise primitives do in straight methods: with numbers single instructions, where these give the bits that
/// the functions of lanes give; else, and with vectors, those functions.
/// </summary>
internal static class StraightTable
{
    private static readonly Dictionary<Type, Func<DType, StraightFunction?>> Table = new()
    {
        [typeof(Neg)] = t => StraightFunction.Of(t, OpCodes.Neg),
        [typeof(Abs)] = t => OfFloats(t, nameof(Math.Abs), 1),
        [typeof(Floor)] = t => OfFloats(t, nameof(Math.Floor), 1),
        [typeof(Round)] = t => OfFloats(t, nameof(Math.Round), 1),
        [typeof(Sqrt)] = t => OfFloats(t, nameof(Math.Sqrt), 1),
        [typeof(Add)] = t => StraightFunction.Of(t, OpCodes.Add),
        [typeof(Sub)] = t => StraightFunction.Of(t, OpCodes.Sub),
        [typeof(Mul)] = t => StraightFunction.Of(t, OpCodes.Mul),
        [typeof(Div)] = t => StraightFunction.Of(t, OpCodes.Div),
        [typeof(Maximum)] = t => StraightFunction.Of(t, Method(typeof(Math), nameof(Math.Max), Number(t), 2)),
        [typeof(Minimum)] = t => StraightFunction.Of(t, Method(typeof(Math), nameof(Math.Min), Number(t), 2)),
        [typeof(Less)] = _ => StraightFunction.Of(DType.Bool, OpCodes.Clt) with
        {
            Fold = x => Truth(x[0].DType.IsFloat ? x[0].Number < x[1].Number : x[0].Bits < x[1].Bits),
        },
        [typeof(LessOrEqual)] = t => StraightFunction.Of(
            DType.Bool, t.IsFloat ? OpCodes.Cgt_Un : OpCodes.Cgt, OpCodes.Ldc_I4_0, OpCodes.Ceq) with
        {
            Fold = x => Truth(x[0].DType.IsFloat ? x[0].Number <= x[1].Number : x[0].Bits <= x[1].Bits),
        },
        [typeof(Equal)] = _ => StraightFunction.Of(DType.Bool, OpCodes.Ceq) with
        {
            Fold = x => Truth(x[0].DType.IsFloat ? x[0].Number == x[1].Number : x[0].Bits == x[1].Bits),
        },
        [typeof(MatMul)] = t => OfFloats(t, nameof(Math.FusedMultiplyAdd), 3),
    };

    private static readonly ConcurrentDictionary<(Type, DType, DType), StraightFunction> Made = [];

    private static readonly ConcurrentDictionary<(Type, DType, DType, int), StraightFunction> MadeOfVectors = [];

    private static readonly ConcurrentDictionary<(DType, Type), StraightFunction> Repetitions = [];

    /// <summary>The function of an elementwise application.</summary>
    public static StraightFunction Of(Application node)
    {
        var (primitive, from, to) = (node.Operation.GetType(), node.Operands[0].DType, node.Results[0].DType);
        if (node.Operation is Cast)
            return Conversion(from, to);
        return Made.GetOrAdd((primitive, from, to), _ => node.Operation switch
        {
            Where => StraightFunction.Select(to),
            StrongMul => StraightFunction.StrongProduct(to, LaneCalls.Of(node).One),
            _ when Table.TryGetValue(primitive, out var make) && make(from) is { } function => function,
            _ => StraightFunction.Called(to, LaneCalls.Of(node)),
        });
    }

    /// <summary>The function of an elementwise application, of vectors whose lanes have so many bytes.</summary>
    public static StraightFunction OfVectors(Application node, int laneBytes)
    {
        var (primitive, from, to) = (node.Operation.GetType(), node.Operands[0].DType, node.Results[0].DType);
        return MadeOfVectors.GetOrAdd((primitive, from, to, laneBytes), _ =>
        {
            var function = StraightFunction.OfVectors(
                to, LaneTable.LaneOf(to, laneBytes), LaneTable.Of(node, laneBytes).Method);
            return ((Primitive)node.Operation).IsExact || node.Operation is StrongMul
                ? function
                : function with { Weight = StraightFunction.CallWeight, Some = LaneCalls.Of(node).Some };
        });
    }

    /// <summary>A number in all lanes of a vector; a truth value as all ones or all zeros.</summary>
    public static StraightFunction Repetition(DType dtype, Type lane) =>
        Repetitions.GetOrAdd((dtype, lane), _ => new(dtype, 1, (to, x, y) =>
        {
            to.Get(x[0]);
            to.Repeat(dtype, lane);
            to.Set(y);
        })
        {
            Lane = lane,
        });

    /// <summary>
    /// The function of a primitive of one type of numbers; of the product of matrices, x y + z rounded once.
    /// </summary>
    public static StraightFunction Of<TPrimitive>(DType dtype) where TPrimitive : Primitive =>
        Made.GetOrAdd((typeof(TPrimitive), dtype, dtype), _ => Table[typeof(TPrimitive)](dtype)!);

    public static StraightFunction Conversion(DType from, DType to) =>
        Made.GetOrAdd((typeof(Cast), from, to), _ => MadeConversion(from, to));

    // Functions of the framework that are one instruction.
    private static StraightFunction? OfFloats(DType dtype, string name, int arity) => dtype.IsFloat
        ? StraightFunction.Of(
            dtype, Method(dtype == DType.Float64 ? typeof(Math) : typeof(MathF), name, Number(dtype), arity))
        : null;

    private static MethodInfo Method(Type type, string name, Type number, int arity) =>
        type.GetMethod(name, [.. Enumerable.Repeat(number, arity)])!;

    private static StraightFunction MadeConversion(DType from, DType to) => (from, to) switch
    {
        _ when from == to => StraightFunction.Of(to),
        (_, DType.Bool) => StraightFunction.Of(to, Generic(nameof(ToTruth), Number(from))),
        (DType.Bool, _) => StraightFunction.Of(to, Generic(nameof(OfTruth), Number(to))) with
        {
            Fold = x => Register.BitsOf(to, x[0].Bits),
        },
        _ => StraightFunction.Of(to, typeof(CastKernel<,>).MakeGenericType(Number(from), Number(to))
            .GetMethod(nameof(CastKernel<int, int>.Convert))!),
    };

    private static MethodInfo Generic(string name, Type type) =>
        typeof(StraightTable).GetMethod(name)!.MakeGenericMethod(type);

    public static int ToTruth<T>(T x) where T : INumber<T> => x != T.Zero ? 1 : 0;

    public static T OfTruth<T>(int truth) where T : INumber<T> => truth != 0 ? T.One : T.Zero;

    private static Type Number(DType dtype) => Register.Known(dtype, 0, null).Kept;

    private static long Truth(bool holds) => holds ? 1 : 0;
}
