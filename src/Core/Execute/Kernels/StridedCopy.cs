using System.Runtime.CompilerServices;

namespace DistGrad.Execute.Kernels;

/// <summary>Copies a strided view into contiguous, row-major memory, or into a strided region.</summary>
internal static unsafe class StridedCopy
{
    // The fewest elements worth waking a thread for.
    const nint PartSize = 1 << 15;

    // A square of this side and its transpose lie in the first cache together.
    const nint TileSide = 64;

    struct Axis(nint length, nint source, nint target)
    {
        public nint Length = length;
        public readonly nint Source = source;
        public readonly nint Target = target;
    }

    /// <summary>
    /// Writes the elements source[sum of index * stride] of a view of any rank to <paramref name="destination"/> in
    /// row-major order. Strides count elements and may be 0 or negative. The two must not overlap.
    /// </summary>
    public static void Copy<T>(ReadOnlySpan<nint> shape, ReadOnlySpan<nint> strides, ref readonly T source,
        ref T destination, Workers workers)
        where T : unmanaged
    {
        Span<nint> targets = stackalloc nint[shape.Length];
        nint target = 1;
        for (var i = shape.Length - 1; i >= 0; target *= shape[i--]) targets[i] = target;
        Copy(shape, strides, targets, in source, ref destination, workers);
    }

    /// <summary>
    /// As the other, to destination[sum of index * target]; no two elements have the same place there.
    /// </summary>
    public static void Copy<T>(ReadOnlySpan<nint> shape, ReadOnlySpan<nint> strides, ReadOnlySpan<nint> targets,
        ref readonly T source, ref T destination, Workers workers)
        where T : unmanaged
    {
        var axes = stackalloc Axis[shape.Length + 1];
        var count = Collapse(shape, strides, targets, axes);
        if (count == 0) return;
        fixed (T* from = &source, to = &destination)
        {
            var crossed = Crossed(axes, count);
            if (crossed == 0)
            {
                CopyRows(axes, count, from, to, workers);
                return;
            }

            (axes[1], axes[crossed]) = (axes[crossed], axes[1]);
            CopyTiles(axes, count, from, to, workers);
        }
    }

    // The axes from the last to the first, without those of length 1, merged where two step as one. None where the
    // view is empty; a single element is an axis of length 1.
    static int Collapse(
        ReadOnlySpan<nint> shape, ReadOnlySpan<nint> strides, ReadOnlySpan<nint> targets, Axis* axes)
    {
        var count = 0;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            if (shape[i] == 0) return 0;
            if (shape[i] == 1) continue;
            if (count > 0 && strides[i] == axes[count - 1].Source * axes[count - 1].Length &&
                targets[i] == axes[count - 1].Target * axes[count - 1].Length)
                axes[count - 1].Length *= shape[i];
            else axes[count++] = new(shape[i], strides[i], targets[i]);
        }

        if (count == 0) axes[count++] = new(1, 1, 1);
        return count;
    }

    // The axis along which the source is contiguous, where that is not the last one: such a view is copied by tiles,
    // since row by row each cache line would be fetched once for every element in it.
    static int Crossed(Axis* axes, int count)
    {
        if (axes[0].Source is 0 or 1 || axes[0].Target != 1 || axes[0].Length < 4) return 0;
        for (var i = 1; i < count; i++)
            if (axes[i].Source == 1 && axes[i].Length >= 4) return i;
        return 0;
    }

    static nint Elements(Axis* axes, int first, int count)
    {
        nint elements = 1;
        for (var i = first; i < count; i++) elements *= axes[i].Length;
        return elements;
    }

    static void CopyRows<T>(Axis* axes, int count, T* from, T* to, Workers workers)
        where T : unmanaged
    {
        var elements = Elements(axes, 0, count);
        if (workers.Threads == 1 || elements < 2 * PartSize) CopyRange(axes, count, from, to, 0, elements);
        else ShareRows(axes, count, elements, from, to, workers);
    }

    static void ShareRows<T>(Axis* axes, int count, nint elements, T* from, T* to, Workers workers)
        where T : unmanaged
    {
        workers.Run(
            (int)((elements + PartSize - 1) / PartSize),
            (Axes: (nint)axes, count, From: (nint)from, To: (nint)to, elements),
            static (s, part) => CopyRange((Axis*)s.Axes, s.count, (T*)s.From, (T*)s.To,
                part * PartSize, Math.Min(s.elements, (part + 1) * PartSize)));
    }

    // The elements from first to end in row-major order, by pieces of the last axis.
    [SkipLocalsInit]
    static void CopyRange<T>(Axis* axes, int count, T* from, T* to, nint first, nint end)
        where T : unmanaged
    {
        var index = stackalloc nint[count];
        var rest = first;
        for (var i = 0; i < count; i++)
        {
            (rest, index[i]) = Math.DivRem(rest, axes[i].Length);
            from += index[i] * axes[i].Source;
            to += index[i] * axes[i].Target;
        }

        var (length, stride, target) = (axes[0].Length, axes[0].Source, axes[0].Target);
        from -= index[0] * stride;
        to -= index[0] * target;
        for (var column = index[0]; first < end; column = 0)
        {
            var taken = Math.Min(length - column, end - first);
            CopyRow(from + column * stride, stride, to + column * target, target, taken);
            first += taken;
            for (var i = 1; i < count; i++)
            {
                from += axes[i].Source;
                to += axes[i].Target;
                if (++index[i] < axes[i].Length) break;
                from -= index[i] * axes[i].Source;
                to -= index[i] * axes[i].Target;
                index[i] = 0;
            }
        }
    }

    static void CopyRow<T>(T* from, nint stride, T* to, nint target, nint count)
        where T : unmanaged
    {
        if (target != 1) for (; count > 0; count--, from += stride, to += target) *to = *from;
        else if (stride == 1) new ReadOnlySpan<T>(from, (int)count).CopyTo(new Span<T>(to, (int)count));
        else if (stride == 0) new Span<T>(to, (int)count).Fill(*from);
        else for (; count > 0; count--, from += stride) *to++ = *from;
    }

    // Axis 0 is the last of the destination, axis 1 the one along which the source is contiguous.
    static void CopyTiles<T>(Axis* axes, int count, T* from, T* to, Workers workers)
        where T : unmanaged
    {
        var tiles = Tiles(axes[0]) * Tiles(axes[1]) * Elements(axes, 2, count);
        if (workers.Threads == 1 || tiles * TileSide * TileSide < 2 * PartSize)
            CopyTiles(axes, count, from, to, 0, tiles);
        else ShareTiles(axes, count, from, to, tiles, workers);
    }

    static void ShareTiles<T>(Axis* axes, int count, T* from, T* to, nint tiles, Workers workers)
        where T : unmanaged
    {
        const nint each = PartSize / (TileSide * TileSide);
        workers.Run(
            (int)((tiles + each - 1) / each), (Axes: (nint)axes, count, From: (nint)from, To: (nint)to, tiles),
            static (s, part) => CopyTiles((Axis*)s.Axes, s.count, (T*)s.From, (T*)s.To,
                part * each, Math.Min(s.tiles, (part + 1) * each)));
    }

    static void CopyTiles<T>(Axis* axes, int count, T* from, T* to, nint first, nint end)
        where T : unmanaged
    {
        var (across, down) = (Tiles(axes[0]), Tiles(axes[1]));
        for (var tile = first; tile < end; tile++) CopyTile(axes, count, from, to, tile, across, down);
    }

    static nint Tiles(Axis axis) => (axis.Length + TileSide - 1) / TileSide;

    static void CopyTile<T>(Axis* axes, int count, T* from, T* to, nint tile, nint across, nint down)
        where T : unmanaged
    {
        (tile, var c) = Math.DivRem(tile, across);
        (tile, var r) = Math.DivRem(tile, down);
        for (var i = 2; i < count; i++)
        {
            (tile, var index) = Math.DivRem(tile, axes[i].Length);
            from += index * axes[i].Source;
            to += index * axes[i].Target;
        }

        var (column, row) = (c * TileSide, r * TileSide);
        var columns = Math.Min(TileSide, axes[0].Length - column);
        var rows = Math.Min(TileSide, axes[1].Length - row);
        Transposition.Copy(columns, rows, from + column * axes[0].Source + row, axes[0].Source,
            to + row * axes[1].Target + column, axes[1].Target);
    }
}
