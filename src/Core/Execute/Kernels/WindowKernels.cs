using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>What sliding a window over each plane of an array shares: threads take rows of places.</summary>
internal abstract unsafe class WindowKernel<T, TResult>(Instruction instruction, Window window, Ints size) : Kernel
    where T : unmanaged
    where TResult : unmanaged
{
    // Fewer elements seen than this are not worth waking a thread for.
    private const long WorthAThread = 1 << 15;

    private readonly View x = instruction.Operands[0];
    private readonly View y = instruction.Results[0];

    protected Window Window { get; } = window;

    protected int TapRows { get; } = size[0];

    protected int TapColumns { get; } = size[1];

    protected int Height { get; } = instruction.Operands[0].Shape[^2];

    protected int Width { get; } = instruction.Operands[0].Shape[^1];

    protected int Columns { get; } = instruction.Results[0].Shape[^1];

    protected int PlaceRows { get; } = instruction.Results[0].Shape[^2];

    public override void Run(Frame frame)
    {
        if (y.Shape.Size == 0)
            return;
        var rows = y.Shape.Size / Columns;
        var parts = (int)Math.Min(frame.Workers.Threads, y.Shape.Size * (long)TapRows * TapColumns / WorthAThread);
        if (parts <= 1)
            Rows(frame, 0, rows);
        else
            Share(frame, rows, Math.Min(parts, rows));
    }

    /// <summary>A row of places, of a plane of an array.</summary>
    protected abstract void Row(T* all, T* plane, int row, TResult* to);

    private void Share(Frame frame, int rows, int parts) => frame.Workers.Run(
        parts, (Kernel: this, frame, rows, parts), static (s, part) => s.Kernel.Rows(
            s.frame, (int)((long)s.rows * part / s.parts), (int)((long)s.rows * (part + 1) / s.parts)));

    private void Rows(Frame frame, int first, int end)
    {
        for (var row = first; row < end; row++)
        {
            var (plane, inPlane) = Math.DivRem(row, PlaceRows);
            var all = frame.At<T>(x);
            Row(all, all + ((nint)plane * Height * Width), inPlane, frame.At<TResult>(y) + ((nint)row * Columns));
        }
    }
}

/// <summary>Each sum starts from 0 and takes what the window sees by rows of taps.</summary>
internal sealed unsafe class WindowSumKernel<T> : WindowKernel<T, T> where T : unmanaged, INumber<T>
{
    private readonly Progression[] seen;

    // For each row of places, and of taps, the row that is seen, or -1.
    private readonly int[] rows;

    public WindowSumKernel(Instruction instruction)
        : base(instruction, ((WindowSum)instruction.Primitive).Window, ((WindowSum)instruction.Primitive).Size)
    {
        seen = [.. Enumerable.Range(0, TapColumns).Select(SeenBy)];
        rows =
        [
            .. from row in Enumerable.Range(0, PlaceRows)
               from tap in Enumerable.Range(0, TapRows)
               select Window.Element(0, row, tap, Height),
        ];
    }

    protected override void Row(T* all, T* plane, int row, T* to)
    {
        new Span<T>(to, Columns).Clear();
        foreach (var element in rows.AsSpan(row * TapRows, TapRows))
        {
            if (element < 0)
                continue;
            var from = plane + ((nint)element * Width);
            foreach (var tap in seen)
                Add(from + tap.Element, tap.ElementStep, to + tap.Place, tap.PlaceStep, tap.Count);
        }
    }

    [MethodImpl(Compiled.Apart)]
    private static void Add(T* from, nint fromStep, T* to, nint toStep, nint count)
    {
        nint i = 0;
        if (fromStep == 1 && toStep == 1)
        {
            for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
                (Vector512.Load(to + i) + Vector512.Load(from + i)).Store(to + i);
        }
        for (; i < count; i++)
            to[i * toStep] += from[i * fromStep];
    }

    private Progression SeenBy(int tap)
    {
        var places = Enumerable.Range(0, Columns).Where(p => Window.Element(1, p, tap, Width) >= 0).ToArray();
        if (places.Length == 0)
            return default;
        var elements = places.Take(2).Select(p => Window.Element(1, p, tap, Width)).ToArray();
        return places.Length == 1
            ? new(places[0], 1, elements[0], 1, 1)
            : new(places[0], places[1] - places[0], elements[0], elements[1] - elements[0], places.Length);
    }

    /// <summary>
    /// The places from which a column of taps sees an element, and those elements: both in even steps.
    /// </summary>
    private readonly record struct Progression(int Place, int PlaceStep, int Element, int ElementStep, int Count);
}

/// <summary>A vector of places at a time, tap by tap.</summary>
internal sealed unsafe class WindowArgMaxKernel<T> : WindowKernel<T, int> where T : unmanaged, INumber<T>
{
    private static readonly T Least = T.CreateSaturating(double.NegativeInfinity);

    private readonly int down;
    private readonly int step;
    private readonly int above;
    private readonly int before;

    // Elements from the beginning of the array on, of which vectors may be read.
    private readonly nint size;

    public WindowArgMaxKernel(Instruction instruction)
        : base(instruction, ((WindowArgMax)instruction.Primitive).Window, ((WindowArgMax)instruction.Primitive).Size)
    {
        (down, step, above, before) = (Window.Strides[0], Window.Strides[1], Window.Before[0], Window.Before[1]);
        size = instruction.Operands[0].Shape.Size;
    }

    protected override void Row(T* all, T* plane, int row, int* to)
    {
        var (lanes, first) = (Vector512<T>.Count, (row * down) - above);
        var (top, bottom) = (Math.Max(0, first), Math.Min(Height, first + TapRows));
        var offsets = stackalloc int[lanes];
        for (var start = 0; start < Columns; start += lanes)
        {
            var (column, count) = ((start * step) - before, Math.Min(lanes, Columns - start));
            var last = plane + ((nint)(bottom - 1) * Width) + column + TapColumns - 1;
            var isInside = column >= 0 && column + ((count - 1) * step) + TapColumns <= Width && step <= 2 &&
                last - all + (step * lanes) <= size;
            var chosen = isInside
                ? Choose(plane + ((nint)top * Width) + column, bottom - top, (top - first) * Width)
                : ChooseAtEdge(plane + ((nint)top * Width), bottom - top, (top - first) * Width, column, count);
            Integers(chosen, offsets);
            var place = (first * Width) + column;
            for (var i = 0; i < count; i++, place += step)
                to[start + i] = place + offsets[i];
            if (Vector512.LessThanAny(chosen, Vector512<T>.Zero))
                TakeFirst(first, column, count, offsets, to + start);
        }
    }

    /// <summary>
    /// How far behind what the first tap would see lies what wins, at each place of a vector of them; -1 where all is
    /// least. Nothing is called, so that all stays in registers.
    /// </summary>
    /// <param name="from">What the first tap sees that sees something.</param>
    /// <param name="rows">How many rows of taps do.</param>
    /// <param name="offset">How far it lies behind what the first tap would see.</param>
    [MethodImpl(Compiled.Apart)]
    private Vector512<T> Choose(T* from, int rows, int offset)
    {
        var (best, offsets) = (Vector512.Create(Least), Vector512.Create(-T.One));
        for (; rows > 0; rows--, from += Width, offset += Width)
        {
            for (var tap = 0; tap < TapColumns; tap++)
            {
                var x = Vector512.Load(from + tap);
                if (step == 2)
                    x = Even(x, Vector512.Load(from + tap + Vector512<T>.Count));
                Take(x, offset + tap, ref best, ref offsets);
            }
        }
        return offsets;
    }

    /// <summary>As the other, of so many places, from some of which taps see beyond a row.</summary>
    private Vector512<T> ChooseAtEdge(T* row, int rows, int offset, int column, int count)
    {
        var (best, offsets) = (Vector512.Create(Least), Vector512.Create(-T.One));
        for (; rows > 0; rows--, row += Width, offset += Width)
        {
            for (var tap = 0; tap < TapColumns; tap++)
                Take(Gathered(row, column + tap, count), offset + tap, ref best, ref offsets);
        }
        return offsets;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(Vector512<T> x, int offset, ref Vector512<T> best, ref Vector512<T> offsets)
    {
        // The first NaN wins over all.
        var wins = Vector512.GreaterThan(x, best) |
            Vector512.AndNot(Vector512.Equals(best, best), Vector512.Equals(x, x));
        best = Vector512.ConditionalSelect(wins, x, best);
        offsets = Vector512.ConditionalSelect(wins, Vector512.Create(T.CreateTruncating(offset)), offsets);
    }

    /// <summary>Where nothing won, all that is seen is least: the first of it.</summary>
    private void TakeFirst(int first, int column, int count, int* offsets, int* to)
    {
        for (var i = 0; i < count; i++, column += step)
        {
            if (offsets[i] < 0)
                to[i] = (Math.Max(0, first) * Width) + Math.Max(0, column);
        }
    }

    private static void Integers(Vector512<T> x, int* to)
    {
        if (typeof(T) == typeof(float))
        {
            Vector512.ConvertToInt32(x.AsSingle()).Store(to);
            return;
        }
        for (var i = 0; i < Vector512<T>.Count; i++)
            to[i] = int.CreateTruncating(x[i]);
    }

    /// <summary>What a tap sees from so many places: what is less than all where there is nothing.</summary>
    private Vector512<T> Gathered(T* row, int column, int count)
    {
        var seen = stackalloc T[Vector512<T>.Count];
        for (var i = 0; i < Vector512<T>.Count; i++, column += step)
            seen[i] = i < count && column >= 0 && column < Width ? row[column] : Least;
        return Vector512.Load(seen);
    }

    /// <summary>Every other element of two vectors. A shuffle gives 0 for a place beyond the vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Even(Vector512<T> x, Vector512<T> y)
    {
        if (sizeof(T) == sizeof(int))
        {
            var low = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 16, 16, 16, 16, 16, 16, 16);
            var high = Vector512.Create(16, 16, 16, 16, 16, 16, 16, 16, 0, 2, 4, 6, 8, 10, 12, 14);
            return (Vector512.Shuffle(x.AsInt32(), low) | Vector512.Shuffle(y.AsInt32(), high)).As<int, T>();
        }
        var (front, back) = (Vector512.Create(0L, 2, 4, 6, 8, 8, 8, 8), Vector512.Create(8L, 8, 8, 8, 0, 2, 4, 6));
        return (Vector512.Shuffle(x.AsInt64(), front) | Vector512.Shuffle(y.AsInt64(), back)).As<long, T>();
    }
}
