using DistGrad.Wire;

namespace DistGrad;

public sealed partial class Value
{
    /// <summary>
    /// The canonical bytes of this array: its dtype, shape and elements; equal arrays have equal bytes.
    /// </summary>
    /// <exception cref="WireException">The array has more than 64 axes.</exception>
    public byte[] ToWire() => Document.Value.Write(this);

    /// <summary>
    /// The array of these bytes, as <see cref="ToWire"/> of this version or an earlier one gave them.
    /// </summary>
    /// <exception cref="WireException">
    /// The bytes are anything else: the error says what was expected, what found, and where.
    /// </exception>
    public static Value FromWire(ReadOnlySpan<byte> bytes) => Document.Value.Read(bytes);

    /// <summary>The SHA-256 of the canonical bytes.</summary>
    /// <exception cref="WireException">The array has more than 64 axes.</exception>
    public ContentHash Hash() => Document.Value.Hash(this);
}

public sealed partial class Lambda
{
    /// <summary>
    /// The canonical bytes of this program: equal programs have equal bytes, whatever they and
    /// their parameters are called.
    /// </summary>
    /// <exception cref="WireException">
    /// Programs hold programs more than 64 deep, or a tensor has more than 64 axes.
    /// </exception>
    public byte[] ToWire() => Document.Program.Write(this);

    /// <summary>
    /// The program of these bytes, as <see cref="ToWire"/> of this version or an earlier one gave them, well typed.
    /// </summary>
    /// <exception cref="WireException">
    /// The bytes are anything else: the error says what was expected, what found, and where.
    /// </exception>
    public static Lambda FromWire(ReadOnlySpan<byte> bytes) => Document.Program.Read(bytes);

    /// <summary>The SHA-256 of the canonical bytes.</summary>
    /// <exception cref="WireException">
    /// Programs hold programs more than 64 deep, or a tensor has more than 64 axes.
    /// </exception>
    public ContentHash Hash() => Document.Program.Hash(this);
}
