namespace DistGrad.Execute.Kernels;

/// <summary>A <see cref="StridedReader"/> of elements of a type that is known.</summary>
internal sealed unsafe class Reader<T>(Plan.View view) where T : unmanaged
{
    /// <summary>Elements of a block.</summary>
    public const int Block = StridedReader.Block;

    private readonly StridedReader reader = new(view);

    /// <summary>The elements from a place on, at most a block; they lie there or in the scratch.</summary>
    public T* Read(Frame frame, int start, int count, T* scratch) =>
        (T*)reader.Read(reader.Start(frame), start, count, (byte*)scratch);
}
