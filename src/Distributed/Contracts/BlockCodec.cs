using System.Buffers;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace DistGrad.Distributed.Contracts;

/// <summary>
/// Writes a block as its hash and its bytes in one piece; the ready-made codecs write arrays element by element.
/// </summary>
[RegisterSerializer]
internal sealed class BlockCodec : IFieldCodec<Block>
{
    public void WriteField<TBufferWriter>(
        ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, Block? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value))
            return;
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(Block), WireType.LengthPrefixed);
        var bytes = value.Bytes.Span;
        writer.WriteVarUInt32((uint)(sizeof(ulong) + bytes.Length));
        writer.WriteUInt64(value.Hash);
        writer.Write(bytes);
    }

    public Block? ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
            return ReferenceCodec.ReadReference<Block, TInput>(ref reader, field);
        field.EnsureWireType(WireType.LengthPrefixed);
        var length = reader.ReadVarUInt32();
        if (length < sizeof(ulong))
            throw new InvalidDataException($"A block of {length} bytes is shorter than its hash");
        var hash = reader.ReadUInt64();
        var block = Block.Rented((int)length - sizeof(ulong), out var bytes);
        reader.ReadBytes(bytes);
        if (block.Hash != hash)
            throw new InvalidDataException(
                $"A block of {bytes.Length} bytes does not have the hash {hash:x16} that it came with");
        ReferenceCodec.RecordObject(reader.Session, block);
        return block;
    }
}

/// <summary>A block is not copied when it stays on the silo: nobody changes it.</summary>
[RegisterCopier]
internal sealed class BlockCopier : ShallowCopier<Block>;
