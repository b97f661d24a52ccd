using System.Buffers;

namespace DistGrad.Wire;

/// <summary>What can be written by itself, under a mark of four characters and a version.</summary>
internal static class Document
{
    public static Document<Value> Value { get; } =
        new("DGRV", (writer, value) => writer.Value(value), (ref reader) => reader.Value());

    public static Document<IReadOnlyList<Value>> Values { get; } =
        new("DGRL", (writer, values) => writer.Values(values), (ref reader) => reader.Values());

    public static Document<Lambda> Program { get; } =
        new("DGRP", (writer, program) => writer.Program(program), (ref reader) => reader.Program());
}

/// <summary>One kind of document: its mark, and how its content is written and read.</summary>
internal sealed class Document<T>(string mark, Action<WireWriter, T> write, Document<T>.Reading read)
{
    public delegate T Reading(ref WireReader reader);

    public byte[] Write(T content)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(content, output);
        return output.WrittenSpan.ToArray();
    }

    public ContentHash Hash(T content)
    {
        using var output = new HashingBuffer();
        Write(content, output);
        return output.Hash();
    }

    public T Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        reader.Header(mark);
        var content = read(ref reader);
        reader.End();
        RequireCanonical(content, bytes);
        return content;
    }

    private void Write(T content, IBufferWriter<byte> output)
    {
        var writer = new WireWriter(output);
        writer.Header(mark);
        write(writer, content);
    }

    // What was read must be written as it was. This finds every other encoding that there could be: applications in
    // another order, ones that no result needs, attributes that the primitive does not have.
    private void RequireCanonical(T content, ReadOnlySpan<byte> bytes)
    {
        var canonical = new ArrayBufferWriter<byte>(bytes.Length);
        Write(content, canonical);
        if (bytes.SequenceEqual(canonical.WrittenSpan))
            return;
        var place = bytes.CommonPrefixLength(canonical.WrittenSpan);
        throw WireReader.Refusal(
            place,
            $"{At(canonical.WrittenSpan, place)}, as the same content is written",
            $"{At(bytes, place)}, so these bytes are not canonical");
    }

    private static string At(ReadOnlySpan<byte> bytes, int place) =>
        place < bytes.Length ? $"0x{bytes[place]:x2}" : "the end";
}
