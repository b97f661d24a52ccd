using System.Collections.Immutable;
using DistGrad.Plan;

namespace DistGrad.Execute.Straight;

/// <summary>An instruction that holds small programs, such as a loop of scalars, and itself is one.</summary>
internal sealed unsafe class StraightKernel : Kernel
{
    private readonly Instruction instruction;
    private readonly Kernel machine;
    private readonly StraightTier tier;

    private StraightKernel(Instruction instruction, Kernel machine, StraightTier tier) =>
        (this.instruction, this.machine, this.tier) = (instruction, machine, tier);

    /// <summary>
    /// The same as the kernel does, faster once it has run long enough; the kernel where that cannot be.
    /// </summary>
    public static Kernel Of(Instruction instruction, Kernel machine)
    {
        ImmutableArray<Tensor> parameters =
            [.. instruction.Operands.Select(o => Tensor.Parameter(o.Type, "operand"))];
        var program = new Lambda(
            instruction.Primitive.Name, parameters, Application.Of(instruction.Primitive, parameters).Results);
        return StraightTier.Of(program, 1, instruction.Held) is { } tier
            ? new StraightKernel(instruction, machine, tier)
            : machine;
    }

    public override void Compile()
    {
        tier.Compile();
        if (!tier.IsCompiled)
            machine.Compile();
    }

    public override void Run(Frame frame)
    {
        var (operands, results) = (instruction.Operands, instruction.Results);
        var starts = stackalloc nint[operands.Length + results.Length];
        for (var i = 0; i < operands.Length; i++)
            starts[i] = frame.Start(operands[i]);
        for (var i = 0; i < results.Length; i++)
            starts[operands.Length + i] = frame.Start(results[i]);
        if (tier.Run(new(starts, operands.Length), new(starts + operands.Length, results.Length)))
            return;
        var before = StraightTier.InstructionsRun;
        machine.Run(frame);
        tier.Spent(StraightTier.InstructionsRun - before);
    }
}
