using System.Numerics;
using DistGrad.Execute.Loops;
using DistGrad.Execute.Straight;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The kernel of every primitive that a plan can hold, one line each; elementwise ones stand in <see
/// cref="LaneTable"/>.
/// </summary>
internal static class KernelTable
{
    private static readonly Dictionary<Type, Func<Instruction, Kernel>> Table = new()
    {
        [typeof(Fused)] = LoopKernel.Of,
        [typeof(Polygamma)] = i => IsDouble(i) ? new PolygammaKernel<double>(i) : new PolygammaKernel<float>(i),

        [typeof(Identity)] = Moving,
        [typeof(Concat)] = Moving,
        [typeof(Pad)] = Moving,
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
        [typeof(FusedMatMul)] = i => i.Operands[0].DType == DType.Float64
            ? new FusedMatMulKernel<double>(i)
            : new FusedMatMulKernel<float>(i),

        [typeof(Convolution)] = i =>
            IsDouble(i) ? new ConvolutionKernel<double>(i) : new ConvolutionKernel<float>(i),
        [typeof(WindowSum)] = i => IsDouble(i) ? new WindowSumKernel<double>(i) : new WindowSumKernel<float>(i),
        [typeof(WindowArgMax)] = i => ByNumber(
            i,
            () => new WindowArgMaxKernel<double>(i),
            () => new WindowArgMaxKernel<float>(i),
            () => new WindowArgMaxKernel<long>(i),
            () => new WindowArgMaxKernel<int>(i)),

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
        [typeof(CumSum)] = i => ByNumber(
            i,
            () => new CumSumKernel<double, double>(i),
            () => new CumSumKernel<float, double>(i),
            () => new CumSumKernel<long, long>(i),
            () => new CumSumKernel<int, int>(i)),
        [typeof(ArgSort)] = i => ByNumber(
            i,
            () => new ArgSortKernel<double>(i),
            () => new ArgSortKernel<float>(i),
            () => new ArgSortKernel<long>(i),
            () => new ArgSortKernel<int>(i)),
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

        [typeof(Cholesky)] = i => IsDouble(i) ? new CholeskyKernel<double>(i) : new CholeskyKernel<float>(i),
        [typeof(TriangularSolve)] = i =>
            IsDouble(i) ? new TriangularSolveKernel<double>(i) : new TriangularSolveKernel<float>(i),
        [typeof(Lu)] = i => IsDouble(i) ? new LuKernel<double>(i) : new LuKernel<float>(i),
        [typeof(Solve)] = i => IsDouble(i) ? new SolveKernel<double>(i) : new SolveKernel<float>(i),
        [typeof(Qr)] = i => IsDouble(i) ? new PlainMatrixKernel<double>(i) : new PlainMatrixKernel<float>(i),
        [typeof(Eigh)] = i => IsDouble(i) ? new PlainMatrixKernel<double>(i) : new PlainMatrixKernel<float>(i),

        [typeof(Cond)] = i => Held(i, new CondKernel(i)),
        [typeof(Scan)] = i => Held(i, new ScanKernel(i)),
        [typeof(While)] = i => Held(i, new WhileKernel(i)),
        [typeof(Sweeps)] = i => Held(i, new SweepsKernel(i)),
    };

    public static Kernel Bind(Instruction instruction) =>
        Table.TryGetValue(instruction.Primitive.GetType(), out var bind)
        ? bind(instruction)
        : throw new DifferentiationException($"{instruction.Primitive.Name} has no forward value");

    /// <summary>Whether a plan can run it; those that cannot are readings, or are gone when a plan is made.</summary>
    public static bool Has(Type primitive) => Table.ContainsKey(primitive) || LaneTable.Has(primitive);

    private static Kernel Held(Instruction i, Kernel kernel) =>
        i.Held[0].IsStraight ? StraightKernel.Of(i, kernel) : kernel;

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

    private static Kernel Moving(Instruction i) => BySize(
        i => new RegionsKernel<long>(i), i => new RegionsKernel<int>(i), i => new RegionsKernel<byte>(i))(i);

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

    // Between types of different widths; the others, and truth values, are functions of lanes.
    private static Kernel Casting(Instruction i) => i.Operands[0].DType switch
    {
        DType.Float64 => Casting<double>(i),
        DType.Float32 => Casting<float>(i),
        DType.Int64 => Casting<long>(i),
        _ => Casting<int>(i),
    };

    private static Kernel Casting<TFrom>(Instruction i)
        where TFrom : unmanaged, INumberBase<TFrom> => i.Results[0].DType switch
        {
            DType.Float64 => new CastKernel<TFrom, double>(i),
            DType.Float32 => new CastKernel<TFrom, float>(i),
            DType.Int64 => new CastKernel<TFrom, long>(i),
            _ => new CastKernel<TFrom, int>(i),
        };
}
