using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Plans;
using DistGrad.Distributed.Protocol;
using DistGrad.Execute;

namespace DistGrad.Distributed.Compute;

/// <summary>
/// Does a worker's arithmetic: holds the parameters after the last steps, computes shards, combines chunks, takes
/// steps. One call at a time.
/// </summary>
/// <remarks>
/// Blocks are slices of memory that is used again two steps later. By then nobody needs them: this worker cannot
/// compute that step before all others have contributed to the one before it, which each does only after it has
/// finished with this one.
/// </remarks>
internal sealed class Engine
{
    /// <summary>
    /// States that are kept: the one before the last step, the one after it, and the one being written.
    /// </summary>
    private const int Kept = 3;

    private readonly TrainingProgram program;
    private readonly Workers workers;
    private readonly Layout state;
    private readonly long modelBytes;
    private readonly Layout vector;
    private readonly ShardSums shards;
    private readonly ChunkSums sums = new();
    private readonly ReductionTree tree;
    private readonly CompiledProgram compiled;
    private readonly Buffer[] states = new Buffer[Kept];
    private readonly List<Buffer>[] lent = [[], []];
    private readonly Buffer[] means;

    /// <summary>An engine for a program of one use.</summary>
    public Engine(TrainingProgram program, IExamples examples, Workers workers)
        : this(new CompiledProgram(program), examples, workers)
    {
    }

    /// <summary>An engine with the state before the first step.</summary>
    public Engine(CompiledProgram compiled, IExamples examples, Workers workers)
    {
        this.compiled = compiled;
        this.workers = workers;
        program = compiled.Program;
        state = Layout.Aligned(program.Start.Results);
        modelBytes = Layout.Aligned(program.Start.Results.Take(program.Parameters)).Bytes;
        vector = Layout.Dense(program.Gradients.Values.First().Results);
        shards = new(compiled, examples, vector);
        tree = new(program.Shards);
        for (var i = 0; i < Kept; i++)
            states[i] = new(state.Bytes);
        means = [new(vector.Bytes), new(vector.Bytes)];
        compiled.Start.Run([], Places(State(0), state), workers);
    }

    public VectorSize Vector => vector.VectorSize;

    public Sampling Sampling => program.Sampling;

    /// <summary>The sums over the shards below these nodes: for each chunk, one for each node.</summary>
    public ImmutableArray<ImmutableArray<Part>> Compute(long step, ImmutableArray<int> nodes, Chunking chunking)
    {
        var own = lent[step & 1];
        own.ForEach(shards.Return);
        own.Clear();
        var sums = shards.Below(nodes, step, Parameters(step), workers);
        own.AddRange(sums.OfType<Buffer>());
        return
        [
            .. chunking.Chunks.Select(chunk => nodes.Zip(sums, (node, sum) => new Part(
                node, sum is null ? Block.None : new(sum.Slice(chunk.From, chunk.Bytes)))).ToImmutableArray()),
        ];
    }

    /// <summary>The mean of a chunk from sums that cover the tree once.</summary>
    public Block Combine(long step, Chunk chunk, ImmutableArray<Part> parts)
    {
        if (!tree.IsCoveredOnceBy(parts.Select(p => p.Node)))
            throw new TrainingException(
                $"The sums at {string.Join(", ", parts.Select(p => p.Node))} do not cover " +
                $"{program.Shards} shards once each");
        if (parts.FirstOrDefault(p => !p.Block.IsNone && p.Block.Bytes.Length != chunk.Bytes).Block is { } odd)
            throw new TrainingException($"A chunk has {chunk.Bytes} bytes; found a sum of {odd.Bytes.Length}");
        var mean = means[step & 1].Slice(chunk.From, chunk.Bytes);
        sums.Mean(chunk, parts, Sampling.Of(step).Count, mean.Span);
        return new(mean);
    }

    /// <summary>
    /// Takes the step, and tells the hash of the model after it and the means of loss and metrics before it. What
    /// differs in the optimiser's state differs in the model a step later.
    /// </summary>
    public (ulong Hash, ImmutableArray<double> Means) Update(long step, Chunking chunking, ImmutableArray<Block> chunks)
    {
        var mean = means[step & 1];
        for (var i = 0; i < chunks.Length; i++)
        {
            var place = mean.Slice(chunking.Chunks[i].From, chunking.Chunks[i].Bytes);
            if (!chunks[i].Bytes.Equals((ReadOnlyMemory<byte>)place))
                chunks[i].Bytes.CopyTo(place);
        }
        nint[] arguments = [.. Places(State(step), state), .. Places(mean, vector).Take(program.Parameters)];
        compiled.Update.Run(arguments, Places(State(step + 1), state), workers);
        return (XxHash3.HashToUInt64(State(step + 1).Span(0, modelBytes)), Metrics(mean));
    }

    /// <summary>The model's leaves after so many steps, which must be among the last two.</summary>
    public ImmutableArray<Value> Model(long step) =>
        [.. Enumerable.Range(0, program.Parameters).Select(i => Leaf(State(step), i))];

    /// <summary>Some of the bytes of the model's leaves, one after the other; none at their end.</summary>
    public Block ModelBytes(long step, long from, int most)
    {
        for (var i = 0; i < program.Parameters; i++)
        {
            var bytes = (long)state.Types[i].Shape.Size * state.Types[i].DType.ByteSize;
            if (from < bytes)
                return new(State(step).Span(state.Offsets[i] + from, Math.Min(most, bytes - from)).ToArray());
            from -= bytes;
        }
        return Block.None;
    }

    private Buffer State(long step) => states[step % Kept];

    private nint[] Parameters(long step) => [.. Places(State(step), state).Take(program.Parameters)];

    private static nint[] Places(Buffer buffer, Layout layout) =>
        [.. layout.Offsets.Select(offset => buffer.Start + (nint)offset)];

    private Value Leaf(Buffer buffer, int leaf)
    {
        var (type, offset) = (state.Types[leaf], state.Offsets[leaf]);
        var bytes = buffer.Span(offset, (long)type.Shape.Size * type.DType.ByteSize);
        return Value.OfBytes(type.DType, type.Shape, bytes);
    }

    private ImmutableArray<double> Metrics(Buffer mean) =>
    [
        .. Enumerable.Range(program.Parameters, program.Metrics.Length).Select(i =>
            vector.Types[i].DType == DType.Float64
                ? MemoryMarshal.Read<double>(mean.Span(vector.Offsets[i], sizeof(double)))
                : MemoryMarshal.Read<float>(mean.Span(vector.Offsets[i], sizeof(float)))),
    ];
}
