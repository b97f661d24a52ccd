using System.Diagnostics;
using DistGrad.Execute;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;

namespace DistGrad.Micro;

/// <summary>An instruction, how often it runs, and how long it takes each time.</summary>
/// <param name="Instruction">What runs.</param>
/// <param name="Depth">In how many loops it stands.</param>
/// <param name="Times">How often it runs in one run of the whole; of loops without a known length, in one trip.</param>
/// <param name="Microseconds">Each time.</param>
internal sealed record Timed(Instruction Instruction, int Depth, long Times, Samples Microseconds)
{
    /// <summary>In one run of the whole.</summary>
    public double Total => Times * Microseconds.Median;

    public override string ToString() =>
        $"{(Depth > 0 ? $"{Times:N0} times " : "")}{Instruction.Primitive.Name} " +
        string.Join(" x ", Instruction.Operands.Take(4).Select(Described)) +
        (Instruction.Operands.Length > 4 ? $" and {Instruction.Operands.Length - 4} more" : "");

    private static string Described(Plan.View view) =>
        $"{view.Type}{(view.IsRowMajor ? "" : view.IsUniform ? " uniform" : " strided")}";
}

/// <summary>Each instruction of a plan timed by itself, in its place.</summary>
internal static class Profile
{
    /// <summary>Instructions that hold no program, those of loops included.</summary>
    public static IEnumerable<Timed> Leaves(Plan.Plan plan, IReadOnlyList<Value?> arguments, int rounds) =>
        Of(plan, arguments, rounds, 0, 1).Where(t => t.Instruction.Held.IsEmpty);

    /// <summary>Of a plan and of the loops in it, whose own operands are taken to be zeros.</summary>
    public static IEnumerable<Timed> Of(
        Plan.Plan plan, IReadOnlyList<Value?> arguments, int rounds, int depth = 0, long times = 1)
    {
        var found = Flat(plan, arguments, rounds)
            .Select(t => new Timed(t.Instruction, depth, times, t.Samples)).ToArray();
        return found.Concat(found.SelectMany(t => t.Instruction.Held.SelectMany(held => Of(
            held, new Value?[held.Program.Parameters.Length], rounds, depth + 1,
            times * (t.Instruction.Primitive is Scan scan ? scan.Length : 1)))));
    }

    private static unsafe List<(Instruction Instruction, Samples Samples)> Flat(
        Plan.Plan plan, IReadOnlyList<Value?> arguments, int rounds)
    {
        using var arena = new Memory(plan.ArenaBytes);
        new Span<byte>((void*)arena.Start, checked((int)plan.ArenaBytes)).Clear();
        using var workers = new Workers(1);
        var frame = new Frame(plan.Buffers.Length, workers);
        var held = new List<Memory>();
        for (var i = 0; i < plan.Buffers.Length; i++)
        {
            frame[i] = plan.Buffers[i] switch
            {
                Storage.Scratch scratch => arena.Start + (nint)scratch.Offset,
                Storage.Argument argument when arguments[argument.Index] is { } value => Kept(value),
                Storage.Constant constant => Kept(constant.Value),
                var other => Kept(Value.Full(other.DType, Shape.Of(other.Size), 0)),
            };
        }
        var kernels = plan.Instructions.Select(KernelTable.Bind).ToArray();
        foreach (var kernel in kernels)
            kernel.Compile();
        var times = kernels.Select(_ => new double[rounds]).ToArray();
        for (var round = -rounds; round < rounds; round++)
        {
            for (var i = 0; i < kernels.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                kernels[i].Run(frame);
                if (round >= 0)
                    times[i][round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        }
        foreach (var memory in held)
            memory.Dispose();
        return [.. plan.Instructions.Zip(times, (instruction, t) => (instruction, new Samples(t)))];

        nint Kept(Value value)
        {
            var bytes = value.AsBytes();
            held.Add(new(bytes.Length));
            bytes.CopyTo(new Span<byte>((void*)held[^1].Start, bytes.Length));
            return held[^1].Start;
        }
    }
}
