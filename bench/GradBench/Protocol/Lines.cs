namespace DistGrad.GradBench.Protocol;

/// <summary>A stream of bytes, line by line; each line lies in memory that the next one is read to.</summary>
internal sealed class Lines(Stream input)
{
    private byte[] buffer = new byte[1 << 16];

    /// <summary>What was read and not yet given: from start to end of the buffer.</summary>
    private int start, end;

    /// <summary>The next line without its end, or nothing after the last. Lines may be of any length.</summary>
    public ReadOnlyMemory<byte>? Next()
    {
        for (var searched = start; ;)
        {
            if (buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n') is var found and >= 0)
                return Given(searched + found, 1);
            searched = end - start;
            if (!Fill())
                return start == end ? default(ReadOnlyMemory<byte>?) : Given(end, 0);
        }
    }

    private ReadOnlyMemory<byte> Given(int stop, int skipped)
    {
        var line = buffer.AsMemory(start, stop - start);
        start = stop + skipped;
        return line;
    }

    /// <summary>Moves what is left to the front, makes room if there is none, and reads more if there is any.</summary>
    private bool Fill()
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        if (end == buffer.Length)
            Array.Resize(ref buffer, checked(2 * buffer.Length));
        var read = input.Read(buffer, end, buffer.Length - end);
        end += read;
        return read > 0;
    }
}
