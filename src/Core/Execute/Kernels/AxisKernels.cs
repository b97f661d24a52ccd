using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>Something done to each line of elements along an axis, by itself; threads share lines.</summary>
internal abstract unsafe class AxisKernel(Instruction instruction, int axis) : Kernel
{
    private const int WorthAThread = 1 << 14;

    private readonly int lines = Lines(instruction.Operands[0].Shape, axis);

    protected int Length { get; } = instruction.Operands[0].Shape[axis];

    /// <summary>How far neighbours lie from each other.</summary>
    protected int Stride { get; } = instruction.Operands[0].Shape.Strides()[axis];

    public override void Run(Frame frame)
    {
        if (lines == 0 || Length == 0)
            return;
        var parts = (long)lines * Length < WorthAThread ? 1 : Math.Min(lines, 4 * frame.Workers.Threads);
        frame.Workers.Run(parts, (Kernel: this, frame, parts), static (s, part) =>
        {
            var (kernel, lines) = (s.Kernel, (long)s.Kernel.lines);
            for (var line = (int)(lines * part / s.parts); line < lines * (part + 1) / s.parts; line++)
                kernel.Line(s.frame, kernel.Start(line));
        });
    }

    /// <summary>The line that starts at this place.</summary>
    protected abstract void Line(Frame frame, int start);

    private int Start(int line) => (line / Stride * Stride * Length) + (line % Stride);

    private static int Lines(Shape shape, int axis) => shape.RemoveAt(axis).Size;
}

/// <summary>Sums are taken one after the other, in <typeparamref name="TSum"/>.</summary>
internal sealed unsafe class CumSumKernel<T, TSum>(Instruction instruction)
    : AxisKernel(instruction, ((CumSum)instruction.Primitive).Axis)
    where T : unmanaged, INumber<T>
    where TSum : unmanaged, INumber<TSum>
{
    private readonly View x = instruction.Operands[0];
    private readonly View y = instruction.Results[0];
    private readonly bool fromEnd = ((CumSum)instruction.Primitive).FromEnd;

    protected override void Line(Frame frame, int start)
    {
        var from = frame.At<T>(x) + start;
        var to = frame.At<T>(y) + start;
        var sum = TSum.Zero;
        for (var i = 0; i < Length; i++)
        {
            var at = (nint)(fromEnd ? Length - 1 - i : i) * Stride;
            sum += TSum.CreateTruncating(from[at]);
            to[at] = T.CreateTruncating(sum);
        }
    }
}

/// <summary>
/// Elements become integers of the same order, which are sorted with their places; those that are equal are then put
/// in the order of these.
/// </summary>
internal sealed unsafe class ArgSortKernel<T>(Instruction instruction)
    : AxisKernel(instruction, ((ArgSort)instruction.Primitive).Axis)
    where T : unmanaged, INumber<T>
{
    private readonly View x = instruction.Operands[0];
    private readonly View y = instruction.Results[0];
    private readonly bool descending = ((ArgSort)instruction.Primitive).Descending;

    protected override void Line(Frame frame, int start)
    {
        var scratch = (long*)Scratch.Take((nint)Length * 2 * sizeof(long));
        var keys = new Span<long>(scratch, Length);
        var places = new Span<long>(scratch + Length, Length);
        var from = frame.At<T>(x) + start;
        var to = frame.At<long>(y) + start;
        for (var i = 0; i < Length; i++)
        {
            var key = Key(from[(nint)i * Stride]);
            (keys[i], places[i]) = (descending ? ~key : key, i);
        }
        keys.Sort(places);
        for (int i = 0, end; i < Length; i = end)
        {
            for (end = i + 1; end < Length && keys[end] == keys[i];)
                end++;
            places[i..end].Sort();
        }
        for (var i = 0; i < Length; i++)
            to[(nint)i * Stride] = places[i];
    }

    // The bits of a positive number grow with it; those of a negative one are turned round. All NaN are one.
    private static long Key(T number)
    {
        if (typeof(T) != typeof(double) && typeof(T) != typeof(float))
            return long.CreateTruncating(number);
        var value = double.CreateTruncating(number);
        if (double.IsNaN(value))
            return long.MaxValue;
        var bits = BitConverter.DoubleToInt64Bits(value + 0.0);
        return bits < 0 ? ~bits ^ long.MinValue : bits;
    }
}
