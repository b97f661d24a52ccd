using System.Collections.Immutable;
using DistGrad.Distributed.Data;

namespace DistGrad.Distributed;

/// <summary>
/// What to learn from, as the one who makes the plan sees it: where it is, and what a batch of it looks like.
/// </summary>
public sealed class DataSet<TBatch>
{
    internal DataSet(DataDescriptor descriptor, Tree<TBatch> batch)
    {
        if (descriptor.Count < 1)
            throw new TrainingException(
                $"The data '{descriptor.Source}' has {descriptor.Count} examples; at least one is needed");
        for (var i = 0; i < batch.Leaves.Length; i++)
        {
            if (batch.Leaves[i].Rank == 0)
                throw new TrainingException(
                    $"{(batch.Paths[i].Length > 0 ? batch.Paths[i] : "The batch")} of the data '{descriptor.Source}' " +
                    "the first axis of a batch goes through its examples");
        }
        Descriptor = descriptor;
        Batch = batch;
    }

    /// <summary>What the silos are told.</summary>
    public DataDescriptor Descriptor { get; }

    internal Tree<TBatch> Batch { get; }

    /// <summary>A batch of so many examples, in shapes only.</summary>
    internal TBatch Sample(int examples) => Batch.Unflatten(Batch.Leaves.Select(leaf =>
    {
        int[] shape = [.. leaf.Shape.AsSpan()];
        shape[0] = examples;
        return Tensor.Full(leaf.DType, Shape.Create(shape), 0);
    }));
}

/// <summary>Ways to say what to learn from.</summary>
public static class DataSet
{
    /// <summary>
    /// Examples that are here and travel with the plan: the rows of these arrays, of which all have equally many.
    /// </summary>
    public static DataSet<TBatch> Of<TBatch>(TBatch examples)
    {
        var tree = Tree.Flatten(examples);
        ImmutableArray<Value> arrays = [.. tree.Leaves.Select(leaf => leaf.ToValue())];
        if (arrays.Any(a => a.Shape.Rank == 0 || a.Shape[0] != arrays[0].Shape[0]))
            throw new TrainingException(
                "The arrays of examples need the same number of rows; found " +
                $"{string.Join(", ", arrays.Select(a => a.Shape))}");
        return new(new(ArraySource.Known, "", arrays[0].Shape[0]) { Arrays = arrays }, tree);
    }

    /// <summary>Examples that each silo opens itself.</summary>
    /// <param name="source">The name of the data source on the silos.</param>
    /// <param name="options">What it is told.</param>
    /// <param name="count">How many examples there are.</param>
    /// <param name="batch">A batch of any number of examples, for its structure, dtypes and shapes.</param>
    public static DataSet<TBatch> Named<TBatch>(string source, string options, long count, TBatch batch) =>
        new(new(source, options, count), Tree.Flatten(batch));
}
