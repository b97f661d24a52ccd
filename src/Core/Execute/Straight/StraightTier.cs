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
    /// An instruction takes a machine as long as so many steps take a method. What a machine does with vectors that are
    /// full in fewer instructions than that, it does faster.
    /// </summary>
    private const int MostSteps = 512;

    [ThreadStatic]
    private static long instructionsRun;

    private readonly Lambda program;
    private readonly int size;
    private readonly Lock making = new();
    private Code? code;

    private StraightTier(Lambda program, int size) => (this.program, this.size) = (program, size);

    /// <summary>Instructions that machines have run on this thread.</summary>
    public static long InstructionsRun
    {
        get => instructionsRun;
        set => instructionsRun = value;
    }

    protected override long Cost => MethodCost + ((long)StepCost * size);

    public bool IsCompiled => Volatile.Read(ref code) is not null;

    /// <summary>The tier of a small program for which a machine needs so many instructions, and more in loops.</summary>
    public static StraightTier? Of(Lambda program, int instructions, IEnumerable<Plan.Plan> held) =>
        RuntimeFeature.IsDynamicCodeSupported && StraightSize.Of(program) is { } size &&
            size <= (long)MostSteps * (instructions + held.Sum(Instructions))
        ? new(program, size)
        : null;

    /// <summary>Runs the methods, if they are there, and if they can do it; whether they did.</summary>
    public bool Run(ReadOnlySpan<nint> arguments, ReadOnlySpan<nint> results)
    {
        if (Volatile.Read(ref code) is not { } made)
            return false;
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
            var (_, body) = StraightEmitter.Emit(straight, straight.Whole);
            var (frameBytes, rooms) = (straight.FrameBytes, straight.Rooms);
            Volatile.Write(ref code, new(body, new(() => new(frameBytes, rooms))));
        }
    }

    private static int Instructions(Plan.Plan plan) =>
        plan.Instructions.Sum(i => 1 + i.Held.Sum(Instructions));

    private sealed record Code(StraightBody Body, Desks<StraightSite> Sites);
}
