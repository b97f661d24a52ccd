namespace DistGrad.Distributed.Data;

/// <summary>The data sources that a silo knows.</summary>
internal sealed class DataSources(IEnumerable<IDataSource> sources)
{
    private readonly IDataSource[] sources = [new ArraySource(), .. sources];

    /// <summary>The data of a plan, once it is certain that it is what the plan was made for.</summary>
    public IExamples Open(DataDescriptor descriptor)
    {
        // Of two of one name the one that was registered last is meant, as everywhere in services.
        var source = Array.FindLast(sources, s => s.Name == descriptor.Source) ?? throw new TrainingException(
            $"This silo has no data source '{descriptor.Source}'; it knows " +
            $"{string.Join(", ", sources.Select(s => $"'{s.Name}'"))}");
        var examples = source.Open(descriptor);
        return examples.Count == descriptor.Count ? examples : throw new TrainingException(
            $"The data '{descriptor.Source}' ({descriptor.Options}) has {examples.Count} examples here; " +
            $"the plan was made for {descriptor.Count}");
    }
}
