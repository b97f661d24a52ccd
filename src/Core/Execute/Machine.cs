using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistGrad.Execute.Kernels;
using DistGrad.Plan;

namespace DistGrad.Execute;

/// <summary>Runs a plan: its kernels in order over an arena. Any number of threads may run one machine at a time.</summary>
internal sealed unsafe class Machine
{
    private readonly Plan.Plan plan;
    private readonly Kernel[] kernels;
    private readonly GCHandle[] pinned;
    private readonly ConcurrentBag<Memory> arenas = [];

    public Machine(Plan.Plan plan)
    {
        this.plan = plan;
        kernels = [.. plan.Instructions.Select(KernelTable.Bind)];
        pinned = new GCHandle[plan.Buffers.Length];
        for (var i = 0; i < pinned.Length; i++)
        {
            if (plan.Buffers[i] is Storage.Constant constant)
                pinned[i] = constant.Value.Pin();
        }
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

    /// <summary>The results for these arguments, which must have the parameters' types.</summary>
    public ImmutableArray<Value> Run(ImmutableArray<Value> arguments, Workers workers)
    {
        ImmutableArray<Value> results =
            [.. plan.Program.Results.Select(r => Value.Uninitialized(r.DType, r.Shape))];
        var handles = arguments.Concat(results).Select(v => v.Pin()).ToArray();
        try
        {
            var starts = Array.ConvertAll(handles, h => h.AddrOfPinnedObject());
            Run(starts.AsSpan(0, arguments.Length), starts.AsSpan(arguments.Length), workers);
        }
        finally
        {
            foreach (var handle in handles)
                handle.Free();
        }
        return results;
    }

    /// <summary>As the other, on memory of the caller's: arguments and results in row-major order.</summary>
    public void Run(ReadOnlySpan<nint> arguments, ReadOnlySpan<nint> results, Workers workers)
    {
        if (!arenas.TryTake(out var arena))
            arena = new(plan.ArenaBytes);
        var frame = new Frame(plan.Buffers.Length, workers);
        for (var i = 0; i < plan.Buffers.Length; i++)
        {
            frame[i] = plan.Buffers[i] switch
            {
                Storage.Argument argument => arguments[argument.Index],
                Storage.Result result => results[result.Index],
                Storage.Scratch scratch => arena.Start + (nint)scratch.Offset,
                _ => pinned[i].AddrOfPinnedObject(),
            };
        }
        try
        {
            foreach (var kernel in kernels)
                kernel.Run(frame);
        }
        finally
        {
            arenas.Add(arena);
        }
    }
}
