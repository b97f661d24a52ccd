using System.Collections.Immutable;

namespace DistGrad.Distributed.Data;

/// <summary>The source of examples that travel with the plan: rows along the first axis of its arrays.</summary>
internal sealed class ArraySource : IDataSource
{
    public const string Known = "arrays";

    public string Name => Known;

    public IExamples Open(DataDescriptor descriptor)
    {
        var arrays = descriptor.Arrays;
        if (arrays.IsEmpty || arrays.Any(a => a.Shape.Rank == 0 || a.Shape[0] != arrays[0].Shape[0]))
            throw new TrainingException(
                "Data of the source 'arrays' is one array or more with the same number of rows");
        return new Rows(arrays);
    }

    private sealed class Rows(ImmutableArray<Value> arrays) : IExamples
    {
        public long Count => arrays[0].Shape[0];

        public IReadOnlyList<Value> Read(ReadOnlySpan<long> examples)
        {
            var taken = new Value[arrays.Length];
            for (var i = 0; i < taken.Length; i++)
                taken[i] = Take(arrays[i], examples);
            return taken;
        }

        private static Value Take(Value array, ReadOnlySpan<long> rows) => array.DType switch
        {
            DType.Float64 => Take<double>(array, rows),
            DType.Float32 => Take<float>(array, rows),
            DType.Int64 => Take<long>(array, rows),
            DType.Int32 => Take<int>(array, rows),
            _ => Take<bool>(array, rows),
        };

        private static Value Take<T>(Value array, ReadOnlySpan<long> rows) where T : unmanaged
        {
            int[] shape = [.. array.Shape.AsSpan()];
            var length = shape[0] == 0 ? 0 : array.Shape.Size / shape[0];
            var from = array.AsSpan<T>();
            var to = new T[rows.Length * length];
            for (var i = 0; i < rows.Length; i++)
                from.Slice((int)rows[i] * length, length).CopyTo(to.AsSpan(i * length));
            shape[0] = rows.Length;
            return Value.Wrap(Shape.Create(shape), to);
        }
    }
}
