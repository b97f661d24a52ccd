namespace DistGrad.Distributed.Contracts;

/// <summary>A worker of a run on one silo; its key is made by <see cref="WorkerKey"/>.</summary>
[Alias("distgrad.IWorkerGrain")]
internal interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>A message of the run or of another worker, which has arrived when this returns.</summary>
    [Alias("Receive")]
    Task Receive(Message message);

    /// <summary>
    /// Some of the bytes of the model after so many steps, leaf by leaf; fewer than asked at the end.
    /// </summary>
    [Alias("Model")]
    Task<Block> Model(long step, long from);
}

/// <summary>The key of a worker: the run and the silo, so that both are known to whoever finds it a place.</summary>
internal static class WorkerKey
{
    private const char Between = '/';

    public static string Of(string run, WorkerId worker) => $"{run}{Between}{worker.Silo}";

    public static (string Run, WorkerId Worker) Parse(string key)
    {
        var at = key.IndexOf(Between, StringComparison.Ordinal);
        return at > 0
            ? (key[..at], new(key[(at + 1)..]))
            : throw new ArgumentException($"'{key}' is no key of a worker");
    }
}
