using System.Collections.Immutable;

namespace DistGrad.Distributed;

/// <summary>
/// What to learn from, by name: each silo opens it itself and reads no more than the examples that it needs.
/// </summary>
/// <param name="Source">The name of an <see cref="IDataSource"/> that the silos know.</param>
/// <param name="Options">What that source is told, in its own words: a path, a seed.</param>
/// <param name="Count">How many examples there are; a silo that finds another number refuses.</param>
public sealed record DataDescriptor(string Source, string Options, long Count)
{
    /// <summary>Arrays that travel with the plan, for data that is only where the plan is made.</summary>
    public ImmutableArray<Value> Arrays { get; init; } = [];
}

/// <summary>A kind of data that silos can open, registered by its name.</summary>
public interface IDataSource
{
    /// <summary>The name by which plans ask for it.</summary>
    string Name { get; }

    /// <summary>The data that a descriptor names.</summary>
    /// <exception cref="TrainingException">There is no such data here; the message says what is missing.</exception>
    IExamples Open(DataDescriptor descriptor);
}

/// <summary>Examples that can be read in any order. A silo reads from one thread at a time.</summary>
public interface IExamples
{
    /// <summary>How many there are.</summary>
    long Count { get; }

    /// <summary>
    /// The examples of these numbers, each below <see cref="Count"/>: for each leaf of a batch one array, whose first
    /// axis goes through the examples in the order asked.
    /// </summary>
    IReadOnlyList<Value> Read(ReadOnlySpan<long> examples);
}
