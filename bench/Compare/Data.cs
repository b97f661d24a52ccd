namespace DistGrad.Compare;

/// <summary>The data of a piece of work by name: both sides are given the same. They follow from the name.</summary>
internal sealed class Data
{
    private readonly Dictionary<string, Tuple<Array, long[]>> arrays = [];

    public IReadOnlyDictionary<string, Tuple<Array, long[]>> Arrays => arrays;

    public Tensor this[string name] => arrays[name] switch
    {
        (float[] numbers, var shape) => Tensor.Of(Value.Of<float>([.. shape.Select(d => (int)d)], numbers)),
        var (numbers, shape) => Tensor.Of(Value.Of<long>([.. shape.Select(d => (int)d)], (long[])numbers)),
    };

    /// <summary>Bytes of all arrays.</summary>
    public double Bytes => arrays.Values.Sum(a => (double)a.Item1.Length * (a.Item1 is float[]? 4 : 8));

    /// <summary>Numbers between low and high.</summary>
    public Data With(string name, double low, double high, params long[] shape)
    {
        var numbers = new float[Size(shape)];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)(low + ((high - low) * Share(name, i)));
        return With(name, numbers, shape);
    }

    /// <summary>These numbers.</summary>
    public Data With(string name, float[] numbers, params long[] shape)
    {
        arrays.Add(name, Tuple.Create((Array)numbers, shape));
        return this;
    }

    /// <summary>Classes from 0 to below the count.</summary>
    public Data Classes(string name, int count, params long[] shape)
    {
        var classes = new long[Size(shape)];
        for (var i = 0; i < classes.Length; i++)
            classes[i] = (long)(count * Share(name, i));
        arrays.Add(name, Tuple.Create((Array)classes, shape));
        return this;
    }

    /// <summary>
    /// Weights and biases of layers in a row, w0, b0, w1 and so on after the prefix, about as large as they are drawn.
    /// </summary>
    public Data Layers(string prefix, params int[] widths)
    {
        for (var i = 0; i + 1 < widths.Length; i++)
        {
            var bound = double.Sqrt(3.0 / widths[i]);
            With($"{prefix}w{i}", -bound, bound, widths[i], widths[i + 1]);
            With($"{prefix}b{i}", -0.1, 0.1, widths[i + 1]);
        }
        return this;
    }

    private static long Size(long[] shape) => shape.Aggregate(1L, (n, d) => n * d);

    // A place mixed as in SplitMix64 (Steele, Lea and Flood 2014), begun by the name.
    private static double Share(string name, int place)
    {
        var seed = name.Aggregate(14695981039346656037UL, (h, c) => (h ^ c) * 1099511628211UL);
        var z = seed + ((ulong)(place + 1) * 0x9E3779B97F4A7C15UL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return (z ^ (z >> 31)) * double.Exp2(-64);
    }
}
