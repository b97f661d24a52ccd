using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

internal sealed unsafe class CondKernel(Instruction instruction) : Kernel
{
    private readonly Machine then = new(instruction.Held[0]);
    private readonly Machine other = new(instruction.Held[1]);
    private readonly Desks<Call> desks = new(() => new(instruction.Operands.Length - 1, instruction.Results.Length));

    public override void Compile()
    {
        then.Compile();
        other.Compile();
    }

    public override void Run(Frame frame)
    {
        var chosen = *frame.At<bool>(instruction.Operands[0]) ? then : other;
        var call = desks.Take();
        for (var i = 0; i < call.Arguments.Length; i++)
            call.Arguments[i] = frame.Start(instruction.Operands[i + 1]);
        for (var i = 0; i < call.Results.Length; i++)
            call.Results[i] = frame.Start(instruction.Results[i]);
        chosen.Run(call.Arguments, call.Results, frame.Workers);
        desks.Return(call);
    }
}

/// <summary>
/// Carries live in two sets of buffers that take turns; slices of xs and ys are read and written where they lie.
/// </summary>
internal sealed unsafe class ScanKernel(Instruction instruction) : Kernel
{
    private readonly Machine body = new(instruction.Held[0]);
    private readonly Scan scan = (Scan)instruction.Primitive;
    private readonly Desks<Desk> desks = new(() => new(instruction));

    public override void Compile() => body.Compile();

    public override void Run(Frame frame)
    {
        var desk = desks.Take();
        var (operands, results) = (instruction.Operands, instruction.Results);
        var (arguments, made) = (desk.Call.Arguments, desk.Call.Results);
        var first = scan.Reverse ? scan.Length - 1 : 0;
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = frame.Start(operands[i]) + (first * desk.Steps[i]);
        for (var i = 0; i < made.Length; i++)
            made[i] = frame.Start(results[i]) + (first * desk.Steps[arguments.Length + i]);
        for (var step = 0; step < scan.Length; step++)
        {
            desk.Turns.Next(made);
            body.Run(arguments, made, frame.Workers);
            Array.Copy(made, 0, arguments, scan.Constants, scan.Carries);
            for (var i = scan.Constants + scan.Carries; i < arguments.Length; i++)
                arguments[i] += scan.Reverse ? -desk.Steps[i] : desk.Steps[i];
            for (var i = scan.Carries; i < made.Length; i++)
                made[i] += scan.Reverse ? -desk.Steps[arguments.Length + i] : desk.Steps[arguments.Length + i];
        }
        for (var i = 0; i < scan.Carries; i++)
            Carries.Copy(arguments[scan.Constants + i], frame.Start(results[i]), results[i]);
        desks.Return(desk);
    }

    /// <summary>What a run writes down: addresses, how far each moves from step to step, the carries.</summary>
    private sealed class Desk
    {
        public Desk(Instruction instruction)
        {
            var scan = (Scan)instruction.Primitive;
            var (operands, results) = (instruction.Operands, instruction.Results);
            Call = new(operands.Length, results.Length);
            Turns = new([.. results.Take(scan.Carries)]);
            Steps =
            [
                .. operands.Select((o, i) => i < scan.Constants + scan.Carries ? 0 : Step(o)),
                .. results.Select((r, i) => i < scan.Carries ? 0 : Step(r)),
            ];
        }

        public Call Call { get; }

        public Turns Turns { get; }

        public nint[] Steps { get; }

        private static nint Step(View stack) => (nint)stack.Shape.Strides()[0] * stack.DType.ByteSize;
    }
}

/// <summary>The states live in two sets of buffers that take turns.</summary>
internal sealed unsafe class WhileKernel(Instruction instruction) : Kernel
{
    private readonly Machine condition = new(instruction.Held[0]);
    private readonly Machine body = new(instruction.Held[1]);
    private readonly int constants = ((While)instruction.Primitive).Constants;
    private readonly Desks<Desk> desks = new(() => new(instruction));

    public override void Compile()
    {
        condition.Compile();
        body.Compile();
    }

    public override void Run(Frame frame)
    {
        var desk = desks.Take();
        var (operands, results) = (instruction.Operands, instruction.Results);
        var (arguments, made) = (desk.Call.Arguments, desk.Call.Results);
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = frame.Start(operands[i]);
        var trips = 0L;
        for (; GoesOn(arguments, frame.Workers); trips++)
        {
            desk.Turns.Next(made);
            body.Run(arguments, made, frame.Workers);
            Array.Copy(made, 0, arguments, constants, made.Length);
        }
        for (var i = 0; i < made.Length; i++)
            Carries.Copy(arguments[constants + i], frame.Start(results[i]), results[i]);
        *frame.At<long>(results[^1]) = trips;
        desks.Return(desk);
    }

    private bool GoesOn(nint[] arguments, Workers workers)
    {
        var goesOn = false;
        condition.Run(arguments, [(nint)(&goesOn)], workers);
        return goesOn;
    }

    private sealed class Desk(Instruction instruction)
    {
        public Call Call { get; } = new(instruction.Operands.Length, instruction.Results.Length - 1);

        public Turns Turns { get; } = new([.. instruction.Results.SkipLast(1)]);
    }
}

/// <summary>The addresses with which a program is called.</summary>
internal sealed class Call(int arguments, int results)
{
    public nint[] Arguments { get; } = new nint[arguments];

    public nint[] Results { get; } = new nint[results];
}

/// <summary>Two sets of buffers for the carries of a loop: one is read while the other is written.</summary>
internal sealed class Turns
{
    private readonly nint[][] starts;
    private int turn;

    public Turns(IReadOnlyList<View> carries)
    {
        var half = Carries.Bytes(carries);
        Memory = new(2 * half);
        starts = [Carries.Starts(carries, Memory.Start), Carries.Starts(carries, Memory.Start + (nint)half)];
    }

    // Held so that it lives as long as the addresses do.
    private Memory Memory { get; }

    /// <summary>Names the buffers whose turn it is to be written, in front of what else stands there.</summary>
    public void Next(nint[] results)
    {
        turn ^= 1;
        Array.Copy(starts[turn], results, starts[turn].Length);
    }
}

/// <summary>How the carries of a loop lie side by side.</summary>
internal static unsafe class Carries
{
    private const int Alignment = 64;

    public static long Bytes(IReadOnlyList<View> views) => views.Sum(Bytes);

    /// <summary>Where each starts when the first does there.</summary>
    public static nint[] Starts(IReadOnlyList<View> views, nint start)
    {
        var starts = new nint[views.Count];
        for (var i = 0; i < starts.Length; start += (nint)Bytes(views[i]), i++)
            starts[i] = start;
        return starts;
    }

    /// <summary>Copies the elements that a view has from one address to another.</summary>
    public static void Copy(nint from, nint to, View like)
    {
        var bytes = (long)like.Shape.Size * like.DType.ByteSize;
        Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
    }

    private static long Bytes(View view) =>
        (((long)view.Shape.Size * view.DType.ByteSize) + Alignment - 1) / Alignment * Alignment;
}
