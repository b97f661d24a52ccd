namespace DistGrad.Execute.Kernels;

/// <summary>
/// A matrix in pinned memory: element (i, j) lies at Start + i * Row + j * Column. Strides count elements and may be
/// negative or 0.
/// </summary>
internal readonly unsafe struct View<T>(T* start, nint row, nint column)
    where T : unmanaged
{
    public readonly T* Start = start;
    public readonly nint Row = row;
    public readonly nint Column = column;

    public View<T> Transposed => new(Start, Column, Row);

    public T* At(nint i, nint j) => Start + i * Row + j * Column;

    public View<T> From(nint i, nint j) => new(At(i, j), Row, Column);
}
