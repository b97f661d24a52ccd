using System.Collections.Immutable;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

internal sealed unsafe class CondKernel(Instruction instruction) : Kernel
{
    private readonly Machine then = new(instruction.Held[0]);
    private readonly Machine other = new(instruction.Held[1]);

    public override void Compile()
    {
        then.Compile();
        other.Compile();
    }

    public override void Run(Frame frame)
    {
        var chosen = *frame.At<bool>(instruction.Operands[0]) ? then : other;
        chosen.Run(
            [.. instruction.Operands.Skip(1).Select(o => (nint)Starts.Of(frame, o))],
            [.. instruction.Results.Select(r => (nint)Starts.Of(frame, r))],
            frame.Workers);
    }
}

/// <summary>
/// Carries live in two sets of buffers that take turns; slices of xs and ys are read and written where they lie.
/// </summary>
internal sealed unsafe class ScanKernel(Instruction instruction) : Kernel
{
    private readonly Machine body = new(instruction.Held[0]);
    private readonly Scan scan = (Scan)instruction.Primitive;

    public override void Compile() => body.Compile();

    public override void Run(Frame frame)
    {
        var (operands, results) = (instruction.Operands, instruction.Results);
        using var turns = new Turns(results[..scan.Carries]);
        var carries = operands.Slice(scan.Constants, scan.Carries).Select(o => Starts.Of(frame, o)).ToArray();
        var constants = operands[..scan.Constants].Select(o => Starts.Of(frame, o)).ToArray();
        foreach (var step in Scan.Steps(scan.Length, scan.Reverse))
        {
            var next = turns.Next();
            body.Run(
                [
                    .. constants, .. carries,
                    .. operands[(scan.Constants + scan.Carries)..].Select(x => Row(frame, x, step)),
                ],
                [.. next, .. results[scan.Carries..].Select(y => Row(frame, y, step))],
                frame.Workers);
            carries = next;
        }
        for (var i = 0; i < scan.Carries; i++)
        {
            var bytes = results[i].Shape.Size * results[i].DType.ByteSize;
            new Span<byte>((void*)carries[i], bytes).CopyTo(new Span<byte>((void*)Starts.Of(frame, results[i]), bytes));
        }
    }

    private static nint Row(Frame frame, View stack, int step) =>
        Starts.Of(frame, stack) + ((nint)step * stack.Shape.Strides()[0] * stack.DType.ByteSize);

    private sealed class Turns(ImmutableArray<View> carries) : IDisposable
    {
        private readonly Memory[] memory = [new(Bytes(carries)), new(Bytes(carries))];
        private int turn;

        public nint[] Next()
        {
            turn ^= 1;
            var starts = new nint[carries.Length];
            var at = memory[turn].Start;
            for (var i = 0; i < starts.Length; i++)
            {
                starts[i] = at;
                at += Aligned(carries[i]);
            }
            return starts;
        }

        public void Dispose()
        {
            foreach (var half in memory)
                half.Dispose();
        }

        private static long Bytes(ImmutableArray<View> views) => views.Sum(v => (long)Aligned(v));

        private static nint Aligned(View view) => (((nint)view.Shape.Size * view.DType.ByteSize) + 63) / 64 * 64;
    }
}

/// <summary>Where a view starts in a frame, as a plain address.</summary>
internal static class Starts
{
    public static nint Of(Frame frame, View view) =>
        frame[view.Buffer] + ((nint)view.Layout.Offset * view.DType.ByteSize);
}
