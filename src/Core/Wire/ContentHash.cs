using System.Buffers.Binary;
using DistGrad.Wire;

namespace DistGrad;

/// <summary>
/// The SHA-256 of canonical bytes: equal contents have equal hashes, and different ones, for all purposes, have not.
/// </summary>
public readonly record struct ContentHash
{
    private readonly UInt128 high;
    private readonly UInt128 low;

    internal ContentHash(ReadOnlySpan<byte> digest)
    {
        high = BinaryPrimitives.ReadUInt128BigEndian(digest);
        low = BinaryPrimitives.ReadUInt128BigEndian(digest[16..]);
    }

    /// <summary>
    /// The hash of arrays in this order, of their dtypes, shapes and bits: the digest of a model's parameters.
    /// </summary>
    /// <exception cref="WireException">An array has more than 64 axes.</exception>
    public static ContentHash Of(IEnumerable<Value> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Document.Values.Hash([.. values]);
    }

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => $"{high:x32}{low:x32}";
}
