using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistGrad.Execute.Kernels;
using DistGrad.Execute.Straight;
using DistGrad.Plan;

namespace DistGrad.Execute;

/// <summary>
/// Runs a plan: its kernels in order over an arena. Any number of threads may run one machine at a time.
/// </summary>
internal sealed unsafe class Machine
{
    /// <summary>Addresses that are kept on the stack.</summary>
    private const int FewStarts = 64;

    private readonly Plan.Plan plan;
    private readonly Kernel[] kernels;
    private readonly StraightTier? straight;
    private readonly GCHandle[] pinned = [];
    private readonly (int Buffer, int Index)[] argumentBuffers;
    private readonly (int Buffer, int Index)[] resultBuffers;
    private readonly Desks<Site> sites;

    public Machine(Plan.Plan plan)
    {
        this.plan = plan;
        sites = new(NewSite);
        kernels = Bind(plan);
        straight = plan.IsStraight
            ? StraightTier.Of(plan.Program, kernels.Length, plan.Instructions.SelectMany(i => i.Held))
            : null;
        pinned = new GCHandle[plan.Buffers.Length];
        var (given, returned) = (new List<(int, int)>(), new List<(int, int)>());
        for (var i = 0; i < pinned.Length; i++)
        {
            switch (plan.Buffers[i])
            {
                case Storage.Constant constant:
                    pinned[i] = constant.Value.Pin();
                    break;
                case Storage.Argument argument:
                    given.Add((i, argument.Index));
                    break;
                case Storage.Result result:
                    returned.Add((i, result.Index));
                    break;
            }
        }
        (argumentBuffers, resultBuffers) = ([.. given], [.. returned]);
    }

    private static Kernel[] Bind(Plan.Plan plan)
    {
        var bound = new List<Kernel>(plan.Instructions.Length);
        var tilings = plan.Tilings.ToDictionary(t => t.First);
        for (var i = 0; i < plan.Instructions.Length;)
        {
            if (tilings.TryGetValue(i, out var tiling))
            {
                var together = plan.Instructions.Skip(i).Take(tiling.Count).Select(KernelTable.Bind);
                bound.Add(new TiledKernel(plan, tiling, [.. together]));
                i += tiling.Count;
            }
            else
            {
                bound.Add(KernelTable.Bind(plan.Instructions[i++]));
            }
        }
        return [.. bound];
    }

    ~Machine()
    {
        foreach (var handle in pinned)
        {
            if (handle.IsAllocated)
                handle.Free();
        }
    }

    public static Machine Of(Lambda program) => new(Planner.Plan(program));

    public Plan.Plan Plan => plan;

    /// <summary>Whether the whole of it is to run as straight methods.</summary>
    public bool IsStraight => straight is not null;

    /// <summary>Compiles what it can now, rather than in the background once it has run often enough.</summary>
    public void Compile()
    {
        straight?.Compile();
        if (straight?.IsCompiled == true)
            return;
        foreach (var kernel in kernels)
            kernel.Compile();
    }

    /// <summary>The results for these arguments, which must have the parameters' types.</summary>
    public ImmutableArray<Value> Run(ImmutableArray<Value> arguments, Workers workers)
    {
        var results = NewResults();
        Run(arguments, results, workers, null);
        return ImmutableCollectionsMarshal.AsImmutableArray(results);
    }

    /// <summary>
    /// How long each instruction, or tile of some, takes on one thread: the median of so many runs after as many more,
    /// all of which write the same memory.
    /// </summary>
    public ImmutableArray<TimeSpan> Time(ImmutableArray<Value> arguments, TimeProvider clock, int runs)
    {
        var laps = kernels.Select(_ => new List<TimeSpan>()).ToArray();
        var results = NewResults();
        for (var run = 0; run < 2 * runs; run++)
            Run(arguments, results, Workers.Single, (i, kernel, frame) =>
            {
                var start = clock.GetTimestamp();
                kernel.Run(frame);
                laps[i].Add(clock.GetElapsedTime(start));
            });
        return [.. laps.Select(l => l[runs..].Order().ElementAt(runs / 2))];
    }

    private Value[] NewResults()
    {
        var results = new Value[plan.Program.Results.Length];
        for (var i = 0; i < results.Length; i++)
        {
            var type = plan.Program.Results[i].Type;
            results[i] = Value.Uninitialized(type.DType, type.Shape);
        }
        return results;
    }

    private void Run(
        ImmutableArray<Value> arguments, Value[] results, Workers workers, Action<int, Kernel, Frame>? lap)
    {
        var handles = new GCHandle[arguments.Length + results.Length];
        Span<nint> starts = handles.Length <= FewStarts ? stackalloc nint[FewStarts] : new nint[handles.Length];
        try
        {
            for (var i = 0; i < handles.Length; i++)
            {
                var value = i < arguments.Length ? arguments[i] : results[i - arguments.Length];
                handles[i] = value.Pin();
                starts[i] = value.Address(handles[i]);
            }
            Run(starts[..arguments.Length], starts[arguments.Length..handles.Length], workers, lap);
        }
        finally
        {
            foreach (var handle in handles)
            {
                if (handle.IsAllocated)
                    handle.Free();
            }
        }
    }

    /// <summary>As the other, on memory of the caller's: arguments and results in row-major order.</summary>
    public void Run(ReadOnlySpan<nint> arguments, ReadOnlySpan<nint> results, Workers workers) =>
        Run(arguments, results, workers, null);

    private void Run(
        ReadOnlySpan<nint> arguments, ReadOnlySpan<nint> results, Workers workers, Action<int, Kernel, Frame>? lap)
    {
        if (lap is null && straight?.Run(arguments, results) == true)
            return;
        var before = StraightTier.InstructionsRun;
        var site = sites.Take();
        var frame = site.Frame;
        frame.Workers = workers;
        foreach (var (buffer, index) in argumentBuffers)
            frame[buffer] = arguments[index];
        foreach (var (buffer, index) in resultBuffers)
            frame[buffer] = results[index];
        try
        {
            for (var i = 0; i < kernels.Length; i++)
            {
                if (lap is null)
                    kernels[i].Run(frame);
                else
                    lap(i, kernels[i], frame);
            }
        }
        finally
        {
            sites.Return(site);
            StraightTier.InstructionsRun += kernels.Length;
            straight?.Spent(StraightTier.InstructionsRun - before);
        }
    }

    // What is the same in every run is written down once; the caller's memory is named again in each.
    private Site NewSite()
    {
        var site = new Site(new(plan.Buffers.Length, Workers.Single), new(plan.ArenaBytes));
        for (var i = 0; i < plan.Buffers.Length; i++)
        {
            if (plan.Buffers[i] is Storage.Scratch scratch)
                site.Frame[i] = site.Arena.Start + (nint)scratch.Offset;
            else if (plan.Buffers[i] is Storage.Constant constant)
                site.Frame[i] = constant.Value.Address(pinned[i]);
        }
        return site;
    }

    /// <summary>Where one run at a time takes place.</summary>
    private sealed record Site(Frame Frame, Memory Arena);
}
