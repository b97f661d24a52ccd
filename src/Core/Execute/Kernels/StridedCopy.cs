using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// Copies a strided view into a strided region of the same shape. Strides count elements; those of the source may be 0
/// or negative. The two must not overlap.
/// </summary>
internal sealed unsafe class StridedCopy
{
    /// <summary>The fewest elements worth waking a thread for.</summary>
    public const int PartSize = 1 << 15;

    // A square of this side and its transpose lie in the first cache together.
    const nint TileSide = 64;

    // Rows of at most so many elements are not worth a call each.
    const nint ShortRow = 32;

    // Fewer bytes ahead than that, pages left aside, is too near for the C library's way of copying.
    const nint PageBytes = 4096, FewBytes = 64;

    // Longer pieces of memory are copied by the runtime, which is worth a call each.
    const nint LongestPiece = 512;

    // So many elements of each of the columns that are written one after the other stay in the first cache.
    const nint BlockRows = 128;

    // The axes from the last to the first, without those of length 1, merged where two step as one in both.
    readonly Axis[] axes;

    // The axis along which the source is contiguous, where that is not the last one; 0 where there is none. Such a view
    // is copied by tiles, since row by row each cache line would be fetched once for every element in it.
    readonly int crossed;

    /// <param name="shape">Of both.</param>
    /// <param name="source">The strides of what is read.</param>
    /// <param name="target">
    /// The strides of what is written, not 0 along axes longer than 1; the last axes lie closest together.
    /// </param>
    /// <param name="isFirstApart">
    /// Whether the first axis, which is longer than 1, stays as it is, so that some of it can be copied alone.
    /// </param>
    public StridedCopy(
        ReadOnlySpan<nint> shape, ReadOnlySpan<nint> source, ReadOnlySpan<nint> target, bool isFirstApart = false)
    {
        axes = Collapsed(shape, source, target, isFirstApart);
        crossed = axes[0].Target == 1 && axes[0].Source is not (0 or 1) && axes[0].Length >= 4
            ? Math.Max(0, Array.FindIndex(axes, a => a.Source == 1 && a.Length >= 4))
            : 0;
    }

    readonly record struct Axis(nint Length, nint Source, nint Target);

    /// <summary>Copies all of it.</summary>
    public void Copy<T>(T* from, T* to, Workers workers)
        where T : unmanaged => Copy(from, to, axes[^1].Length, workers);

    /// <summary>Copies as much of the first axis.</summary>
    public void Copy<T>(T* from, T* to, nint length, Workers workers)
        where T : unmanaged
    {
        if (axes.Length == 1 && workers.Threads == 1)
        {
            Row(from, axes[0].Source, to, axes[0].Target, length);
            return;
        }

        var some = stackalloc Axis[axes.Length];
        for (var i = 0; i < axes.Length; i++) some[i] = axes[i];
        some[axes.Length - 1] = axes[^1] with { Length = length };
        var (units, size) = crossed > 0
            ? (Tiles(some[0]) * Tiles(some[crossed]), TileSide * TileSide)
            : axes.Length == 1 ? (length, 1) : (1, some[0].Length);
        for (var i = 1; i < axes.Length; i++) units *= i == crossed ? 1 : some[i].Length;
        if (size == 0) return;
        if (workers.Threads == 1 || units * size < 2 * PartSize) Units(some, from, to, 0, units);
        else Share(some, from, to, units, Math.Max(1, PartSize / size), workers);
    }

    void Share<T>(Axis* some, T* from, T* to, nint units, nint each, Workers workers)
        where T : unmanaged => workers.Run(
            (int)((units + each - 1) / each),
            (Copy: this, Axes: (nint)some, From: (nint)from, To: (nint)to, units, each),
            static (s, part) => s.Copy.Units(
                (Axis*)s.Axes, (T*)s.From, (T*)s.To, part * s.each, Math.Min(s.units, (part + 1) * s.each)));

    // Units are tiles where axes cross, else rows; of a single row they are elements.
    void Units<T>(Axis* some, T* from, T* to, nint first, nint end)
        where T : unmanaged
    {
        if (crossed > 0)
            for (; first < end; first++) Tile(some, from, to, first);
        else if (axes.Length == 1)
            Row(from + first * some->Source, some->Source, to + first * some->Target, some->Target, end - first);
        else Rows(some, from, to, first, end);
    }

    // The rows from first to end, those along the last axis but one together.
    void Rows<T>(Axis* some, T* from, T* to, nint first, nint end)
        where T : unmanaged
    {
        while (first < end)
        {
            var (rest, row) = Math.DivRem(first, some[1].Length);
            nint source = row * some[1].Source, target = row * some[1].Target;
            for (var i = 2; i < axes.Length; i++)
            {
                (rest, var index) = Math.DivRem(rest, some[i].Length);
                source += index * some[i].Source;
                target += index * some[i].Target;
            }

            var count = Math.Min(some[1].Length - row, end - first);
            Rows(some[0], some[1] with { Length = count }, from + source, to + target);
            first += count;
        }
    }

    static void Rows<T>(Axis row, Axis rows, T* from, T* to)
        where T : unmanaged
    {
        if (row is { Source: 1, Target: 1 } && row.Length * sizeof(T) <= LongestPiece)
            Pieces((byte*)from, rows.Source * sizeof(T), (byte*)to, rows.Target * sizeof(T), row.Length * sizeof(T),
                rows.Length);
        else if (row.Length <= ShortRow && rows.Length > row.Length && row is not { Target: 1, Source: 0 or 1 })
            Columns(row, rows, from, to);
        else
            for (nint i = 0; i < rows.Length; i++, from += rows.Source, to += rows.Target)
                Row(from, row.Source, to, row.Target, row.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Pieces(byte* from, nint fromRow, byte* to, nint toRow, nint bytes, nint rows)
    {
        for (; rows > 0; rows--, from += fromRow, to += toRow) Piece(from, to, bytes);
    }

    /// <summary>
    /// Copies a piece of memory, often a short one: by whole vectors, the last of which overlaps the one before.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Piece(byte* from, byte* to, nint bytes)
    {
        if (bytes > LongestPiece) Stretch(from, to, bytes);
        else if (bytes >= Vector256<byte>.Count)
        {
            var last = bytes - Vector256<byte>.Count;
            for (nint i = 0; i < last; i += Vector256<byte>.Count) Vector256.Load(from + i).Store(to + i);
            Vector256.Load(from + last).Store(to + last);
        }
        else if (bytes >= Vector128<byte>.Count)
        {
            var last = Vector128.Load(from + bytes - Vector128<byte>.Count);
            Vector128.Load(from).Store(to);
            last.Store(to + bytes - Vector128<byte>.Count);
        }
        else if (bytes >= sizeof(long))
        {
            var last = *(long*)(from + bytes - sizeof(long));
            *(long*)to = *(long*)from;
            *(long*)(to + bytes - sizeof(long)) = last;
        }
        else
        {
            for (; bytes > 0; bytes--) *to++ = *from++;
        }
    }

    // Zen 4 and 5 take twenty times as long for the instruction by which the C library copies where the target lies a
    // few bytes ahead of the source, but for whole pages: https://sourceware.org/bugzilla/show_bug.cgi?id=30994.
    static void Stretch(byte* from, byte* to, nint bytes)
    {
        if (bytes > LongestPiece && ((to - from) & (PageBytes - 1)) is > 0 and < FewBytes) Vectors(from, to, bytes);
        else Buffer.MemoryCopy(from, to, bytes, bytes);
    }

    // By whole vectors from the end, so that none is loaded from where one was just stored but for whole pages, which
    // waits for the store; the last overlaps the one before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Vectors(byte* from, byte* to, nint bytes)
    {
        for (; bytes > Vector512<byte>.Count; bytes -= Vector512<byte>.Count)
            Vector512.Load(from + bytes - Vector512<byte>.Count).Store(to + bytes - Vector512<byte>.Count);
        Vector512.Load(from).Store(to);
    }

    // Short rows that are no pieces of memory, column by column.
    static void Columns<T>(Axis row, Axis rows, T* from, T* to)
        where T : unmanaged
    {
        for (nint done = 0; done < rows.Length; done += BlockRows)
        {
            var count = Math.Min(BlockRows, rows.Length - done);
            for (nint i = 0; i < row.Length; i++)
                Row(from + i * row.Source, rows.Source, to + i * row.Target, rows.Target, count);
            from += count * rows.Source;
            to += count * rows.Target;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Row<T>(T* from, nint fromStep, T* to, nint toStep, nint count)
        where T : unmanaged
    {
        if (fromStep == 1 && toStep == 1)
        {
            Stretch((byte*)from, (byte*)to, count * sizeof(T));
            return;
        }

        if (fromStep == 0 && toStep == 1)
        {
            for (; count > int.MaxValue; count -= int.MaxValue, to += int.MaxValue)
                new Span<T>(to, int.MaxValue).Fill(*from);
            new Span<T>(to, (int)count).Fill(*from);
            return;
        }

        for (; count >= 4; count -= 4, from += 4 * fromStep, to += 4 * toStep)
        {
            var (a, b, c, d) = (from[0], from[fromStep], from[2 * fromStep], from[3 * fromStep]);
            (to[0], to[toStep], to[2 * toStep], to[3 * toStep]) = (a, b, c, d);
        }

        for (; count > 0; count--, from += fromStep, to += toStep) *to = *from;
    }

    static nint Tiles(Axis axis) => (axis.Length + TileSide - 1) / TileSide;

    // Tiles follow each other as they lie in the target.
    void Tile<T>(Axis* some, T* from, T* to, nint tile)
        where T : unmanaged
    {
        nint columns = 0, rows = 0;
        for (var i = 0; i < axes.Length; i++)
        {
            var isCut = i == 0 || i == crossed;
            (tile, var index) = Math.DivRem(tile, isCut ? Tiles(some[i]) : some[i].Length);
            if (isCut) index *= TileSide;
            from += index * some[i].Source;
            to += index * some[i].Target;
            var length = Math.Min(TileSide, some[i].Length - index);
            if (i == 0) columns = length;
            else if (i == crossed) rows = length;
        }

        Transposition.Copy(columns, rows, from, some[0].Source, to, some[crossed].Target);
    }

    static Axis[] Collapsed(
        ReadOnlySpan<nint> shape, ReadOnlySpan<nint> source, ReadOnlySpan<nint> target, bool isFirstApart)
    {
        var axes = new List<Axis>();
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            if (shape[i] == 1) continue;
            if (axes.Count > 0 && !(isFirstApart && i == 0) && axes[^1] is var inner &&
                source[i] == inner.Source * inner.Length && target[i] == inner.Target * inner.Length)
                axes[^1] = inner with { Length = inner.Length * shape[i] };
            else axes.Add(new(shape[i], source[i], target[i]));
        }
        return axes.Count == 0 ? [new(1, 1, 1)] : [.. axes];
    }
}
