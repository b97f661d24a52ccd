using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// The fold along one axis of <paramref name="length"/> rows of <paramref name="inner"/> contiguous elements, on one
/// thread, in the order that <see cref="Reduction"/> states. No element at or beyond <paramref name="end"/> is read.
/// </summary>
internal readonly unsafe struct ReductionAxis<T, F>(nint length, nint inner, T* end)
    where T : unmanaged
    where F : struct, IFold<T>
{
    readonly T* end = end;

    static int Lanes => Folded.LaneBytes / sizeof(T);

    public readonly nint Length = length;
    public readonly nint Inner = inner;
    // Rows that go into the lanes side by side.
    public readonly nint Group = Folded.Group(inner, sizeof(T));

    /// <summary>The rows of a leaf.</summary>
    public nint Leaf => Folded.Steps * Group;

    /// <summary>y[j] = the fold of x[r * Inner + j] over r below rows, for j below width.</summary>
    public void Tree(T* x, nint rows, nint width, T* y)
    {
        if (rows <= Leaf)
        {
            FoldLeaf(x, rows, width, y);
            return;
        }

        var depth = BitOperations.Log2((nuint)((rows - 1) / Leaf)) + 1;
        Branch(x, rows, width, y, (T*)Scratch.Take(depth * width * sizeof(T)));
    }

    /// <summary>y[i] = the fold of row i of so many contiguous rows of Length elements: Inner is 1.</summary>
    [MethodImpl(Compiled.Apart)]
    public void Rows(T* x, nint rows, T* y)
    {
        if (Length > Leaf)
        {
            for (; rows > 0; rows--, x += Length, y++) Tree(x, Length, 1, y);
            return;
        }

        // Where there are registers for the lanes of four rows.
        var apart = Vector512.IsHardwareAccelerated && Length % Lanes == 0 ? rows / 4 : 0;
        for (nint row = 0; row < apart; row++) FourRows(x + row * Length, apart, y + row);
        var (done, alone) = (4 * apart, Math.Max(4 * apart, rows - NearEnd(x, rows)));
        for (; done < alone; done++) y[done] = FoldRow(x + done * Length, Length);
        for (; done < rows; done++) y[done] = FoldCopy(x + done * Length, Length);
    }

    // How many rows, the last of so many, have less behind them than whole vectors of a row reach.
    nint NearEnd(T* x, nint rows)
    {
        var missing = Behind(Length) - (nint)(end - (x + rows * Length));
        return missing <= 0 ? 0 : Math.Min(rows, (missing + Length - 1) / Length);
    }

    // How many elements a row's last vector reaches behind it.
    static nint Behind(nint count) => -count & (Vector512<T>.Count - 1);

    void Branch(T* x, nint rows, nint width, T* y, T* scratch)
    {
        if (rows <= Leaf)
        {
            FoldLeaf(x, rows, width, y);
            return;
        }

        var left = Leaf << BitOperations.Log2((nuint)((rows - 1) / Leaf));
        Branch(x, left, width, y, scratch);
        Branch(x + left * Inner, rows - left, width, scratch, scratch + width);
        Combine(y, scratch, width);
    }

    [MethodImpl(Compiled.Apart)]
    void FoldLeaf(T* x, nint rows, nint width, T* y)
    {
        if (Inner == 1) *y = x + rows + Behind(rows) <= end ? FoldRow(x, rows) : FoldCopy(x, rows);
        else if (Group > 1) FoldNarrow(x, rows, y);
        else FoldColumns(x, rows, width, y);
    }

    /// <summary>x[j] = fold of x[j] and y[j].</summary>
    [MethodImpl(Compiled.Apart)]
    public static void Combine(T* x, T* y, nint width)
    {
        nint j = 0;
        for (; j <= width - Vector512<T>.Count; j += Vector512<T>.Count)
            F.Combine(Vector512.Load(x + j), Vector512.Load(y + j)).Store(x + j);
        for (; j < width; j++) x[j] = F.Combine(x[j], y[j]);
    }

    // A row of at most a leaf, in memory that goes on behind it. Loops of rows hold no such call: the lanes of all rows
    // would lie on the stack for its sake.
    [MethodImpl(Compiled.Apart), SkipLocalsInit]
    static T FoldCopy(T* x, nint count)
    {
        var copy = stackalloc T[(Folded.Steps + 1) * Lanes];
        Buffer.MemoryCopy(x, copy, count * sizeof(T), count * sizeof(T));
        return FoldRow(copy, count);
    }

    // The lanes are four vectors. What the last of a row's vectors reads behind it is dropped.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T FoldRow(T* x, nint count)
    {
        var size = Vector512<T>.Count;
        var a0 = Vector512.Create(F.Identity);
        var (a1, a2, a3) = (a0, a0, a0);
        for (; count >= Lanes; count -= Lanes, x += Lanes)
        {
            a0 = F.Combine(a0, Vector512.Load(x));
            a1 = F.Combine(a1, Vector512.Load(x + size));
            a2 = F.Combine(a2, Vector512.Load(x + 2 * size));
            a3 = F.Combine(a3, Vector512.Load(x + 3 * size));
        }

        if (count > 0) a0 = F.Combine(a0, Part(x, count));
        if (count > size) a1 = F.Combine(a1, Part(x + size, count - size));
        if (count > 2 * size) a2 = F.Combine(a2, Part(x + 2 * size, count - 2 * size));
        if (count > 3 * size) a3 = F.Combine(a3, Part(x + 3 * size, count - 3 * size));
        return FoldRowLanes(a0, a1, a2, a3);
    }

    // Rows that lie so many rows apart: memory is asked at four places at once, and each row is folded as if alone.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void FourRows(T* x, nint apart, T* y)
    {
        var size = Vector512<T>.Count;
        T* x1 = x + apart * Length, x2 = x1 + apart * Length, x3 = x2 + apart * Length;
        var a0 = Vector512.Create(F.Identity);
        var (a1, a2, a3) = (a0, a0, a0);
        var (b0, b1, b2, b3) = (a0, a0, a0, a0);
        var (c0, c1, c2, c3) = (a0, a0, a0, a0);
        var (d0, d1, d2, d3) = (a0, a0, a0, a0);
        for (nint at = 0; at < Length; at += Lanes)
        {
            a0 = F.Combine(a0, Vector512.Load(x + at));
            a1 = F.Combine(a1, Vector512.Load(x + at + size));
            a2 = F.Combine(a2, Vector512.Load(x + at + 2 * size));
            a3 = F.Combine(a3, Vector512.Load(x + at + 3 * size));
            b0 = F.Combine(b0, Vector512.Load(x1 + at));
            b1 = F.Combine(b1, Vector512.Load(x1 + at + size));
            b2 = F.Combine(b2, Vector512.Load(x1 + at + 2 * size));
            b3 = F.Combine(b3, Vector512.Load(x1 + at + 3 * size));
            c0 = F.Combine(c0, Vector512.Load(x2 + at));
            c1 = F.Combine(c1, Vector512.Load(x2 + at + size));
            c2 = F.Combine(c2, Vector512.Load(x2 + at + 2 * size));
            c3 = F.Combine(c3, Vector512.Load(x2 + at + 3 * size));
            d0 = F.Combine(d0, Vector512.Load(x3 + at));
            d1 = F.Combine(d1, Vector512.Load(x3 + at + size));
            d2 = F.Combine(d2, Vector512.Load(x3 + at + 2 * size));
            d3 = F.Combine(d3, Vector512.Load(x3 + at + 3 * size));
        }

        y[0] = FoldRowLanes(a0, a1, a2, a3);
        y[apart] = FoldRowLanes(b0, b1, b2, b3);
        y[2 * apart] = FoldRowLanes(c0, c1, c2, c3);
        y[3 * apart] = FoldRowLanes(d0, d1, d2, d3);
    }

    /// <summary>The lanes of a row's leaf, folded by halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T FoldRowLanes(Vector512<T> a0, Vector512<T> a1, Vector512<T> a2, Vector512<T> a3) =>
        FoldLanes(F.Combine(F.Combine(a0, a2), F.Combine(a1, a3)));

    // The first elements of a vector, identities after them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<T> Part(T* x, nint count)
    {
        var valid = Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(Position(count)));
        return Vector512.ConditionalSelect(valid, Vector512.Load(x), Vector512.Create(F.Identity));
    }

    // A small number in the format of an element: its bits for integers, its value for the floating-point formats.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Position(nint count)
    {
        if (typeof(T) == typeof(float)) return Unsafe.BitCast<float, T>(count);
        if (typeof(T) == typeof(double)) return Unsafe.BitCast<double, T>(count);
        if (typeof(T) == typeof(long)) return Unsafe.BitCast<long, T>(count);
        return typeof(T) == typeof(int) ? Unsafe.BitCast<int, T>((int)count) : Unsafe.BitCast<byte, T>((byte)count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T FoldLanes(Vector512<T> lanes)
    {
        lanes = F.Combine(lanes, lanes.GetUpper().ToVector512());
        if (Vector512<T>.Count > 8) lanes = F.Combine(lanes, lanes.GetLower().GetUpper().ToVector256().ToVector512());
        return sizeof(T) < sizeof(int) ? FoldMany(lanes) : FoldFour(lanes.GetLower());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T FoldFour(Vector256<T> lanes) => F.Combine(
        F.Combine(lanes.GetElement(0), lanes.GetElement(2)), F.Combine(lanes.GetElement(1), lanes.GetElement(3)));

    static T FoldMany(Vector512<T> lanes)
    {
        var elements = (T*)&lanes;
        for (var half = Vector512<T>.Count / 8; half > 0; half /= 2)
            for (var i = 0; i < half; i++) elements[i] = F.Combine(elements[i], elements[i + half]);
        return *elements;
    }

    // Few columns: a step takes Group rows at once, lane and column side by side in four vectors. What the vectors
    // read beyond a step is not used; where it would lie beyond the leaf, the rest of the leaf is copied first.
    [MethodImpl(Compiled.Apart), SkipLocalsInit]
    void FoldNarrow(T* x, nint rows, T* y)
    {
        var step = Group * Inner;
        var whole = rows * Inner >= Lanes ? ((rows * Inner - Lanes) / step + 1) * step : 0;
        var rest = rows * Inner - whole;
        var memory = stackalloc T[3 * Lanes];
        new Span<T>(memory, 3 * Lanes).Fill(F.Identity);
        FoldSteps(x, whole, step, memory);
        if (rest > 0)
        {
            Buffer.MemoryCopy(x + whole, memory + Lanes, Lanes * sizeof(T), rest * sizeof(T));
            FoldSteps(memory + Lanes, rest, step, memory);
        }

        for (var half = Group / 2; half > 0; half /= 2) Combine(memory, memory + half * Inner, half * Inner);
        Buffer.MemoryCopy(memory, y, Inner * sizeof(T), Inner * sizeof(T));
    }

    // Takes so many elements into the lanes. A method of its own, as around a call lanes would leave the registers.
    [MethodImpl(Compiled.Apart)]
    static void FoldSteps(T* x, nint count, nint step, T* lanes)
    {
        var size = Vector512<T>.Count;
        var (a0, a1) = (Vector512.Load(lanes), Vector512.Load(lanes + size));
        var (a2, a3) = (Vector512.Load(lanes + 2 * size), Vector512.Load(lanes + 3 * size));
        for (; count > 0; count -= step, x += step)
        {
            a0 = F.Combine(a0, Vector512.Load(x));
            a1 = F.Combine(a1, Vector512.Load(x + size));
            a2 = F.Combine(a2, Vector512.Load(x + 2 * size));
            a3 = F.Combine(a3, Vector512.Load(x + 3 * size));
        }

        a0.Store(lanes);
        a1.Store(lanes + size);
        a2.Store(lanes + 2 * size);
        a3.Store(lanes + 3 * size);
    }

    // Many columns: eight rows at a time, so that the sums in y are touched once for eight elements read.
    [MethodImpl(Compiled.Apart)]
    void FoldColumns(T* x, nint rows, nint width, T* y)
    {
        new Span<T>(y, (int)width).Fill(F.Identity);
        for (; rows >= 8; rows -= 8, x += 8 * Inner) EightRows(x, width, y);
        for (; rows > 0; rows--, x += Inner) Combine(y, x, width);
    }

    [MethodImpl(Compiled.Apart)]
    void EightRows(T* x, nint width, T* y)
    {
        nint j = 0;
        for (; j <= width - Vector512<T>.Count; j += Vector512<T>.Count)
        {
            var row = x + j;
            var sum = F.Combine(Vector512.Load(y + j), Vector512.Load(row));
            sum = F.Combine(sum, Vector512.Load(row += Inner));
            sum = F.Combine(sum, Vector512.Load(row += Inner));
            sum = F.Combine(sum, Vector512.Load(row += Inner));
            sum = F.Combine(sum, Vector512.Load(row += Inner));
            sum = F.Combine(sum, Vector512.Load(row += Inner));
            sum = F.Combine(sum, Vector512.Load(row += Inner));
            F.Combine(sum, Vector512.Load(row + Inner)).Store(y + j);
        }

        for (; j < width; j++)
            for (var r = 0; r < 8; r++) y[j] = F.Combine(y[j], x[r * Inner + j]);
    }
}
