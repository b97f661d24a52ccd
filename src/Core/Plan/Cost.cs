using DistGrad.Plan;

namespace DistGrad;

/// <summary>What it takes to compute a program once, told without running it.</summary>
/// <param name="Applications">
/// Operations that the program is made of, literals and readings that cost nothing included.
/// </param>
/// <param name="Flops">
/// Floating-point operations of the program as it is planned, by the count of each operation's rule.
/// </param>
/// <param name="Instructions">Steps of the plan, after simplification.</param>
/// <param name="ParameterBytes">What the arguments hold.</param>
/// <param name="ResultBytes">What the results hold.</param>
/// <param name="ScratchBytes">What is held in between at most, in one block that the parts of a run share.</param>
public sealed record Cost(
    int Applications, long Flops, int Instructions, long ParameterBytes, long ResultBytes, long ScratchBytes);

public sealed partial class Lambda
{
    /// <summary>
    /// What it takes to compute this program once: it is simplified and planned as it would be to run.
    /// </summary>
    public Cost Cost()
    {
        var plan = Planner.Plan(this);
        return new(
            Body.Length,
            HeldPrograms.Flops(plan.Program),
            plan.Instructions.Length,
            Parameters.Sum(Bytes),
            Results.Sum(Bytes),
            plan.ArenaBytes);
    }

    private static long Bytes(Tensor tensor) => (long)tensor.Shape.Size * tensor.DType.ByteSize;
}
