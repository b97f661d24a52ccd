using System.Collections.Immutable;
using System.Numerics;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Protocol;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DistGrad.Properties.Laws.Protocol;

/// <summary>
/// How work is divided: shards among the tree, the tree among workers, examples among shards, numbers among owners.
/// </summary>
public class DivisionLaws
{
    private static Arbitrary<int> Shards => Gen.Elements(1, 2, 4, 8, 16, 64, 256).ToArbitrary();

    private static Arbitrary<(int Shards, int Workers)> Clusters =>
        (from shards in Shards.Generator from workers in Gen.Choose(1, shards) select (shards, workers)).ToArbitrary();

    private static Arbitrary<Sampling> Samplings => (
        from examples in Gen.Choose(1, 90)
        from batch in Gen.Choose(1, 40)
        from epochs in Gen.Choose(1, 3)
        from seed in Gen.Choose(0, 1000)
        from shards in Gen.Elements(1, 2, 4, 8, 16, 32)
        select new Sampling(examples, batch, epochs, seed, shards)).ToArbitrary();

    private static Arbitrary<(VectorSize Size, int Workers)> Vectors => (
        from doubles in Gen.OneOf(Gen.Choose(0, 40), Gen.Choose(0, 300_000))
        from floats in Gen.OneOf(Gen.Choose(0, 40), Gen.Choose(0, 600_000))
        from workers in Gen.OneOf(Gen.Choose(1, 9), Gen.Choose(1, 70))
        where doubles + floats > 0
        select (new VectorSize(doubles, floats), workers)).ToArbitrary();

    [Property(MaxTest = 100)]
    public Property EveryLevelOfTheTreeCoversEveryShardOnce() => Prop.ForAll(Shards, shards =>
    {
        var tree = new ReductionTree(shards);
        for (var level = 1; level <= tree.Leaves; level *= 2)
        {
            var nodes = Enumerable.Range(level, level).ToList();
            var leaves = nodes.SelectMany(n => Below(tree, n));
            if (!tree.IsCoveredOnceBy(nodes) || !leaves.SequenceEqual(Enumerable.Range(0, tree.Leaves)))
                return false;
            if (tree.IsCoveredOnceBy(nodes.Skip(1)) || tree.IsCoveredOnceBy(nodes.Append(nodes[0])))
                return false;
        }
        return Enumerable.Range(0, shards).All(s => tree.IsLeaf(tree.Leaf(s)) &&
            Below(tree, tree.Leaf(s)).Single() == s);
    });

    // Addition that remembers its order: the sum of words in brackets.
    [Property(MaxTest = 100)]
    public Property TheOrderOfTheSumIsThatOfTheTreeWhoeverHoldsWhat() => Prop.ForAll(Clusters, cluster =>
    {
        var tree = new ReductionTree(cluster.Shards);
        var held = ShardMap.Of(tree, cluster.Workers).SelectMany(nodes => nodes).Reverse()
            .ToDictionary(n => n, n => Words(tree, n));
        return ReductionTree.Sum(held, (left, right) => $"({left}+{right})") == Words(tree, ReductionTree.Root);
    });

    [Property(MaxTest = 200)]
    public Property EveryShardIsHeldOnceAndLoadsDifferByAtMostOne() => Prop.ForAll(Clusters, cluster =>
    {
        var tree = new ReductionTree(cluster.Shards);
        var map = ShardMap.Of(tree, cluster.Workers);
        var loads = map.Select(nodes => nodes.Sum(n => tree.Below(n).Count)).ToArray();
        return map.Length == cluster.Workers && tree.IsCoveredOnceBy(map.SelectMany(n => n)) &&
            loads.Max() - loads.Min() <= 1 &&
            map.All(nodes => nodes.SequenceEqual(nodes.OrderBy(n => tree.Below(n).First)));
    });

    [Property(MaxTest = 100)]
    public Property AsManyWorkersAsAPowerOfTwoHoldOneBlockEach() => Prop.ForAll(
        Shards, Gen.Choose(0, 8).ToArbitrary(), (shards, log) =>
            1 << log > shards || ShardMap.Of(new(shards), 1 << log).SequenceEqual(
                Enumerable.Range(1 << log, 1 << log).Select(
                    n => (ImmutableArray<int>)[n]), Same));

    // A load of n shards needs at least as many subtrees as n has bits that are set; cut anywhere it may need twice its
    // length in bits, and never more are needed than that.
    [Property(MaxTest = 200)]
    public Property AWorkerHoldsFewSubtrees() => Prop.ForAll(Clusters, cluster =>
    {
        var bits = 1 + BitOperations.Log2((uint)(1 + (cluster.Shards / cluster.Workers)));
        return ShardMap.Of(new(cluster.Shards), cluster.Workers).All(nodes => nodes.Length <= 2 * bits);
    });

    [Property(MaxTest = 200)]
    public Property AnEpochGoesThroughEveryExampleOnceInAnyDivision() => Prop.ForAll(Samplings, sampling =>
    {
        var epochs = Steps(sampling).GroupBy(step => sampling.Of(step).Epoch).ToList();
        return epochs.Count == sampling.Epochs && epochs.All(epoch => epoch
            .SelectMany(step => Enumerable.Range(0, sampling.Shards)
                .SelectMany(shard => sampling.Numbers(sampling.Of(step, shard))))
            .Order().SequenceEqual(Enumerable.Range(0, (int)sampling.Examples).Select(i => (long)i)));
    });

    [Property(MaxTest = 200)]
    public Property ShardsOfAStepAreItsBatchCutEvenly() => Prop.ForAll(
        Samplings, sampling => Steps(sampling).All(step =>
    {
        var batch = sampling.Of(step);
        var shards = Enumerable.Range(0, sampling.Shards).Select(s => sampling.Of(step, s)).ToList();
        return batch.Count > 0 && shards.Sum(s => s.Count) == batch.Count &&
            shards.Max(s => s.Count) - shards.Min(s => s.Count) <= 1 &&
            shards.SelectMany(sampling.Numbers).SequenceEqual(sampling.Numbers(batch));
    }));

    [Property(MaxTest = 200)]
    public Property CountsAreThoseThatOccur() => Prop.ForAll(Samplings, sampling => Steps(sampling)
        .SelectMany(step => Enumerable.Range(0, sampling.Shards).Select(shard => sampling.Of(step, shard).Count))
        .Where(count => count > 0).Distinct().Order().SequenceEqual(sampling.Counts()) &&
            sampling.Counts().Count() <= 4);

    [Property(MaxTest = 200)]
    public Property ChunksCoverTheVectorWithoutGapsOrOverlap() => Prop.ForAll(Vectors, v =>
    {
        var (next, doubles) = (0L, v.Size.Float64 * sizeof(double));
        foreach (var chunk in Chunking.Of(v.Size, v.Workers).Chunks)
        {
            if (chunk.From != next || chunk.Bytes is <= 0 or > Chunking.Most)
                return false;
            next += chunk.Bytes;
            // Each is of whole numbers of one format.
            var (within, size) = chunk.DType == DType.Float64 ? (next <= doubles, 8) : (chunk.From >= doubles, 4);
            if (!within || chunk.Bytes % size != 0)
                return false;
        }
        return next == v.Size.Bytes;
    });

    [Property(MaxTest = 200)]
    public Property NoMessageIsAboveTheMost() => Prop.ForAll(Vectors, v =>
    {
        // The more shards there are for each worker, the more sums some worker has to send.
        ImmutableArray<WorkerId> members = [.. Enumerable.Range(0, v.Workers).Select(w => new WorkerId($"{w}"))];
        var shards = 64 * (int)BitOperations.RoundUpToPowerOf2((uint)v.Workers);
        var assignment = Assignment.Of(members, members[0], shards, v.Size);
        return assignment.Nodes.All(nodes =>
            assignment.Chunking.Chunks.All(chunk => (long)chunk.Bytes * nodes.Length <= Chunking.MostSent));
    });

    /// <summary>Each format is cut by itself, so owners may differ by a chunk in each.</summary>
    [Property(MaxTest = 200)]
    public Property OwnersHaveAboutTheSame() => Prop.ForAll(Vectors, v =>
    {
        var chunking = Chunking.Of(v.Size, v.Workers);
        return new[] { DType.Float64, DType.Float32 }.All(dtype =>
        {
            var own = new long[v.Workers];
            var all = chunking.Chunks.Select((chunk, i) => (chunk, i)).Where(c => c.chunk.DType == dtype).ToList();
            foreach (var (chunk, i) in all)
                own[chunking.Owner(i)] += chunk.Bytes;
            return all.Count == 0 || own.Max() - own.Min() <= all.Max(c => c.chunk.Bytes);
        });
    });

    private static IEnumerable<long> Steps(Sampling sampling)
    {
        for (var step = 0L; step < sampling.Steps; step++)
            yield return step;
    }

    private static IEnumerable<int> Below(ReductionTree tree, int node) =>
        Enumerable.Range(tree.Below(node).First, tree.Below(node).Count);

    private static string Words(ReductionTree tree, int node) =>
        tree.IsLeaf(node) ? $"{node - tree.Leaves}" : $"({Words(tree, 2 * node)}+{Words(tree, (2 * node) + 1)})";

    private static IEqualityComparer<ImmutableArray<int>> Same =>
        EqualityComparer<ImmutableArray<int>>.Create(
            (x, y) => x.SequenceEqual(y), x => x.Length);
}
