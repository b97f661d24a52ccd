using System.Collections.Immutable;

namespace DistGrad.Distributed.Protocol;

/// <summary>How many numbers of each format are summed over the shards: gradients, the loss, the metrics.</summary>
internal readonly record struct VectorSize(long Float64, long Float32)
{
    public long Bytes => (Float64 * sizeof(double)) + (Float32 * sizeof(float));
}

/// <summary>A stretch of the vector, in bytes, of numbers of one format.</summary>
internal readonly record struct Chunk(DType DType, long From, int Bytes);

/// <summary>
/// The chunks in which workers exchange the vector. Each has an owner, who collects and sums it, and all own about
/// equally much. Numbers are summed one by one, so the division changes no bit of the result.
/// </summary>
internal sealed class Chunking
{
    /// <summary>The most bytes a chunk has.</summary>
    public const int Most = 1 << 18;

    /// <summary>The most bytes of numbers in a message: larger ones would keep others waiting behind them.</summary>
    public const int MostSent = 1 << 20;

    /// <summary>Chunks begin at whole cache lines.</summary>
    private const int Line = 64;

    /// <summary>What is smaller than this for each worker is left to one of them.</summary>
    private const int Least = 1 << 12;

    private Chunking(ImmutableArray<Chunk> chunks, int workers) => (Chunks, Workers) = (chunks, workers);

    public ImmutableArray<Chunk> Chunks { get; }

    public int Workers { get; }

    /// <summary>Which of the workers owns a chunk.</summary>
    public int Owner(int chunk) => chunk % Workers;

    /// <summary>The chunks of a vector, of which a worker sends at most so many sums in one message.</summary>
    public static Chunking Of(VectorSize size, int workers, int sums = 1)
    {
        var most = Math.Max(Line, Math.Min(Most, MostSent / sums / Line * Line));
        return new(
            [
                .. Cut(DType.Float64, 0, size.Float64 * sizeof(double), workers, most),
                .. Cut(DType.Float32, size.Float64 * sizeof(double), size.Float32 * sizeof(float), workers, most),
            ],
            workers);
    }

    private static IEnumerable<Chunk> Cut(DType dtype, long from, long bytes, int workers, int most)
    {
        if (bytes == 0)
            yield break;
        // As many for each worker as are needed.
        var each = bytes < (long)Least * workers ? 0 : (bytes + ((long)most * workers) - 1) / ((long)most * workers);
        var pieces = Math.Max((bytes + most - 1) / most, each * workers);
        var length = ((bytes + pieces - 1) / pieces + Line - 1) / Line * Line;
        for (var at = 0L; at < bytes; at += length)
            yield return new(dtype, from + at, (int)Math.Min(length, bytes - at));
    }
}
