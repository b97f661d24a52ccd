using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace DistGrad.Execute;

/// <summary>
/// Values that a machine takes to the next ones, over and over: they lie in two places outside the managed heap, of
/// which each run reads one and writes the other. A run that fails leaves the values as they were.
/// </summary>
internal sealed unsafe class Feedback : IDisposable
{
    private const long Alignment = 64;

    private readonly ImmutableArray<TensorType> types;
    private readonly Memory[] memory;
    private readonly nint[][] places;

    // What each run is given: where the values lie, and behind that the inputs.
    private readonly nint[][] arguments;
    private Value?[] inputs = [];
    private GCHandle[] pinned = [];
    private int current;

    public Feedback(ImmutableArray<Value> start)
    {
        types = [.. start.Select(v => new TensorType(v.DType, v.Shape))];
        var offsets = new long[start.Length + 1];
        for (var i = 0; i < start.Length; i++)
            offsets[i + 1] = (offsets[i] + start[i].AsBytes().Length + Alignment - 1) / Alignment * Alignment;
        memory = [new(offsets[^1]), new(offsets[^1])];
        places = [.. memory.Select(m => offsets[..^1].Select(offset => m.Start + (nint)offset).ToArray())];
        arguments = [.. places.Select(p => p.ToArray())];
        for (var i = 0; i < start.Length; i++)
            start[i].AsBytes().CopyTo(Bytes(i, start[i].AsBytes().Length));
    }

    ~Feedback() => Release();

    /// <summary>Takes the values one step further: the machine's results are of the types of the values.</summary>
    public void Run(Machine machine, ReadOnlySpan<Value> given, Workers workers)
    {
        if (given.Length != inputs.Length)
            MakeRoom(given.Length);
        for (var i = 0; i < given.Length; i++)
        {
            if (ReferenceEquals(inputs[i], given[i]))
                continue;
            given[i].Pin(ref pinned[i]);
            inputs[i] = given[i];
            arguments[0][types.Length + i] = arguments[1][types.Length + i] = given[i].Address(pinned[i]);
        }
        machine.Run(arguments[current], places[1 - current], workers);
        current = 1 - current;
        GC.KeepAlive(this);
    }

    /// <summary>The values as they are now, copied.</summary>
    public ImmutableArray<Value> Copy()
    {
        var values = types.Select((t, i) =>
            Value.OfBytes(t.DType, t.Shape, Bytes(i, t.Shape.Size * t.DType.ByteSize))).ToImmutableArray();
        GC.KeepAlive(this);
        return values;
    }

    public void Dispose()
    {
        Release();
        foreach (var half in memory)
            half.Dispose();
        GC.SuppressFinalize(this);
    }

    private Span<byte> Bytes(int index, int count) => new((void*)places[current][index], count);

    private void MakeRoom(int count)
    {
        Release();
        (inputs, pinned) = (new Value?[count], new GCHandle[count]);
        for (var half = 0; half < arguments.Length; half++)
            arguments[half] = [.. places[half], .. new nint[count]];
    }

    private void Release()
    {
        foreach (var handle in pinned)
        {
            if (handle.IsAllocated)
                handle.Free();
        }
        (inputs, pinned) = ([], []);
    }
}
