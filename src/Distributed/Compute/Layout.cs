using System.Collections.Immutable;
using DistGrad.Distributed.Protocol;

namespace DistGrad.Distributed.Compute;

/// <summary>Where each of several tensors lies in one stretch of memory, in bytes from its start.</summary>
internal sealed class Layout
{
    private Layout(ImmutableArray<TensorType> types, ImmutableArray<long> offsets, long bytes) =>
        (Types, Offsets, Bytes) = (types, offsets, bytes);

    public ImmutableArray<TensorType> Types { get; }

    public ImmutableArray<long> Offsets { get; }

    public long Bytes { get; }

    /// <summary>Each tensor on cache lines of its own.</summary>
    public static Layout Aligned(IEnumerable<Tensor> tensors)
    {
        const long Line = 64;
        return Place([.. tensors.Select(t => t.Type)], order: null, bytes => (bytes + Line - 1) / Line * Line);
    }

    /// <summary>Without gaps, those of float64 first: two vectors that can be added number by number.</summary>
    public static Layout Dense(IEnumerable<Tensor> tensors)
    {
        ImmutableArray<TensorType> types = [.. tensors.Select(t => t.Type)];
        var doublesFirst = Enumerable.Range(0, types.Length).OrderBy(i => types[i].DType != DType.Float64);
        return Place(types, doublesFirst, bytes => bytes);
    }

    /// <summary>How many numbers of each format a dense layout holds.</summary>
    public VectorSize VectorSize => new(Count(DType.Float64), Count(DType.Float32));

    private long Count(DType dtype) => Types.Where(t => t.DType == dtype).Sum(t => (long)t.Shape.Size);

    private static Layout Place(ImmutableArray<TensorType> types, IEnumerable<int>? order, Func<long, long> round)
    {
        var (offsets, bytes) = (new long[types.Length], 0L);
        foreach (var i in order ?? Enumerable.Range(0, types.Length))
        {
            offsets[i] = bytes;
            bytes += round((long)types[i].Shape.Size * types[i].DType.ByteSize);
        }
        return new(types, [.. offsets], bytes);
    }
}
