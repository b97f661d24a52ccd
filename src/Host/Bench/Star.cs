using DistGrad.Distributed.Compute;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Grains;
using DistGrad.Distributed.Protocol;
using Orleans.Concurrency;
using Orleans.Placement;

namespace DistGrad.Host.Bench;

/// <summary>
/// The other way to sum: all bytes through one grain. It is here to be compared with, and nothing trains by it.
/// </summary>
[Alias("distgrad.bench.IStar")]
internal interface IStar : IGrainWithIntegerKey
{
    /// <summary>The sum over all workers of a chunk, once all have sent theirs.</summary>
    [Alias("Sum")]
    Task<Block> Sum(int workers, long round, int chunk, Block part);
}

[Reentrant]
internal sealed class Star : Grain, IStar
{
    private readonly Dictionary<(long Round, int Chunk), (int Left, byte[] Sum, TaskCompletionSource<Block> Whole)>
        open = [];

    public Task<Block> Sum(int workers, long round, int chunk, Block part)
    {
        var (left, sum, whole) = open.GetValueOrDefault((round, chunk), (workers, new byte[part.Bytes.Length], new()));
        Sums.Add(DType.Float32, sum, part.Bytes.Span, sum);
        open[(round, chunk)] = (left - 1, sum, whole);
        if (left > 1)
            return whole.Task;
        open.Remove((round, chunk));
        whole.SetResult(new(sum));
        return whole.Task;
    }
}

/// <summary>One on each silo, which sends its numbers to the star.</summary>
[Alias("distgrad.bench.IStarWorker")]
internal interface IStarWorker : IGrainWithStringKey
{
    /// <summary>Sums so many numbers with all others, and tells how many microseconds that took.</summary>
    [Alias("Reduce")]
    Task<double> Reduce(int workers, long round, int numbers);
}

[SiloPlacement, Immovable]
internal sealed class StarWorker : Grain, IStarWorker
{
    private byte[] own = [];

    public async Task<double> Reduce(int workers, long round, int numbers)
    {
        if (own.Length != numbers * sizeof(float))
            own = new byte[numbers * sizeof(float)];
        var star = GrainFactory.GetGrain<IStar>(0);
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var chunks = Chunking.Of(new(0, numbers), workers).Chunks;
        await Task.WhenAll(chunks.Select(async (chunk, i) =>
        {
            var sum = await star.Sum(workers, round, i, new(own.AsMemory((int)chunk.From, chunk.Bytes)));
            sum.Bytes.CopyTo(own.AsMemory((int)chunk.From));
        }));
        return System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }
}
