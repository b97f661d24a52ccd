using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Runs the loops over stretches of trips. What is kept of the trips of one stretch is held in memory; where that of
/// all trips would take too much, there are many stretches, each loop writes down the carries with which it enters each
/// of them, and what the loops before it kept there is computed again.
/// </summary>
/// <remarks>
/// With n trips in stretches of about the square root of n, memory grows with the root and a loop is run once more for
/// each loop after it, whatever n is. What is computed again is computed as it was, so the bits are the same.
/// </remarks>
internal sealed unsafe class SweepsKernel : Kernel
{
    /// <summary>Bytes that what is kept of all trips may take before some of it is computed again.</summary>
    public const long Budget = 1L << 28;

    private readonly Instruction instruction;
    private readonly Sweeps sweeps;
    private readonly Loop[] loops;
    private readonly long keptBytes;
    private readonly Desks<Desk> desks;

    public SweepsKernel(Instruction instruction)
    {
        this.instruction = instruction;
        sweeps = (Sweeps)instruction.Primitive;
        loops = new Loop[sweeps.All.Length];
        var (keptCount, first) = (0, 0);
        for (var i = 0; i < loops.Length; i++)
        {
            loops[i] = new(new(instruction.Held[i]), sweeps.All[i], sweeps.Constants, first, keptCount, keptBytes);
            first += sweeps.All[i].Carries;
            keptCount += loops[i].KeptOffsets.Length;
            keptBytes += loops[i].KeptBytes;
        }
        desks = new(() => new(this));
    }

    public override void Compile()
    {
        foreach (var loop in loops)
            loop.Body.Compile();
    }

    public override void Run(Frame frame)
    {
        var trips = Math.Max(*frame.At<long>(instruction.Operands[0]), 0);
        var length = trips * keptBytes <= Budget ? trips : (long)Math.Ceiling(Math.Sqrt(trips));
        var stretches = trips == 0 ? 0 : (trips + length - 1) / length;
        var desk = desks.Take();
        desk.Begin(frame, length, stretches);
        for (var i = 0; i < loops.Length; i++)
        {
            desk.Start(frame, i);
            for (var k = 0L; k < stretches; k++)
            {
                var stretch = loops[i].Sweep.IsReversed ? stretches - 1 - k : k;
                if (stretches > 1)
                {
                    desk.WriteDown(i, stretch);
                    for (var before = 0; before < i; before++)
                    {
                        desk.GoBack(before, stretch);
                        Sweep(frame, desk, before, length, Math.Min(length, trips - (stretch * length)));
                    }
                }
                Sweep(frame, desk, i, length, Math.Min(length, trips - (stretch * length)));
            }
            desk.Finish(frame, i);
        }
        desks.Return(desk);
    }

    /// <summary>One loop over the trips of one stretch.</summary>
    private void Sweep(Frame frame, Desk desk, int index, long length, long trips)
    {
        var (loop, call, turns) = (loops[index], desk.Calls[index], desk.Turns[index]);
        var (arguments, results, carries) = (call.Arguments, call.Results, loop.Sweep.Carries);
        for (var k = 0L; k < trips; k++)
        {
            var trip = loop.Sweep.IsReversed ? trips - 1 - k : k;
            for (int before = 0, at = sweeps.Constants; before <= index; before++)
            {
                var row = desk.Kept(before, length) + (nint)(trip * loops[before].KeptBytes);
                var offsets = loops[before].KeptOffsets;
                if (before < index)
                {
                    for (var j = 0; j < offsets.Length; j++)
                        arguments[at++] = row + offsets[j];
                }
                else
                {
                    for (var j = 0; j < offsets.Length; j++)
                        results[carries + j] = row + offsets[j];
                }
            }
            turns.Next(results);
            loop.Body.Run(arguments, results, frame.Workers);
            Array.Copy(results, 0, arguments, arguments.Length - carries, carries);
        }
    }

    /// <summary>One loop, and how what it keeps of a trip lies in memory.</summary>
    private sealed class Loop
    {
        // Numbers of eight bytes lie on multiples of eight.
        private const int Alignment = 8;

        public Loop(Machine body, Sweep sweep, int constants, int first, int keptBefore, long bytesBefore)
        {
            (Body, Sweep, First, BytesBefore) = (body, sweep, 1 + constants + first, bytesBefore);
            Parameters = constants + keptBefore + sweep.Carries;
            var kept = sweep.Body.Results[sweep.Carries..];
            KeptOffsets = new nint[kept.Length];
            for (var i = 0; i < kept.Length; i++)
            {
                KeptOffsets[i] = (nint)KeptBytes;
                var bytes = (long)kept[i].Shape.Size * kept[i].DType.ByteSize;
                KeptBytes += (bytes + Alignment - 1) / Alignment * Alignment;
            }
        }

        public Machine Body { get; }

        public Sweep Sweep { get; }

        /// <summary>The place of its first carry among the operands.</summary>
        public int First { get; }

        public int Parameters { get; }

        public nint[] KeptOffsets { get; }

        /// <summary>Bytes kept of a trip.</summary>
        public long KeptBytes { get; }

        /// <summary>Bytes that the loops before it keep of a trip.</summary>
        public long BytesBefore { get; }
    }

    /// <summary>What a run writes down.</summary>
    private sealed class Desk(SweepsKernel kernel)
    {
        private readonly View[][] carries =
        [
            .. kernel.loops.Select(l => kernel.instruction.Operands.Skip(l.First).Take(l.Sweep.Carries).ToArray()),
        ];

        private readonly Room kept = new();
        private readonly Room notes = new();
        private long notesEach;

        public Call[] Calls { get; } =
            [.. kernel.loops.Select(l => new Call(l.Parameters, l.Sweep.Carries + l.KeptOffsets.Length))];

        public Turns[] Turns { get; } =
            [
                .. kernel.loops.Select(l =>
                    new Turns([.. kernel.instruction.Operands.Skip(l.First).Take(l.Sweep.Carries)])),
            ];

        public void Begin(Frame frame, long length, long stretches)
        {
            kept.Reserve(length * kernel.keptBytes);
            notesEach = stretches;
            notes.Reserve(stretches > 1 ? stretches * carries.Sum(Carries.Bytes) : 0);
            foreach (var call in Calls)
            {
                for (var i = 0; i < kernel.sweeps.Constants; i++)
                    call.Arguments[i] = frame.Start(kernel.instruction.Operands[1 + i]);
            }
        }

        /// <summary>Where what a loop keeps of the present stretch starts.</summary>
        public nint Kept(int loop, long length) => kept.Start + (nint)(kernel.loops[loop].BytesBefore * length);

        public void Start(Frame frame, int loop)
        {
            var carried = Carried(loop);
            for (var i = 0; i < carried.Length; i++)
                carried[i] = frame.Start(carries[loop][i]);
        }

        public void Finish(Frame frame, int loop)
        {
            var carried = Carried(loop);
            for (var i = 0; i < carried.Length; i++)
            {
                var result = kernel.instruction.Results[kernel.loops[loop].First - 1 - kernel.sweeps.Constants + i];
                Carries.Copy(carried[i], frame.Start(result), result);
            }
        }

        /// <summary>Writes down the carries with which a loop enters a stretch.</summary>
        public void WriteDown(int loop, long stretch)
        {
            var carried = Carried(loop);
            var note = Note(loop, stretch);
            for (var i = 0; i < carried.Length; i++)
                Carries.Copy(carried[i], note[i], carries[loop][i]);
        }

        /// <summary>Takes up what was written down.</summary>
        public void GoBack(int loop, long stretch) => Note(loop, stretch).CopyTo(Carried(loop));

        private Span<nint> Carried(int loop) =>
            Calls[loop].Arguments.AsSpan(Calls[loop].Arguments.Length - carries[loop].Length);

        private nint[] Note(int loop, long stretch)
        {
            var before = carries.Take(loop).Sum(Carries.Bytes) * notesEach;
            return Carries.Starts(
                carries[loop], notes.Start + (nint)(before + (stretch * Carries.Bytes(carries[loop]))));
        }
    }
}
