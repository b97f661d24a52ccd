using System.Runtime.CompilerServices;

namespace DistGrad;

/// <summary>
/// A splittable random key: all that is drawn from it is a function of it alone. A key serves one purpose: to draw
/// again, split it first. Using one key at two places of the code is an error that names both.
/// </summary>
/// <remarks>
/// A key holds a tensor, so it can be an argument of a compiled function, and be batched. Counter-based: see
/// <see cref="Threefry"/>.
/// </remarks>
public sealed class Key
{
    private string? use;

    /// <summary>The key whose bits are in this int64 scalar.</summary>
    public Key(Tensor data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Data = data.DType == DType.Int64 && data.Rank == 0 ? data : throw new DTypeException(
            $"Key: an int64 scalar is needed; found {data.Type}");
    }

    /// <summary>The key's bits: an int64 scalar.</summary>
    public Tensor Data { get; }

    /// <summary>The key of a seed.</summary>
    public static Key Of(long seed) => new(Tensor.Of(seed));

    /// <summary>Two keys that have nothing to do with each other, nor with what is drawn from this one.</summary>
    public Tuple<Key, Key> Split([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        var keys = Split(2, file, line);
        return Tuple.Create(keys[0], keys[1]);
    }

    /// <summary>Several independent keys.</summary>
    public IReadOnlyList<Key> Split(int count, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        var keys = Tensor.Apply(new RandomBits([count], DType.Int64), Spend(file, line));
        return [.. keys.Unstack().Select(k => new Key(k))];
    }

    /// <summary>
    /// The key of a number under this one, such as that of a step; it may be asked for any number of numbers.
    /// </summary>
    public Key Fold(long number) => Fold(Tensor.Of(number));

    /// <summary>
    /// The key of a number under this one, an int64 scalar; it may be asked for any number of numbers.
    /// </summary>
    public Key Fold(Tensor number)
    {
        // A key of its own for the number, then one bijection keyed by it: different from any draw of either.
        var own = Tensor.Apply(new RandomBits([], DType.Int64), number);
        return new(Tensor.Apply(new RandomBits([], DType.Int64), Data + own));
    }

    /// <summary>The bits, for the one use that they have.</summary>
    internal Tensor Spend(string file, int line)
    {
        var here = $"{Path.GetFileName(file)} line {line}";
        var first = Interlocked.CompareExchange(ref use, here, null);
        return first is null || first == here ? Data : throw new KeyReuseException(
            $"A random key that was used in {first} is used again in {here}: " +
            "what is drawn would not be independent; Split it");
    }
}

public partial class Tensor
{
    /// <summary>Random bits in all places of an integer dtype.</summary>
    public static Tensor RandomBits(
        Key key, Shape shape, DType dtype = DType.Int64,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Apply(new RandomBits(shape, dtype), key.Spend(file, line));
    }

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor Uniform(
        Key key, Shape shape, DType dtype = DType.Float32,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Apply(new RandomUniform(shape, dtype), key.Spend(file, line));
    }

    /// <summary>
    /// Numbers drawn from the normal distribution of mean 0 and variance 1, by Box and Muller (1958).
    /// </summary>
    public static Tensor Normal(
        Key key, Shape shape, DType dtype = DType.Float32,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(shape);
        // 1 - u lies in (0, 1], so the logarithm is finite.
        var u = Apply(new RandomUniform(shape.Insert(0, 2), dtype), key.Spend(file, line));
        var (radius, angle) = (u.Narrow(0, 0, 1).Squeeze(0), u.Narrow(0, 1, 1).Squeeze(0));
        return Sqrt(-2 * Log1p(-radius)) * Cos(Math.Tau * angle);
    }
}
