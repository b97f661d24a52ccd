using DistGrad.Plan;

namespace DistGrad.Execute;

/// <summary>One instruction bound to the code that runs it.</summary>
internal abstract unsafe class Kernel
{
    public abstract void Run(Frame frame);

    /// <summary>Elements that one thread handles at a time: the same for any number of threads.</summary>
    protected const int PartSize = 1 << 14;

    /// <summary>Calls a piece of work for consecutive ranges of fixed length that together are 0 to count.</summary>
    protected static void InParts(Frame frame, int count, Action<int, int> work)
    {
        if (count <= PartSize)
            work(0, count);
        else
            frame.Workers.Run((count + PartSize - 1) / PartSize, part =>
                work(part * PartSize, Math.Min(PartSize, count - (part * PartSize))));
    }
}

/// <summary>The memory of one run of a plan: where each buffer starts, and who works.</summary>
internal sealed unsafe class Frame(int buffers, Workers workers)
{
    private readonly nint[] starts = new nint[buffers];

    public Workers Workers { get; } = workers;

    public nint this[int buffer]
    {
        get => starts[buffer];
        set => starts[buffer] = value;
    }

    /// <summary>The first element of a view.</summary>
    public T* At<T>(View view) where T : unmanaged => (T*)starts[view.Buffer] + view.Layout.Offset;
}
