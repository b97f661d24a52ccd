using System.Diagnostics;
using DistGrad.Plan;

namespace DistGrad.Execute;

/// <summary>One instruction bound to the code that runs it.</summary>
internal abstract unsafe class Kernel
{
    public abstract void Run(Frame frame);

    /// <summary>Makes the fastest code that there is for it now, rather than once it has run often enough.</summary>
    public virtual void Compile()
    {
    }

    /// <summary>Elements that one thread handles at a time: the same for any number of threads.</summary>
    protected const int PartSize = 1 << 14;

    /// <summary>
    /// Does all elements, by <see cref="Part"/>: in ranges of fixed length where several threads share them.
    /// </summary>
    protected void InParts(Frame frame, int count, int size = PartSize)
    {
        if (count <= size || frame.Workers.Threads == 1)
            Part(frame, 0, count);
        else
            frame.Workers.Run((count + size - 1) / size, (Kernel: this, frame, count, size), static (s, part) =>
                s.Kernel.Part(s.frame, part * s.size, Math.Min(s.size, s.count - (part * s.size))));
    }

    /// <summary>
    /// Does the elements from a place on; each is computed from its operands' alone, so ranges change no bit.
    /// </summary>
    protected virtual void Part(Frame frame, int start, int count) => throw new UnreachableException();
}

/// <summary>The memory of one run of a plan: where each buffer starts, and who works.</summary>
internal sealed unsafe class Frame(int buffers, Workers workers)
{
    private readonly nint[] starts = new nint[buffers];

    public Workers Workers { get; set; } = workers;

    public nint this[int buffer]
    {
        get => starts[buffer];
        set => starts[buffer] = value;
    }

    /// <summary>Where the first element of a view lies.</summary>
    public nint Start(View view) => starts[view.Buffer] + ((nint)view.Layout.Offset * view.DType.ByteSize);

    /// <summary>The first element of a view.</summary>
    public T* At<T>(View view) where T : unmanaged => (T*)starts[view.Buffer] + view.Layout.Offset;
}
