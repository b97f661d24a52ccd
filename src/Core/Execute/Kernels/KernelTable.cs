using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>The kernel of every primitive that a plan can hold, one line each.</summary>
internal static class KernelTable
{
    private static readonly Dictionary<Type, Func<Instruction, Kernel>> Table = new()
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

        [typeof(Add)] = Binary<AddOf<double>, AddOf<float>, AddOf<long>, AddOf<int>>,
        [typeof(Sub)] = Binary<SubOf<double>, SubOf<float>, SubOf<long>, SubOf<int>>,
        [typeof(Mul)] = Binary<MulOf<double>, MulOf<float>, MulOf<long>, MulOf<int>>,
        [typeof(Maximum)] = Binary<MaximumOf<double>, MaximumOf<float>, MaximumOf<long>, MaximumOf<int>>,
        [typeof(Minimum)] = Binary<MinimumOf<double>, MinimumOf<float>, MinimumOf<long>, MinimumOf<int>>,
        [typeof(Div)] = i =>
            IsDouble(i) ? new BinaryKernel<double, DivOf<double>>(i) : new BinaryKernel<float, DivOf<float>>(i),
        [typeof(StrongMul)] = i =>
            IsDouble(i)
                ? new BinaryKernel<double, StrongMulOf<double>>(i)
                : new BinaryKernel<float, StrongMulOf<float>>(i),
        [typeof(Pow)] = i => IsDouble(i) ? new BinaryKernel<double, PowOf>(i) : new BinaryKernel<float, PowOf>(i),
        [typeof(Atan2)] = i => IsDouble(i) ? new BinaryKernel<double, Atan2Of>(i) : new BinaryKernel<float, Atan2Of>(i),
        [typeof(Less)] = Relation<LessOf<double>, LessOf<float>, LessOf<long>, LessOf<int>, LessOf<byte>>,
        [typeof(LessOrEqual)] = Relation<
            LessOrEqualOf<double>, LessOrEqualOf<float>, LessOrEqualOf<long>, LessOrEqualOf<int>, LessOrEqualOf<byte>>,
        [typeof(Equal)] = Relation<EqualOf<double>, EqualOf<float>, EqualOf<long>, EqualOf<int>, EqualOf<byte>>,

        [typeof(Where)] = BySize(
            i => new WhereKernel<long>(i), i => new WhereKernel<int>(i), i => new WhereKernel<byte>(i)),
        [typeof(Identity)] = BySize(
            i => new CopyKernel<long>(i), i => new CopyKernel<int>(i), i => new CopyKernel<byte>(i)),
        [typeof(Concat)] = BySize(
            i => new ConcatKernel<long>(i), i => new ConcatKernel<int>(i), i => new ConcatKernel<byte>(i)),
        [typeof(Pad)] = BySize(i => new PadKernel<long>(i), i => new PadKernel<int>(i), i => new PadKernel<byte>(i)),
        [typeof(Cast)] = Casting,

        [typeof(Sum)] = i => ByNumber(i, Reduced<double>(i, Reduction.Sum), Reduced<float>(i, Reduction.Sum),
            Reduced<long>(i, Reduction.Sum), Reduced<int>(i, Reduction.Sum)),
        [typeof(Max)] = i => ByNumber(i, Reduced<double>(i, Reduction.Max), Reduced<float>(i, Reduction.Max),
            Reduced<long>(i, Reduction.Max), Reduced<int>(i, Reduction.Max)),
        [typeof(Min)] = i => ByNumber(i, Reduced<double>(i, Reduction.Min), Reduced<float>(i, Reduction.Min),
            Reduced<long>(i, Reduction.Min), Reduced<int>(i, Reduction.Min)),
        [typeof(ArgMax)] = i => ByNumber(
            i, Located<double>(i, ArgReduction.ArgMax), Located<float>(i, ArgReduction.ArgMax),
            Located<long>(i, ArgReduction.ArgMax), Located<int>(i, ArgReduction.ArgMax)),
        [typeof(ArgMin)] = i => ByNumber(
            i, Located<double>(i, ArgReduction.ArgMin), Located<float>(i, ArgReduction.ArgMin),
            Located<long>(i, ArgReduction.ArgMin), Located<int>(i, ArgReduction.ArgMin)),
        [typeof(MatMul)] = i => ByNumber(
            i,
            () => new MatMulKernel<double>(i, MatrixProduct.Multiply),
            () => new MatMulKernel<float>(i, MatrixProduct.Multiply),
            () => new MatMulKernel<long>(i, MatrixProduct.MultiplyIntegers),
            () => new MatMulKernel<int>(i, MatrixProduct.MultiplyIntegers)),

        [typeof(Gather)] = i => IsNarrow(i.Operands[1])
            ? BySize(
                g => new GatherKernel<long, int>(g),
                g => new GatherKernel<int, int>(g),
                g => new GatherKernel<byte, int>(g))(i)
            : BySize(
                g => new GatherKernel<long, long>(g),
                g => new GatherKernel<int, long>(g),
                g => new GatherKernel<byte, long>(g))(i),
        [typeof(ScatterAdd)] = i => IsNarrow(i.Operands[1]) ? Scattering<int>(i) : Scattering<long>(i),
        [typeof(Iota)] = i => ByNumber(
            i,
            () => new IotaKernel<double>(i),
            () => new IotaKernel<float>(i),
            () => new IotaKernel<long>(i),
            () => new IotaKernel<int>(i)),
        [typeof(RandomBits)] = i => IsNarrow(i.Results[0])
            ? new DrawKernel<int>(i, bits => unchecked((int)bits))
            : new DrawKernel<long>(i, bits => unchecked((long)bits)),
        [typeof(RandomUniform)] = i =>
            IsDouble(i) ? new DrawKernel<double>(i, Threefry.Uniform64) : new DrawKernel<float>(i, Threefry.Uniform32),

        [typeof(Cond)] = i => new CondKernel(i),
        [typeof(Scan)] = i => new ScanKernel(i),
        [typeof(While)] = i => new WhileKernel(i),
        [typeof(Sweeps)] = i => new SweepsKernel(i),
    };

    public static Kernel Bind(Instruction instruction) =>
        Table.TryGetValue(instruction.Primitive.GetType(), out var bind)
        ? bind(instruction)
        : throw new DifferentiationException($"{instruction.Primitive.Name} has no forward value");

    /// <summary>Whether a plan can run it; those that cannot are readings, or are gone when a plan is made.</summary>
    public static bool Has(Type primitive) => Table.ContainsKey(primitive);

    private static bool IsDouble(Instruction i) => i.Results[0].DType == DType.Float64;

    private static bool IsNarrow(View view) => view.DType == DType.Int32;

    private static Kernel ByNumber(
        Instruction i, Func<Kernel> doubles, Func<Kernel> floats, Func<Kernel> longs, Func<Kernel> ints) =>
        (i.Operands.IsEmpty ? i.Results[0] : i.Operands[0]).DType switch
        {
            DType.Float64 => doubles(),
            DType.Float32 => floats(),
            DType.Int64 => longs(),
            _ => ints(),
        };

    private static Func<Instruction, Kernel> BySize(
        Func<Instruction, Kernel> eight, Func<Instruction, Kernel> four, Func<Instruction, Kernel> one) =>
        i => i.Results[0].DType.ByteSize switch
        {
            8 => eight(i),
            4 => four(i),
            _ => one(i),
        };

    private static Kernel Unary<TFunction>(Instruction i) where TFunction : struct, IUnary<double>, IUnary<float> =>
        IsDouble(i) ? new UnaryKernel<double, TFunction>(i) : new UnaryKernel<float, TFunction>(i);

    private static Kernel Unary<TDouble, TFloat, TLong, TInt>(Instruction i)
        where TDouble : struct, IUnary<double>
        where TFloat : struct, IUnary<float>
        where TLong : struct, IUnary<long>
        where TInt : struct, IUnary<int> => ByNumber(
            i,
            () => new UnaryKernel<double, TDouble>(i),
            () => new UnaryKernel<float, TFloat>(i),
            () => new UnaryKernel<long, TLong>(i),
            () => new UnaryKernel<int, TInt>(i));

    private static Kernel Binary<TDouble, TFloat, TLong, TInt>(Instruction i)
        where TDouble : struct, IBinary<double>
        where TFloat : struct, IBinary<float>
        where TLong : struct, IBinary<long>
        where TInt : struct, IBinary<int> => ByNumber(
            i,
            () => new BinaryKernel<double, TDouble>(i),
            () => new BinaryKernel<float, TFloat>(i),
            () => new BinaryKernel<long, TLong>(i),
            () => new BinaryKernel<int, TInt>(i));

    private static Kernel Relation<TDouble, TFloat, TLong, TInt, TByte>(Instruction i)
        where TDouble : struct, IRelation<double>
        where TFloat : struct, IRelation<float>
        where TLong : struct, IRelation<long>
        where TInt : struct, IRelation<int>
        where TByte : struct, IRelation<byte> => i.Operands[0].DType == DType.Bool
            ? new RelationKernel<byte, TByte>(i)
            : ByNumber(
                i,
                () => new RelationKernel<double, TDouble>(i),
                () => new RelationKernel<float, TFloat>(i),
                () => new RelationKernel<long, TLong>(i),
                () => new RelationKernel<int, TInt>(i));

    private static Func<Kernel> Reduced<T>(Instruction i, Fold<T, T> fold) where T : unmanaged =>
        () => new ReductionKernel<T, T>(
            i, Folded.Over(i.Operands[0].Shape, ((DistGrad.Reduction)i.Primitive).Axes), fold);

    private static Func<Kernel> Located<T>(Instruction i, Fold<T, long> fold) where T : unmanaged => () =>
        new ReductionKernel<T, long>(i, Folded.Over(i.Operands[0].Shape, ((ExtremeIndex)i.Primitive).Axis, 1), fold);

    private static Kernel Scattering<TIndex>(Instruction i)
        where TIndex : unmanaged, IBinaryInteger<TIndex> =>
        ByNumber(
            i,
            () => new ScatterAddKernel<double, TIndex>(i),
            () => new ScatterAddKernel<float, TIndex>(i),
            () => new ScatterAddKernel<long, TIndex>(i),
            () => new ScatterAddKernel<int, TIndex>(i));

    private static Kernel Casting(Instruction i) => i.Operands[0].DType switch
    {
        DType.Float64 => Casting<double>(i),
        DType.Float32 => Casting<float>(i),
        DType.Int64 => Casting<long>(i),
        DType.Int32 => Casting<int>(i),
        _ => Casting<byte>(i),
    };

    private static Kernel Casting<TFrom>(Instruction i)
        where TFrom : unmanaged, INumberBase<TFrom> => i.Results[0].DType switch
        {
            DType.Float64 => new CastKernel<TFrom, double>(i),
            DType.Float32 => new CastKernel<TFrom, float>(i),
            DType.Int64 => new CastKernel<TFrom, long>(i),
            DType.Int32 => new CastKernel<TFrom, int>(i),
            _ => new TruthKernel<TFrom>(i),
        };
}
