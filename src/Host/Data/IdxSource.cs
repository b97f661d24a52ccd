using DistGrad.Distributed;

namespace DistGrad.Host.Data;

/// <summary>
/// MNIST's files as silos open them: the folder has to be there on each of them. A silo reads the images of its own
/// shards from plain files; compressed ones it decompresses whole, and keeps.
/// </summary>
internal sealed class IdxSource : IDataSource
{
    public const string Known = "idx";

    public string Name => Known;

    public static DataSet<Batch> Of(string folder, int count) =>
        DataSet.Named(Known, Path.GetFullPath(folder), count, Batch.Empty);

    public IExamples Open(DataDescriptor descriptor)
    {
        try
        {
            return new Images(Idx.OpenFolder(descriptor.Options).Train);
        }
        catch (UserException e)
        {
            throw new TrainingException(e.Message, e);
        }
    }

    private sealed class Images(StoredExamples stored) : IExamples
    {
        private readonly byte[] pixels = new byte[Image.Size];

        public long Count => stored.Count;

        public IReadOnlyList<Value> Read(ReadOnlySpan<long> examples)
        {
            var batch = new BatchWriter(examples.Length);
            foreach (var number in examples)
            {
                stored.Pixels((int)number, pixels);
                batch.Add(pixels, stored.Label((int)number));
            }
            return batch.Values();
        }
    }
}
