using System.Collections.Immutable;
using DistGrad.Distributed.Plans;
using DistGrad.Distributed.Protocol;
using DistGrad.Execute;

namespace DistGrad.Distributed.Compute;

/// <summary>
/// Sums gradients over the shards below nodes of the tree. Each thread goes down a subtree of its own, depth first, so
/// that it needs one vector a level; the sums above are taken when all are done.
/// </summary>
internal sealed class ShardSums
{
    private readonly TrainingProgram program;
    private readonly Sampling sampling;
    private readonly ReductionTree tree;
    private readonly IExamples examples;
    private readonly Layout vector;
    private readonly ImmutableSortedDictionary<int, Machine> machines;
    private readonly Stack<Buffer> idle = new();

    public ShardSums(CompiledProgram compiled, IExamples examples, Layout vector)
    {
        program = compiled.Program;
        this.examples = examples;
        this.vector = vector;
        sampling = program.Sampling;
        tree = new(program.Shards);
        machines = compiled.Gradients;
    }

    /// <summary>
    /// The sums at these nodes for parameters whose leaves lie at these addresses. Each is in a vector that is to be
    /// returned when it is no longer needed; where there are no examples there is none.
    /// </summary>
    public ImmutableArray<Buffer?> Below(ImmutableArray<int> nodes, long step, nint[] parameters, Workers workers)
    {
        var units = Units(nodes, workers.Threads);
        var sums = new Buffer?[units.Length];
        workers.Run(units.Length, i => sums[i] = Sum(units[i], step, parameters));
        var known = units.Zip(sums).ToDictionary(u => u.First, u => u.Second);
        return [.. nodes.Select(node => Collect(node, known))];
    }

    /// <summary>The vector may be used again.</summary>
    public void Return(Buffer vector)
    {
        lock (idle)
            idle.Push(vector);
    }

    /// <summary>Subtrees of these nodes, the large ones first, small enough to keep all threads busy.</summary>
    private ImmutableArray<int> Units(ImmutableArray<int> nodes, int threads)
    {
        var most = threads == 1 ? tree.Leaves : Math.Max(1, nodes.Sum(n => tree.Below(n).Count) / (2 * threads));
        var units = new List<int>();
        var pending = new Stack<int>(nodes);
        while (pending.TryPop(out var node))
        {
            if (tree.Below(node).Count <= most)
            {
                units.Add(node);
                continue;
            }
            pending.Push(2 * node);
            pending.Push((2 * node) + 1);
        }
        return [.. units.OrderByDescending(n => tree.Below(n).Count).ThenBy(n => n)];
    }

    private Buffer? Collect(int node, Dictionary<int, Buffer?> known) =>
        known.TryGetValue(node, out var sum) ? sum : Add(Collect(2 * node, known), Collect((2 * node) + 1, known));

    private Buffer? Sum(int node, long step, nint[] parameters) => tree.IsLeaf(node)
        ? Gradient(node - tree.Leaves, step, parameters)
        : Add(Sum(2 * node, step, parameters), Sum((2 * node) + 1, step, parameters));

    private Buffer? Add(Buffer? left, Buffer? right)
    {
        if (left is null || right is null)
            return left ?? right;
        var sum = left.Span(0, vector.Bytes);
        Sums.Add(vector.VectorSize, sum, right.Span(0, vector.Bytes), sum);
        Return(right);
        return left;
    }

    private Buffer? Gradient(int shard, long step, nint[] parameters)
    {
        var places = sampling.Of(step, shard);
        if (places.Count == 0)
            return null;
        var program = this.program.Gradients[places.Count];
        var batch = Read(places, program);
        var sum = Take();
        var results = Array.ConvertAll([.. vector.Offsets], offset => sum.Start + (nint)offset);
        Pinned.Run(batch, starts => machines[places.Count].Run([.. parameters, .. starts], results, Workers.Single));
        return sum;
    }

    private IReadOnlyList<Value> Read(Places places, Lambda program)
    {
        IReadOnlyList<Value> batch;
        lock (examples)
            batch = examples.Read(sampling.Numbers(places));
        var wanted = program.Parameters.Skip(this.program.Parameters).Select(p => p.Type);
        if (!wanted.SequenceEqual(batch.Select(b => new TensorType(b.DType, b.Shape))))
            throw new TrainingException(
                $"The data '{this.program.Data.Source}' gave " +
                $"{string.Join(", ", batch.Select(b => $"{b.DType.Name}{b.Shape}"))} " +
                $"for {places.Count} examples; the plan was made for {string.Join(", ", wanted)}");
        return batch;
    }

    private Buffer Take()
    {
        lock (idle)
            return idle.TryPop(out var vector) ? vector : new(this.vector.Bytes);
    }
}
