using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Copies a slice of an operand into a panel that the tile kernel reads from front to back. Packing absorbs every
/// layout of the operands and moves bits only, so it cannot change a result.
/// </summary>
internal static unsafe class MatrixPacking
{
    /// <summary>
    /// panel[p * padded + j] = source(p, j) for p below <paramref name="depth"/> and j below
    /// <paramref name="width"/>; zeros from there to <paramref name="padded"/>.
    /// </summary>
    public static void Pack<T>(View<T> source, nint depth, nint width, T* panel, nint padded)
        where T : unmanaged
    {
        // One call for all of a panel is faster than one a row.
        if (width < padded) new Span<T>(panel, (int)(depth * padded)).Clear();
        if (source.Column == 1 && width == 8) CopyEight(source, depth, panel, padded);
        else if (source.Column == 1) CopyRows(source, depth, width, panel, padded);
        else if (source.Row == 1) Transposition.Copy(width, depth, source.Start, source.Column, panel, padded);
        else CopyElements(source, depth, width, panel, padded);
    }

    [MethodImpl(Compiled.Apart)]
    static void CopyRows<T>(View<T> source, nint depth, nint width, T* panel, nint padded)
        where T : unmanaged
    {
        var from = source.Start;
        for (nint p = 0; p < depth; p++, from += source.Row, panel += padded)
        {
            nint j = 0;
            for (; j <= width - Vector512<T>.Count; j += Vector512<T>.Count)
                Vector512.Load(from + j).Store(panel + j);
            for (; j <= width - Vector128<T>.Count; j += Vector128<T>.Count)
                Vector128.Load(from + j).Store(panel + j);
            for (; j < width; j++) panel[j] = from[j];
        }
    }

    // The rows of a full tile, which CopyRows would copy at half the speed.
    [MethodImpl(Compiled.Apart)]
    static void CopyEight<T>(View<T> source, nint depth, T* panel, nint padded)
        where T : unmanaged
    {
        var from = source.Start;
        for (; depth > 0; depth--, from += source.Row, panel += padded)
        {
            if (sizeof(T) == sizeof(float)) Vector256.Load(from).Store(panel);
            else Vector512.Load(from).Store(panel);
        }
    }

    [MethodImpl(Compiled.Apart)]
    static void CopyElements<T>(View<T> source, nint depth, nint width, T* panel, nint padded)
        where T : unmanaged
    {
        for (nint p = 0; p < depth; p++)
            for (nint j = 0; j < width; j++) panel[p * padded + j] = *source.At(p, j);
    }
}
