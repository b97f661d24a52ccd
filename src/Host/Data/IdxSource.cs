using DistGrad.Distributed;

namespace DistGrad.Host.Data;

/// <summary>MNIST's files as silos open them: the folder has to be there on each of them.</summary>
internal sealed class IdxSource : IDataSource
{
    public const string Known = "idx";

    public string Name => Known;

    public static DataSet<Batch> Of(string folder, Examples examples) =>
        DataSet.Named(Known, Path.GetFullPath(folder), examples.Count, Batch.Empty);

    public IExamples Open(DataDescriptor descriptor)
    {
        try
        {
            return new ReadExamples(Idx.ReadFolder(descriptor.Options).Train);
        }
        catch (UserException e)
        {
            throw new TrainingException(e.Message, e);
        }
    }

    private sealed class ReadExamples(Examples read) : IExamples
    {
        public long Count => read.Count;

        public IReadOnlyList<Value> Read(ReadOnlySpan<long> examples)
        {
            var batch = new BatchWriter(examples.Length);
            foreach (var number in examples)
                batch.Add(read.Pixels((int)number), read.Labels[(int)number]);
            return batch.Values();
        }
    }
}
