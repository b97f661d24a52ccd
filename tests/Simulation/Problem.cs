using System.Collections.Concurrent;
using System.Collections.Immutable;
using DistGrad.Distributed;
using DistGrad.Distributed.Compute;
using DistGrad.Distributed.Data;
using DistGrad.Distributed.Plans;
using DistGrad.Distributed.Protocol;
using DistGrad.Execute;
using DistGrad.Learn;

namespace DistGrad.Simulation;

/// <summary>A model small enough to be trained thousands of times.</summary>
internal enum Model
{
    /// <summary>Three weights and a bias: one small chunk.</summary>
    Line,

    /// <summary>Two layers, with Adam's state and a metric.</summary>
    Layers,

    /// <summary>Parameters of both formats, and so chunks of both.</summary>
    Mixed,

    /// <summary>So many weights that several workers own chunks.</summary>
    Wide,
}

/// <summary>What is trained, on how much and how.</summary>
internal sealed record Problem(Model Model, DType DType, int Shards, int Examples, int Batch, int Epochs)
{
    private const int Width = 2304;

    private static readonly ConcurrentDictionary<Problem, Lazy<Truth>> Truths = new();

    /// <summary>What comes of it without a cluster.</summary>
    public Truth Truth => Truths.GetOrAdd(this, problem => new(() => new Truth(problem.Plan()))).Value;

    public long Steps => new Sampling(Examples, Batch, Epochs, 0, Shards).Steps;

    /// <summary>One of a few dozen, so that each is prepared once and met often.</summary>
    public static Problem Of(int number)
    {
        var dice = new Dice(number);
        var model = (Model)(number % 4);
        var batch = dice.Between(1, 20);
        var steps = dice.Between(1, 3);
        return new(
            model,
            dice.Of(DType.Float32, DType.Float64),
            dice.Of(1, 2, 4, 4, 8, 8, 16, 16),
            Math.Max(1, (batch * steps) - dice.Between(0, batch - 1)),
            batch,
            dice.Between(1, 9 / steps));
    }

    /// <summary>Problems made simpler in one way.</summary>
    public IEnumerable<Problem> Smaller()
    {
        if (Epochs > 1)
            yield return this with { Epochs = 1 };
        if (Epochs > 2)
            yield return this with { Epochs = Epochs - 1 };
        if (Examples > Batch)
            yield return this with { Examples = Batch };
        if (Shards > 1)
            yield return this with { Shards = Shards / 2 };
        if (Batch > 1)
            yield return this with { Batch = Batch / 2, Examples = Math.Max(1, Examples / 2) };
        if (Model != Model.Line)
            yield return this with { Model = Model.Line };
    }

    public override string ToString() => $"{Model}/{DType}/{Shards}/{Examples}/{Batch}/{Epochs}";

    public static Problem Parse(string text)
    {
        var parts = text.Split('/');
        return new(
            Enum.Parse<Model>(parts[0]), Enum.Parse<DType>(parts[1]), Whole(2), Whole(3), Whole(4), Whole(5));

        int Whole(int i) => int.Parse(parts[i], System.Globalization.CultureInfo.InvariantCulture);
    }

    private IPlanned Plan()
    {
        var options = new TrainingOptions { Batch = Batch, Epochs = Epochs, Seed = 7 * Examples, Shards = Shards };
        var (x, y) = (Numbers(1, Examples, 3), Numbers(2, Examples));
        return Model switch
        {
            Model.Line => Planned.Of(TrainingPlan.Of(
                (W: Numbers(3, 3), B: Numbers(4)), DataSet.Of((X: x, Y: y)),
                (m, t) => Loss.SquaredError(t.X.MatMul(m.W) + m.B, t.Y), Optimiser.Sgd(0.1, momentum: 0.5), options)),
            Model.Layers => Planned.Of(TrainingPlan.Of(
                (W: Numbers(3, 3, 4), B: Numbers(4, 4), V: Numbers(5, 4)), DataSet.Of((X: x, Y: y)),
                (m, t) => Loss.SquaredError(Tensor.Tanh(t.X.MatMul(m.W) + m.B).MatMul(m.V), t.Y), Optimiser.Adam(0.05),
                options)
                .WithMetric("size", (m, t) => Tensor.Abs(t.X.MatMul(m.W)).Mean())),
            Model.Mixed => Planned.Of(TrainingPlan.Of(
                (W: Numbers(3, 3).Cast(DType.Float32), B: Numbers(4).Cast(DType.Float64)), DataSet.Of((X: x, Y: y)),
                (m, t) => Loss.SquaredError(
                    t.X.Cast(DType.Float32).MatMul(m.W).Cast(DType.Float64) + m.B, t.Y.Cast(DType.Float64)),
                Optimiser.Sgd(0.1), options)),
            _ => Planned.Of(TrainingPlan.Of(
                Numbers(3, Width), DataSet.Of((X: x, Y: y)),
                (w, t) => Loss.SquaredError(t.X.MatMul(w.Reshape(3, Width / 3)).Sum(1), t.Y), Optimiser.Sgd(1e-3),
                options)),
        };
    }

    private Tensor Numbers(int seed, params int[] shape)
    {
        var dice = new Dice(seed, Examples);
        return Tensor.FromValue(Value.FromDoubles(
            DType, Shape.Create(shape), _ => ((2 * dice.Between(-256, 255)) + 1) / 512.0));
    }
}

/// <summary>A plan whatever the type of its model.</summary>
internal interface IPlanned
{
    TrainingProgram Program { get; }

    /// <summary>The digest of what <see cref="TrainingPlan{TModel,TBatch}.TrainHere"/> gives.</summary>
    ContentHash TrainHere(int threads);
}

internal static class Planned
{
    public static IPlanned Of<TModel, TBatch>(TrainingPlan<TModel, TBatch> plan) => new Plan<TModel, TBatch>(plan);

    private sealed class Plan<TModel, TBatch>(TrainingPlan<TModel, TBatch> plan) : IPlanned
    {
        public TrainingProgram Program => plan.Program;

        public ContentHash TrainHere(int threads) => plan.TrainHere(threads: threads).Digest;
    }
}

/// <summary>What training gives where nothing can go wrong: one worker that sums the whole tree.</summary>
internal sealed class Truth
{
    private readonly CompiledProgram compiled;

    public Truth(IPlanned plan)
    {
        Plan = plan;
        Program = plan.Program;
        compiled = new(Program);
        var engine = Engine();
        Vector = engine.Vector;
        var chunking = Chunking.Of(Vector, workers: 1);
        Models.Add(engine.Model(0));
        for (var step = 0L; step < Program.Sampling.Steps; step++)
        {
            var parts = engine.Compute(step, [ReductionTree.Root], chunking);
            var means = chunking.Chunks.Zip(parts, (chunk, part) => engine.Combine(step, chunk, part))
                .ToImmutableArray();
            Means.Add([.. means.SelectMany(m => m.Bytes.ToArray())]);
            var (hash, measured) = engine.Update(step, chunking, means);
            Hashes.Add(hash);
            Measured.Add(measured);
            Models.Add(engine.Model(step + 1));
        }
    }

    public IPlanned Plan { get; }

    public TrainingProgram Program { get; }

    public VectorSize Vector { get; }

    /// <summary>The parameters before the first step, and after each.</summary>
    public List<ImmutableArray<Value>> Models { get; } = [];

    /// <summary>The bytes of the mean in each step.</summary>
    public List<byte[]> Means { get; } = [];

    /// <summary>Of parameters and optimiser's state after each step.</summary>
    public List<ulong> Hashes { get; } = [];

    /// <summary>The loss and the metrics in each step.</summary>
    public List<ImmutableArray<double>> Measured { get; } = [];

    /// <summary>A worker's arithmetic, before the first step.</summary>
    public Engine Engine() => new(compiled, new DataSources([]).Open(Program.Data), Workers.Single);
}
