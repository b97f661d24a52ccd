using System.Collections.Immutable;
using DistGrad.Distributed.Plans;
using DistGrad.Distributed.Protocol;
using DistGrad.Execute;
using DistGrad.Learn;
using DistGrad.Simulation;
using Xunit;

namespace DistGrad.Properties.Laws.Protocol;

/// <summary>
/// What the simulator holds a cluster against is right itself: it is what the plan does here, and what a naive reading
/// of the definition gives, which shares nothing with a worker's arithmetic but the traced programs.
/// </summary>
public class LocalTrainingLaws
{
    public static TheoryData<int> Problems => [.. Enumerable.Range(0, 24)];

    [Theory, MemberData(nameof(Problems))]
    public void ParametersAfterEveryStepAreThoseOfTheDefinition(int number)
    {
        var truth = Problem.Of(number).Truth;
        var program = truth.Program;
        var state = Run(program.Start, []);
        Assert.Equal(truth.Models[0], state[..program.Parameters]);
        for (var step = 0; step < program.Sampling.Steps; step++)
        {
            state = Run(program.Update, [.. state, .. Mean(program, state, step).Take(program.Parameters)]);
            Assert.Equal(truth.Models[step + 1], state[..program.Parameters]);
        }
    }

    [Theory, MemberData(nameof(Problems))]
    public void AnyNumberOfThreadsGivesTheSameBits(int number)
    {
        var truth = Problem.Of(number).Truth;
        Assert.All([1, 2, 3], threads => Assert.Equal(ContentHash.Of(truth.Models[^1]), truth.Plan.TrainHere(threads)));
    }

    // Arrays that are given back leave their numbers behind, and a hash of what lies between the parameters would show
    // them.
    [Fact]
    public void HashesDoNotDependOnWhatMemoryHeldBefore()
    {
        var problem = new Problem(Model.Layers, DType.Float32, Shards: 2, Examples: 6, Batch: 3, Epochs: 1);
        var chunking = Chunking.Of(problem.Truth.Vector, workers: 1);
        for (var round = 0; round < 8; round++)
        {
            Soil();
            var engine = problem.Truth.Engine();
            var parts = engine.Compute(0, [ReductionTree.Root], chunking);
            var (hash, _) = engine.Update(
                0, chunking, [.. chunking.Chunks.Zip(parts, (c, p) => engine.Combine(0, c, p))]);
            Assert.Equal(problem.Truth.Hashes[0], hash);
        }

        static void Soil()
        {
            for (var i = 0; i < 200; i++)
                new Distributed.Compute.Buffer(4096).Span(0, 4096).Fill(0xA5);
            GC.Collect();
        }
    }

    /// <summary>
    /// The mean over the batch, by the words: sums of shards, added over the tree that halves them, divided by
    /// examples.
    /// </summary>
    private static ImmutableArray<Value> Mean(TrainingProgram program, ImmutableArray<Value> state, int step)
    {
        var perEpoch = (int)((program.Data.Count + program.Batch - 1) / program.Batch);
        var (epoch, first) = (step / perEpoch, step % perEpoch * program.Batch);
        var count = (int)Math.Min(program.Batch, program.Data.Count - first);
        var order = new Permutation(program.Seed, epoch, program.Data.Count);
        var sums = new ImmutableArray<Value>?[program.Shards];
        for (var shard = 0; shard < program.Shards; shard++)
        {
            var (from, to) = (first + (count * shard / program.Shards), first + (count * (shard + 1) / program.Shards));
            if (from == to)
                continue;
            var rows = Enumerable.Range(from, to - from).Select(place => (int)order[place]).ToArray();
            sums[shard] = Run(
                program.Gradients[rows.Length], [.. state.Take(program.Parameters),
                    .. program.Data.Arrays.Select(a => Rows(a, rows))]);
        }
        while (sums.Length > 1)
            sums = [.. sums.Chunk(2).Select(pair => Add(pair[0], pair[1]))];
        return [.. sums[0]!.Value.Select(sum => Each(sum, sum, (x, _) => x / count))];
    }

    private static ImmutableArray<Value>? Add(ImmutableArray<Value>? left, ImmutableArray<Value>? right) =>
        left is not { } l ? right : right is not { } r ? left : [.. l.Zip(r, (x, y) => Each(x, y, (a, b) => a + b))];

    // A sum or quotient of two numbers of float32, rounded once to float64 and again, is the one rounded once: 53 > 2 *
    // 24 + 1.
    private static Value Each(Value x, Value y, Func<double, double, double> f) =>
        Value.FromDoubles(x.DType, x.Shape, i => f(x.Double(i), y.Double(i)));

    private static Value Rows(Value array, int[] rows)
    {
        int[] shape = [rows.Length, .. array.Shape.AsSpan()[1..]];
        var length = array.Shape.Size / array.Shape[0];
        return Value.FromDoubles(array.DType, Shape.Create(shape),
            i => array.Double((rows[i / length] * length) + (i % length)));
    }

    private static ImmutableArray<Value> Run(Lambda program, ImmutableArray<Value> arguments) =>
        Machine.Of(program).Run(arguments, Workers.Single);
}
