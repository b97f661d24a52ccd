using System.Globalization;
using DistGrad.Distributed;

namespace DistGrad.Host.Data;

/// <summary>The embedded digits as silos open them: each draws the blocks that it is asked for, once.</summary>
internal sealed class DigitsSource : IDataSource
{
    public const string Known = "digits";

    public string Name => Known;

    public static DataSet<Batch> Of(int count) => DataSet.Named(Known, "train", count, Batch.Empty);

    public IExamples Open(DataDescriptor descriptor) =>
        descriptor is { Options: "train", Count: > 0 and <= int.MaxValue }
        ? new DrawnDigits((int)descriptor.Count)
        : throw new TrainingException(string.Create(
            CultureInfo.InvariantCulture,
            $"The digits are 'train' and at least one; found '{descriptor.Options}' and {descriptor.Count}"));

    private sealed class DrawnDigits(int count) : IExamples
    {
        private readonly Digits digits = Digits.ToTrain();
        private readonly Examples?[] blocks = new Examples?[(count + Digits.Block - 1) / Digits.Block];

        public long Count => count;

        public IReadOnlyList<Value> Read(ReadOnlySpan<long> examples)
        {
            var batch = new BatchWriter(examples.Length);
            foreach (var number in examples)
            {
                var (block, row) = Math.DivRem((int)number, Digits.Block);
                var drawn = blocks[block] ??= digits.Draw(block * Digits.Block, Digits.Block);
                batch.Add(drawn.Pixels(row), drawn.Labels[row]);
            }
            return batch.Values();
        }
    }
}
