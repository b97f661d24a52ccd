using System.Diagnostics;
using DistGrad.Execute;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;

namespace DistGrad.Micro;

/// <summary>An instruction of a plan, and what it took by itself, in its place among the others.</summary>
/// <param name="Microseconds">Of each round.</param>
/// <param name="AllocatedBytes">On the managed heap, in the last round.</param>
internal sealed record TimedInstruction(Instruction Instruction, double[] Microseconds, long AllocatedBytes)
{
    public Samples Samples { get; } = new(Microseconds);

    /// <summary>What it does, to what.</summary>
    public string Description =>
        $"{Instruction.Primitive.Name} {string.Join(" x ", Instruction.Operands.Select(Described))}";

    private static string Described(Plan.View view) =>
        $"{view.Type}{(view.IsRowMajor ? "" : view.IsUniform ? " uniform" : " strided")}";
}

/// <summary>Times the instructions of a plan one by one.</summary>
internal static unsafe class Instructions
{
    /// <summary>Each over so many rounds, after half as many that do not count and with loops compiled.</summary>
    public static TimedInstruction[] Timed(Plan.Plan plan, Value[] arguments, Workers workers, int rounds)
    {
        using var arena = new Memory(plan.ArenaBytes);
        var frame = new Frame(plan.Buffers.Length, workers);
        var held = new List<Memory>();
        for (var i = 0; i < plan.Buffers.Length; i++)
        {
            frame[i] = plan.Buffers[i] switch
            {
                Storage.Scratch scratch => arena.Start + (nint)scratch.Offset,
                Storage.Argument argument => Kept(arguments[argument.Index]),
                Storage.Constant constant => Kept(constant.Value),
                var other => Kept(Value.Uninitialized(other.DType, Shape.Of(other.Size))),
            };
        }
        var kernels = plan.Instructions.Select(KernelTable.Bind).ToArray();
        foreach (var kernel in kernels)
            kernel.Compile();
        var times = kernels.Select(_ => new double[rounds]).ToArray();
        var bytes = new long[kernels.Length];
        for (var round = -(rounds / 2) - 1; round < rounds; round++)
        {
            for (var i = 0; i < kernels.Length; i++)
            {
                var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
                kernels[i].Run(frame);
                if (round >= 0)
                    times[i][round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                bytes[i] = GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }
        foreach (var memory in held)
            memory.Dispose();
        return [.. plan.Instructions.Select((instruction, i) => new TimedInstruction(instruction, times[i], bytes[i]))];

        nint Kept(Value value)
        {
            var content = value.AsBytes();
            held.Add(new(content.Length));
            content.CopyTo(new Span<byte>((void*)held[^1].Start, content.Length));
            return held[^1].Start;
        }
    }
}
