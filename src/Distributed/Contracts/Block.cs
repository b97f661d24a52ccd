using System.IO.Hashing;

namespace DistGrad.Distributed.Contracts;

/// <summary>Numbers on their way between workers, as bytes that nobody changes while they are needed.</summary>
/// <remarks>Equal to another of the same hash: 64 bits of XXH3, against mistakes and not against forgers.</remarks>
[Immutable, Alias("distgrad.block")]
internal sealed class Block(ReadOnlyMemory<byte> bytes) : IEquatable<Block>
{
    private ulong? hash;

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

    public override string ToString() => $"{bytes.Length} bytes, {Hash:x16}";
}
