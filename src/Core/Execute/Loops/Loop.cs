using System.Collections.Immutable;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;

namespace DistGrad.Execute.Loops;

/// <summary>
/// What a fused instruction does with each vector of elements: operands are loaded, functions applied, results stored
/// and accumulators fed. Values are numbered, the operands' first.
/// </summary>
internal sealed class Loop
{
    public Loop(Instruction instruction, ImmutableArray<bool> repeated)
    {
        var fused = (Fused)instruction.Primitive;
        var body = fused.Body;
        LaneBytes = fused.LaneBytes;
        Weight = body.Body.Sum(LoopTraits.Weight);
        IsRow = fused.Reduced is { IsRow: true };
        var numbers = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance);
        foreach (var parameter in body.Parameters)
            numbers[parameter] = numbers.Count;
        Operands = [.. body.Parameters.Select((p, i) => new LoopOperand(
            p.DType, LaneTable.LaneOf(p.DType, LaneBytes), repeated[i],
            repeated[i] ? 0 : instruction.Traffic?.Ahead[i] ?? 0))];
        Steps =
        [
            .. body.Body.Where(n => n.Operation is not DistGrad.Reduction).Select(n =>
            {
                numbers[n.Results[0]] = numbers.Count;
                return new LoopStep(
                    LaneTable.Of(n, LaneBytes), [.. n.Operands.Select(o => numbers[o])],
                    LaneTable.LaneOf(n.Results[0].DType, LaneBytes));
            }),
        ];
        var results = body.Results.Select((r, i) => (Node: r.Source, Index: i)).ToArray();
        Stores =
        [
            .. results.Where(r => r.Node.Operation is not DistGrad.Reduction)
                .Select(r => new LoopStore(
                    numbers[r.Node.Results[0]], r.Index, r.Node.Results[0].DType,
                    instruction.Traffic?.IsPassing[r.Index] ?? false)),
        ];
        Folds =
        [
            .. results.Where(r => r.Node.Operation is DistGrad.Reduction)
                .Select(r => new LoopFold(numbers[r.Node.Operands[0]], r.Index, FoldOf(r.Node))),
        ];
    }

    /// <summary>Bytes of a lane.</summary>
    public int LaneBytes { get; }

    /// <summary>How much code a vector is, in simple operations.</summary>
    public int Weight { get; }

    public ImmutableArray<LoopOperand> Operands { get; }

    public ImmutableArray<LoopStep> Steps { get; }

    public ImmutableArray<LoopStore> Stores { get; }

    public ImmutableArray<LoopFold> Folds { get; }

    /// <summary>
    /// Whether there are reductions along rows, into four accumulators, rather than along columns, into one each.
    /// </summary>
    public bool IsRow { get; }

    /// <summary>Whether some results are written past the caches.</summary>
    public bool IsPassing => Stores.Any(s => s.IsPassing);

    /// <summary>Elements of a vector.</summary>
    public int Lanes => LaneFunction.VectorBytes / LaneBytes;

    /// <summary>
    /// Where a run of the loop finds the addresses of operands, stores, accumulators and, behind these, of the lanes
    /// that rows reduce.
    /// </summary>
    public int MaskSlot => Operands.Length + Stores.Length + Folds.Length;

    public int StoreSlot(int store) => Operands.Length + store;

    public int FoldSlot(int fold) => Operands.Length + Stores.Length + fold;

    private static LaneFold FoldOf(Application node) => (node.Operation, node.Results[0].DType) switch
    {
        (Sum, DType.Float64) => new LaneFold<double, SumFold<double>>(),
        (Sum, _) => new LaneFold<float, SumFold<float>>(),
        (Max, DType.Float64) => new LaneFold<double, MaxFold<double>>(),
        (Max, _) => new LaneFold<float, MaxFold<float>>(),
        (_, DType.Float64) => new LaneFold<double, MinFold<double>>(),
        _ => new LaneFold<float, MinFold<float>>(),
    };
}

/// <summary>What a loop reads: lanes of a type, or truth values as bytes.</summary>
/// <param name="DType">The type in memory.</param>
/// <param name="Lane">The type of the lanes.</param>
/// <param name="IsRepeated">Whether one vector stands for all.</param>
/// <param name="Ahead">How many bytes before they are read to ask the memory for them; 0 for not at all.</param>
internal sealed record LoopOperand(DType DType, Type Lane, bool IsRepeated, int Ahead)
{
    public bool IsTruth => DType == DType.Bool;
}

/// <summary>A function applied to values, by their numbers.</summary>
internal sealed record LoopStep(LaneFunction Function, ImmutableArray<int> Operands, Type Lane);

/// <summary>A value that becomes a result of the instruction.</summary>
/// <param name="Value">Its number.</param>
/// <param name="Result">Which result.</param>
/// <param name="DType">The type in memory.</param>
/// <param name="IsPassing">Whether it is written past the caches, where it lies on cache lines.</param>
internal sealed record LoopStore(int Value, int Result, DType DType, bool IsPassing)
{
    public bool IsTruth => DType == DType.Bool;
}

/// <summary>A value that is reduced into a result of the instruction.</summary>
internal sealed record LoopFold(int Value, int Result, LaneFold Fold);
