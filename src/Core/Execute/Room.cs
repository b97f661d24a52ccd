namespace DistGrad.Execute;

/// <summary>Memory that grows when more is asked for, and then is as good as new.</summary>
internal sealed class Room
{
    private long held;

    public nint Start => Memory.Start;

    private Memory Memory { get; set; } = new(0);

    public void Reserve(long bytes)
    {
        if (held >= bytes)
            return;
        Memory.Dispose();
        (Memory, held) = (new(bytes), bytes);
    }
}
