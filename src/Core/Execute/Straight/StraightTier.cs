using System.Runtime.CompilerServices;

namespace DistGrad.Execute.Straight;

/// <summary>
/// A small program that is run by a machine at first, and by straight methods once the machine has spent about as much
/// time on it as it takes to compile them.
/// </summary>
internal sealed unsafe class StraightTier : Tier
{
    /// <summary>What a method costs to compile beside its steps, and a step, in instructions of a machine.</summary>
    private const int MethodCost = 1 << 12, StepCost = 64;

    /// <summary>
    /// So many wide steps take a method as long as an instruction takes a machine. With more for each, vectors are so
    /// full that the machine is faster.
    /// </summary>
    private const int MostWide = 225;

    [ThreadStatic]
    private static long instructionsRun;

    private readonly Lambda program;
    private readonly long steps;
    private readonly Lock making = new();
    private Code? code;

    private StraightTier(Lambda program, long steps) => (this.program, this.steps) = (program, steps);

    /// <summary>Instructions that machines have run on this thread, and methods in their place.</summary>
    public static long InstructionsRun
    {
        get => instructionsRun;
        set => instructionsRun = value;
    }

    protected override long Cost => MethodCost + (StepCost * steps);

    public bool IsCompiled => Volatile.Read(ref code) is not null;

    /// <summary>The tier of a small program for which a machine needs so many instructions, with such loops.</summary>
    public static StraightTier? Of(Lambda program, int instructions, IEnumerable<Plan.Plan> held) =>
        RuntimeFeature.IsDynamicCodeSupported && StraightSize.Of(program) is { } size &&
            size.Wide <= (long)MostWide * instructions && held.All(IsNarrow)
        ? new(program, size.Steps)
        : null;

    /// <summary>Runs the methods, if they are there, and if they can do it; whether they did.</summary>
    public bool Run(ReadOnlySpan<nint> arguments, ReadOnlySpan<nint> results)
    {
        if (Volatile.Read(ref code) is not { } made)
            return false;
        // A call counts as an instruction of whatever makes it, which may be a body of a larger program.
        instructionsRun++;
        var site = made.Sites.Take();
        try
        {
            fixed (nint* from = arguments, to = results)
            {
                return made.Body((nint)from, (nint)to, site.Frame, site);
            }
        }
        finally
        {
            made.Sites.Return(site);
        }
    }

    /// <summary>A machine has run the program, and on this thread so many instructions since it began.</summary>
    public void Spent(long instructions)
    {
        if (code is null)
            Spend(instructions);
    }

    protected override void Make()
    {
        lock (making)
        {
            if (code is not null)
                return;
            var straight = StraightBuilder.Build(program);
            var bodies = StraightEmitter.Emit(straight);
            var (frameBytes, rooms) = (straight.FrameBytes, straight.Rooms);
            Volatile.Write(ref code, new(bodies[^1], bodies, new(() => new(frameBytes, rooms))));
        }
    }

    private static bool IsNarrow(Plan.Plan plan) =>
        StraightSize.Of(plan.Program)?.Wide <= (long)MostWide * plan.Instructions.Length &&
            plan.Instructions.SelectMany(i => i.Held).All(IsNarrow);

    private sealed record Code(StraightBody Body, List<StraightBody> All, Desks<StraightSite> Sites);
}
