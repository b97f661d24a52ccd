using DistGrad.Execute;

namespace DistGrad.Micro;

/// <summary>Memory outside the managed heap for a program's arguments, filled, and for its results.</summary>
internal sealed unsafe class Places : IDisposable
{
    private readonly List<Memory> held = [];

    public Places(Lambda program)
    {
        Arguments = [.. Programs.Arguments(program).Select(Kept)];
        Results = [.. program.Results.Select(r => Taken((long)r.Shape.Size * r.DType.ByteSize))];
    }

    public nint[] Arguments { get; }

    public nint[] Results { get; }

    public void Dispose() => held.ForEach(m => m.Dispose());

    private nint Kept(Value value)
    {
        var bytes = value.AsBytes();
        var start = Taken(bytes.Length);
        bytes.CopyTo(new Span<byte>((void*)start, bytes.Length));
        return start;
    }

    private nint Taken(long bytes)
    {
        held.Add(new(bytes));
        return held[^1].Start;
    }
}
