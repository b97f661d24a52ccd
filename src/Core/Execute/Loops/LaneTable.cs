using System.Numerics;
using DistGrad.Execute.Kernels;

namespace DistGrad.Execute.Loops;

/// <summary>The lane functions of every elementwise primitive, one line each.</summary>
internal static class LaneTable
{
    private static readonly Dictionary<Type, Func<DType, int, LaneFunction>> Table = new()
    {
        [typeof(Neg)] = Unary<NegOf<double>, NegOf<float>, NegOf<long>, NegOf<int>>,
        [typeof(Abs)] = Unary<AbsOf<double>, AbsOf<float>, AbsOf<long>, AbsOf<int>>,
        [typeof(Sign)] = Unary<SignOf<double>, SignOf<float>, SignOf<long>, SignOf<int>>,
        [typeof(Relu)] = Unary<ReluOf<double>, ReluOf<float>, ReluOf<long>, ReluOf<int>>,
        [typeof(Floor)] = Unary<FloorOf>,
        [typeof(Round)] = Unary<RoundOf>,
        [typeof(Sqrt)] = Unary<SqrtOf>,
        [typeof(Rsqrt)] = Unary<RsqrtOf>,
        [typeof(Exp)] = Unary<ExpOf>,
        [typeof(Expm1)] = Unary<Expm1Of>,
        [typeof(Log)] = Unary<LogOf>,
        [typeof(Log1p)] = Unary<Log1pOf>,
        [typeof(Sin)] = Unary<SinOf>,
        [typeof(Cos)] = Unary<CosOf>,
        [typeof(Tan)] = Unary<TanOf>,
        [typeof(Asin)] = Unary<AsinOf>,
        [typeof(Acos)] = Unary<AcosOf>,
        [typeof(Atan)] = Unary<AtanOf>,
        [typeof(Sinh)] = Unary<SinhOf>,
        [typeof(Cosh)] = Unary<CoshOf>,
        [typeof(Tanh)] = Unary<TanhOf>,
        [typeof(Sigmoid)] = Unary<SigmoidOf>,
        [typeof(Softplus)] = Unary<SoftplusOf>,
        [typeof(Erf)] = Unary<ErfOf>,
        [typeof(Erfc)] = Unary<ErfcOf>,
        [typeof(Asinh)] = Unary<AsinhOf>,
        [typeof(Acosh)] = Unary<AcoshOf>,
        [typeof(Atanh)] = Unary<AtanhOf>,
        [typeof(Erfinv)] = Unary<ErfinvOf>,
        [typeof(Lgamma)] = Unary<LgammaOf>,
        [typeof(Digamma)] = Unary<DigammaOf>,

        [typeof(Add)] = Binary<AddOf<double>, AddOf<float>, AddOf<long>, AddOf<int>>,
        [typeof(Sub)] = Binary<SubOf<double>, SubOf<float>, SubOf<long>, SubOf<int>>,
        [typeof(Mul)] = Binary<MulOf<double>, MulOf<float>, MulOf<long>, MulOf<int>>,
        [typeof(Maximum)] = Binary<MaximumOf<double>, MaximumOf<float>, MaximumOf<long>, MaximumOf<int>>,
        [typeof(Minimum)] = Binary<MinimumOf<double>, MinimumOf<float>, MinimumOf<long>, MinimumOf<int>>,
        [typeof(Div)] = Binary<DivOf<double>, DivOf<float>>,
        [typeof(StrongMul)] = Binary<StrongMulOf<double>, StrongMulOf<float>>,
        [typeof(Pow)] = Binary<PowOf, PowOf>,
        [typeof(Atan2)] = Binary<Atan2Of, Atan2Of>,

        [typeof(Less)] = Relation<LessOf<double>, LessOf<float>, LessOf<long>, LessOf<int>, LessTruthOf>,
        [typeof(LessOrEqual)] = Relation<
            LessOrEqualOf<double>, LessOrEqualOf<float>, LessOrEqualOf<long>, LessOrEqualOf<int>, LessOrEqualTruthOf>,
        [typeof(Equal)] = Relation<EqualOf<double>, EqualOf<float>, EqualOf<long>, EqualOf<int>, EqualTruthOf>,
        [typeof(Where)] = (_, lanes) => lanes == sizeof(int) ? new SelectLanes<int>() : new SelectLanes<long>(),
    };

    /// <summary>The function of an application in a loop whose lanes have so many bytes.</summary>
    public static LaneFunction Of(Application node, int laneBytes) => node.Operation is Cast cast
        ? Conversion(node.Operands[0].DType, cast.To, laneBytes)
        : Table[node.Operation.GetType()](node.Operands[0].DType, laneBytes);

    /// <summary>
    /// How a vector's lanes are typed; truth values are integers of all ones or all zeros, of as many bytes as told.
    /// </summary>
    public static Type LaneOf(DType dtype, int laneBytes) => dtype switch
    {
        DType.Float64 => typeof(double),
        DType.Float32 => typeof(float),
        DType.Int64 => typeof(long),
        DType.Int32 => typeof(int),
        _ => laneBytes == sizeof(int) ? typeof(int) : typeof(long),
    };

    public static bool Has(Type primitive) => primitive == typeof(Cast) || Table.ContainsKey(primitive);

    private static LaneFunction Unary<TFunction>(DType dtype, int laneBytes)
        where TFunction : struct, IUnary<double>, IUnary<float> =>
        dtype == DType.Float64 ? new UnaryLanes<double, TFunction>() : new UnaryLanes<float, TFunction>();

    private static LaneFunction Unary<TDouble, TFloat, TLong, TInt>(DType dtype, int laneBytes)
        where TDouble : struct, IUnary<double>
        where TFloat : struct, IUnary<float>
        where TLong : struct, IUnary<long>
        where TInt : struct, IUnary<int> => dtype switch
        {
            DType.Float64 => new UnaryLanes<double, TDouble>(),
            DType.Float32 => new UnaryLanes<float, TFloat>(),
            DType.Int64 => new UnaryLanes<long, TLong>(),
            _ => new UnaryLanes<int, TInt>(),
        };

    private static LaneFunction Binary<TDouble, TFloat>(DType dtype, int laneBytes)
        where TDouble : struct, IBinary<double>
        where TFloat : struct, IBinary<float> =>
        dtype == DType.Float64 ? new BinaryLanes<double, TDouble>() : new BinaryLanes<float, TFloat>();

    private static LaneFunction Binary<TDouble, TFloat, TLong, TInt>(DType dtype, int laneBytes)
        where TDouble : struct, IBinary<double>
        where TFloat : struct, IBinary<float>
        where TLong : struct, IBinary<long>
        where TInt : struct, IBinary<int> => dtype switch
        {
            DType.Float64 => new BinaryLanes<double, TDouble>(),
            DType.Float32 => new BinaryLanes<float, TFloat>(),
            DType.Int64 => new BinaryLanes<long, TLong>(),
            _ => new BinaryLanes<int, TInt>(),
        };

    private static LaneFunction Relation<TDouble, TFloat, TLong, TInt, TTruth>(DType dtype, int laneBytes)
        where TDouble : struct, IBinary<double>
        where TFloat : struct, IBinary<float>
        where TLong : struct, IBinary<long>
        where TInt : struct, IBinary<int>
        where TTruth : struct, IBinary<int>, IBinary<long> =>
        dtype != DType.Bool ? Binary<TDouble, TFloat, TLong, TInt>(dtype, laneBytes)
        : laneBytes == sizeof(int) ? new BinaryLanes<int, TTruth>()
        : new BinaryLanes<long, TTruth>();

    private static LaneFunction Conversion(DType from, DType to, int laneBytes) => laneBytes == sizeof(int)
        ? Conversion<float, int, ToIntegerOf, ToFloatOf>(from, to)
        : Conversion<double, long, ToIntegerOf, ToFloatOf>(from, to);

    private static LaneFunction Conversion<TFloat, TInteger, TToInteger, TToFloat>(DType from, DType to)
        where TFloat : unmanaged, INumberBase<TFloat>
        where TInteger : unmanaged, INumberBase<TInteger>
        where TToInteger : struct, IConversion<TFloat, TInteger>
        where TToFloat : struct, IConversion<TInteger, TFloat> => (from.IsFloat, to.IsFloat) switch
        {
            _ when from == to => new ConversionLanes<TInteger, TInteger, SameOf<TInteger>>(),
            (true, _) when to == DType.Bool => new ConversionLanes<TFloat, TFloat, ToTruthOf<TFloat>>(),
            (_, true) when from == DType.Bool => new ConversionLanes<TFloat, TFloat, OfTruthOf<TFloat>>(),
            (true, _) => new ConversionLanes<TFloat, TInteger, TToInteger>(),
            (_, true) => new ConversionLanes<TInteger, TFloat, TToFloat>(),
            _ when to == DType.Bool => new ConversionLanes<TInteger, TInteger, ToTruthOf<TInteger>>(),
            _ => new ConversionLanes<TInteger, TInteger, OfTruthOf<TInteger>>(),
        };
}
