using System.Collections.Concurrent;
using DistGrad.Execute;
using Microsoft.Extensions.Options;

namespace DistGrad.Distributed.Compute;

/// <summary>
/// The threads on which a silo computes, one piece of work after the other. They are its own: work on the thread pool
/// would keep messages waiting for seconds.
/// </summary>
internal sealed class SiloCompute : IDisposable
{
    private readonly BlockingCollection<Action> pending = [];
    private readonly Thread thread;

    public SiloCompute(IOptions<DistGradOptions> options)
    {
        Workers = new(options.Value.Threads);
        thread = new(Live) { IsBackground = true, Name = "DistGrad silo" };
        thread.Start();
    }

    /// <summary>
    /// The threads among which a piece of work divides itself; the thread that runs it is one of them.
    /// </summary>
    public Workers Workers { get; }

    /// <summary>Does the work when it is its turn. Who awaits it goes on elsewhere.</summary>
    public Task<T> Run<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        pending.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    public void Dispose()
    {
        pending.CompleteAdding();
        thread.Join();
        pending.Dispose();
        Workers.Dispose();
    }

    private void Live()
    {
        foreach (var work in pending.GetConsumingEnumerable())
            work();
    }
}
