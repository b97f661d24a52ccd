using System.Buffers;
using System.IO.Hashing;

namespace DistGrad.Distributed.Contracts;

/// <summary>Numbers on their way between workers, as bytes that nobody changes while they are needed.</summary>
/// <remarks>Equal to another of the same hash: 64 bits of XXH3, against mistakes and not against forgers.</remarks>
[Immutable, Alias("distgrad.block")]
internal sealed class Block(ReadOnlyMemory<byte> bytes) : IEquatable<Block>
{
    /// <summary>
    /// Memory for blocks that come over the wire: fresh arrays of that size would each cost a clearing.
    /// </summary>
    private static readonly ArrayPool<byte> Pool =
        ArrayPool<byte>.Create(maxArrayLength: 1 << 20, maxArraysPerBucket: 512);

    private ulong? hash;
    private byte[]? rented;

    /// <summary>
    /// The sum of no examples, which is not a block of zeros: it adds nothing, not even the sign of a zero.
    /// </summary>
    public static Block None { get; } = new(ReadOnlyMemory<byte>.Empty);

    public ReadOnlyMemory<byte> Bytes => bytes;

    public ulong Hash => hash ??= XxHash3.HashToUInt64(bytes.Span);

    public bool IsNone => bytes.IsEmpty;

    public bool Equals(Block? other) =>
        ReferenceEquals(this, other) || (other is not null && bytes.Length == other.Bytes.Length && Hash == other.Hash);

    public override bool Equals(object? obj) => Equals(obj as Block);

    public override int GetHashCode() => Hash.GetHashCode();

    /// <summary>A block whose bytes are written by what makes it, in memory that can be given back.</summary>
    public static Block Rented(int length, out Span<byte> bytes)
    {
        var rented = Pool.Rent(length);
        bytes = rented.AsSpan(0, length);
        return new(rented.AsMemory(0, length)) { rented = rented };
    }

    /// <summary>Gives rented memory back: nobody looks at the block again. Memory of others is left alone.</summary>
    public void Return()
    {
        if (Interlocked.Exchange(ref rented, null) is { } returned)
            Pool.Return(returned);
    }

    public override string ToString() => $"{bytes.Length} bytes, {Hash:x16}";
}
