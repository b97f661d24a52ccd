using System.Collections.Immutable;
using System.Numerics;
using DistGrad.Distributed.Protocol;

namespace DistGrad.Distributed.Plans;

/// <summary>
/// All that a silo needs to train: closed programs over flat tensors, and numbers. It is a function of this which
/// parameters come out; who computes them is not in it.
/// </summary>
/// <param name="Data">What to learn from.</param>
/// <param name="Batch">Examples a step.</param>
/// <param name="Epochs">How often all examples are gone through.</param>
/// <param name="Seed">For the order of the examples.</param>
/// <param name="Shards">Parts of a step that are computed by themselves, a power of two.</param>
/// <param name="Parameters">How many leaves of the state are the model; the rest is the optimiser's.</param>
/// <param name="Metrics">What the means are called that come after those of the gradients, the loss first.</param>
/// <param name="Start">From nothing to the state before the first step.</param>
/// <param name="Gradients">
/// For each number of examples that a shard may have: from the model and the examples to the gradient, the loss and the
/// metrics, all summed over the examples.
/// </param>
/// <param name="Update">From the state and the mean gradient to the next state.</param>
internal sealed record TrainingProgram(
    DataDescriptor Data,
    int Batch,
    int Epochs,
    long Seed,
    int Shards,
    int Parameters,
    ImmutableArray<string> Metrics,
    Lambda Start,
    ImmutableSortedDictionary<int, Lambda> Gradients,
    Lambda Update)
{
    /// <summary>The most shards: each is a leaf of the tree that every worker walks.</summary>
    public const int MostShards = 1 << 16;

    public Sampling Sampling => new(Data.Count, Batch, Epochs, Seed, Shards);

    /// <summary>The canonical bytes.</summary>
    public byte[] ToWire() => TrainingProgramWire.Document.Write(this);

    /// <summary>The hash of the canonical bytes, by which silos know the program.</summary>
    public ContentHash Hash() => TrainingProgramWire.Document.Hash(this);

    /// <summary>The program of these bytes, whose parts fit each other.</summary>
    /// <exception cref="WireException">They are anything else.</exception>
    public static TrainingProgram FromWire(ReadOnlySpan<byte> bytes) =>
        TrainingProgramWire.Document.Read(bytes).Checked();

    /// <summary>Itself, if its parts fit each other.</summary>
    public TrainingProgram Checked()
    {
        Require(Batch > 0 && Epochs > 0 && Data.Count > 0, $"{Data.Count} examples, {Batch} a batch, {Epochs} epochs");
        Require(Sampling.StepsPerEpoch <= long.MaxValue / Epochs, "more steps than can be counted");
        Require(Shards <= MostShards && BitOperations.IsPow2(Shards), $"{Shards} shards");
        Require(!Metrics.IsEmpty && Parameters > 0 && Parameters <= Start.Results.Length, $"{Parameters} parameters");
        Require(Start.Parameters.IsEmpty, "a start that asks for arguments");
        var state = Types(Start.Results);
        var vector = state.Take(Parameters);
        Require(vector.All(t => t.DType.IsFloat), "parameters that are not floating-point");
        Require(Types(Update.Results).SequenceEqual(state), "an update to another state");
        Require(
            Types(Update.Parameters).SequenceEqual(state.Concat(vector)), "an update from another state or gradient");
        Require(
            Gradients.Keys.SequenceEqual(Sampling.Counts()),
            $"gradients of {string.Join(", ", Gradients.Keys)} examples");
        foreach (var (count, gradient) in Gradients)
        {
            var (taken, given) = (gradient.Parameters, gradient.Results);
            Require(Types(taken).Take(Parameters).SequenceEqual(vector), "a gradient at other parameters");
            Require(
                taken.Skip(Parameters).All(p => p.Rank > 0 && p.Shape[0] == count),
                $"a gradient that is not of {count} examples");
            Require(Types(gradient.Results).Take(Parameters).SequenceEqual(vector), "a gradient of other parameters");
            Require(given.Length == Parameters + Metrics.Length, $"{given.Length - Parameters} metrics");
            Require(given.Skip(Parameters).All(m => m.Rank == 0 && m.DType.IsFloat), "metrics that are no scalars");
            Require(Types(given).SequenceEqual(Types(Gradients.Values.First().Results)), "metrics of several types");
        }
        return this;
    }

    private static IEnumerable<TensorType> Types(ImmutableArray<Tensor> tensors) => tensors.Select(t => t.Type);

    private static void Require(bool isSo, string otherwise)
    {
        if (!isSo)
            throw new WireException($"A training program whose parts do not fit: {otherwise}");
    }
}
