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

    protected Ints Size { get; } = size;

    protected int Height { get; } = instruction.Operands[0].Shape[^2];

    protected int Width { get; } = instruction.Operands[0].Shape[^1];

    protected int Columns { get; } = instruction.Results[0].Shape[^1];

    private int PlaneRows { get; } = instruction.Results[0].Shape[^2];

    public override void Run(Frame frame)
    {
        if (y.Shape.Size == 0)
            return;
        var rows = y.Shape.Size / Columns;
        var parts = (int)Math.Min(frame.Workers.Threads, y.Shape.Size * (long)Size[0] * Size[1] / WorthAThread);
        if (parts <= 1)
            Rows(frame, 0, rows);
        else
            Share(frame, rows, Math.Min(parts, rows));
    }

    /// <summary>A row of places, of a plane that begins here.</summary>
    protected abstract void Row(T* plane, int row, TResult* to);

    private void Share(Frame frame, int rows, int parts) => frame.Workers.Run(parts, part =>
        Rows(frame, (int)((long)rows * part / parts), (int)((long)rows * (part + 1) / parts)));

    private void Rows(Frame frame, int first, int end)
    {
        for (var row = first; row < end; row++)
        {
            var (plane, inPlane) = Math.DivRem(row, PlaneRows);
            Row(
                frame.At<T>(x) + ((nint)plane * Height * Width), inPlane, frame.At<TResult>(y) + ((nint)row * Columns));
        }
    }
}

/// <summary>Each sum starts from 0 and takes what the window sees by rows of taps.</summary>
internal sealed unsafe class WindowSumKernel<T> : WindowKernel<T, T> where T : unmanaged, INumber<T>
{
    private readonly Progression[] seen;

    public WindowSumKernel(Instruction instruction)
        : base(instruction, ((WindowSum)instruction.Primitive).Window, ((WindowSum)instruction.Primitive).Size) =>
        seen = [.. Enumerable.Range(0, Size[1]).Select(SeenBy)];

    protected override void Row(T* plane, int row, T* to)
    {
        new Span<T>(to, Columns).Clear();
        for (var ty = 0; ty < Size[0]; ty++)
        {
            var element = Window.Element(0, row, ty, Height);
            if (element < 0)
                continue;
            var from = plane + ((nint)element * Width);
            foreach (var tap in seen)
                Add(from + tap.Element, tap.ElementStep, to + tap.Place, tap.PlaceStep, tap.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    /// <summary>The places from which a column of taps sees an element, and those elements: both in even steps.</summary>
    private readonly record struct Progression(int Place, int PlaceStep, int Element, int ElementStep, int Count);
}

/// <summary>Tap by tap, of some places of a row at a time, which stay in the first cache.</summary>
internal sealed unsafe class WindowArgMaxKernel<T>(Instruction instruction) : WindowKernel<T, int>(
    instruction, ((WindowArgMax)instruction.Primitive).Window, ((WindowArgMax)instruction.Primitive).Size)
    where T : unmanaged, INumber<T>
{
    private const int Chunk = 64;

    private static readonly T Least = T.CreateSaturating(double.NegativeInfinity);

    private readonly nint step = ((WindowArgMax)instruction.Primitive).Strides[1];

    protected override void Row(T* plane, int row, int* to)
    {
        var seen = stackalloc T[Chunk];
        var best = stackalloc T[Chunk];
        var taps = stackalloc T[Chunk];
        for (var start = 0; start < Columns; start += Chunk)
        {
            var count = Math.Min(Chunk, Columns - start);
            new Span<T>(best, Chunk).Fill(Least);
            new Span<T>(taps, Chunk).Fill(-T.One);
            for (var ty = 0; ty < Size[0]; ty++)
            {
                var element = Window.Element(0, row, ty, Height);
                if (element < 0)
                    continue;
                for (var tx = 0; tx < Size[1]; tx++)
                {
                    Look(plane + ((nint)element * Width), First(start) + tx, count, seen);
                    Choose(seen, T.CreateTruncating((ty * Size[1]) + tx), best, taps, count);
                }
            }
            for (var i = 0; i < count; i++)
                to[start + i] = Place(row, start + i, int.CreateTruncating(taps[i]));
        }
    }

    private nint First(int column) => (column * step) - Window.Before[1];

    /// <summary>What a tap sees from so many places: what is less than all where there is nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Look(T* row, nint column, int count, T* to)
    {
        if (column >= 0 && column + ((count - 1) * step) < Width)
        {
            for (var i = 0; i < count; i++, column += step)
                to[i] = row[column];
            return;
        }
        for (var i = 0; i < count; i++, column += step)
            to[i] = column >= 0 && column < Width ? row[column] : Least;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Choose(T* seen, T tap, T* best, T* taps, int count)
    {
        var all = Vector512.Create(tap);
        for (var i = 0; i < count; i += Vector512<T>.Count)
        {
            var (x, y) = (Vector512.Load(seen + i), Vector512.Load(best + i));
            // The first NaN wins over all.
            var wins = Vector512.GreaterThan(x, y) | Vector512.AndNot(Vector512.Equals(y, y), Vector512.Equals(x, x));
            Vector512.ConditionalSelect(wins, x, y).Store(best + i);
            Vector512.ConditionalSelect(wins, all, Vector512.Load(taps + i)).Store(taps + i);
        }
    }

    // Where nothing won, all that is seen is least: the first of it.
    private int Place(int row, int column, int tap)
    {
        var (ty, tx) = Math.DivRem(tap, Size[1]);
        var (y, x) = ((row * Window.Strides[0]) - Window.Before[0], (int)First(column));
        if (tap < 0)
            (ty, tx) = (Math.Max(0, -y), Math.Max(0, -x));
        return ((y + ty) * Width) + x + tx;
    }
}
