using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

/// <summary>
/// What gathering and scattering share: the way from an index and its place to the place that it points to. The index
/// is walked in row-major order, a row at a time; axes that lie one behind the other everywhere are walked as one.
/// </summary>
internal abstract unsafe class IndexKernel<TIndex> : Kernel where TIndex : unmanaged, IBinaryInteger<TIndex>
{
    private readonly string name;
    private readonly View index;
    private readonly Shape indexed;
    private readonly int axis;
    private readonly nuint length;

    /// <summary>
    /// Of each axis the length, and how far a step along it goes in the indexed array and in the index.
    /// </summary>
    private readonly (int Length, nint Beside, nint Step)[] axes;

    protected IndexKernel(Instruction instruction, int axis, Shape indexed, Layout layout)
    {
        (name, index, this.indexed, this.axis) = (instruction.Primitive.Name, instruction.Operands[1], indexed, axis);
        (Along, length) = (layout.Strides[axis], (nuint)indexed[axis]);
        axes = Joined([.. index.Shape.Select((length, a) =>
            (length, a == axis ? 0 : (nint)layout.Strides[a], (nint)index.Layout.Strides[a]))]);
    }

    /// <summary>How far apart neighbours along the axis lie in the indexed array.</summary>
    protected nint Along { get; }

    /// <summary>How far apart in the indexed array the elements of a row lie but for the index.</summary>
    protected nint Beside => axes[^1].Beside;

    /// <summary>How far apart the pointers of a row lie.</summary>
    protected nint Step => axes[^1].Step;

    /// <summary>
    /// Whether rows of at most so many pointers, which are not one pointer each, are read several times, one time after
    /// the other.
    /// </summary>
    protected bool Repeats(int most) =>
        axes.Length > 1 && axes[^2].Step == 0 && Step != 0 && axes[^1].Length <= most;

    /// <summary>Does as many elements from a place of the index on.</summary>
    /// <param name="first">As given to <see cref="Walk"/>, as is second.</param>
    /// <param name="second">Of the other array.</param>
    /// <param name="place">Where the first of them lies in the row-major order of the index.</param>
    /// <param name="beside">Where in the indexed array it lies but for the index.</param>
    /// <param name="pointers">The index there.</param>
    /// <param name="count">How many elements, a step apart.</param>
    protected abstract void Row(
        void* first, void* second, nint place, nint beside, TIndex* pointers, int count);

    protected void Walk(Frame frame, int start, int count, void* first, void* second)
    {
        if (count == 0)
            return;
        var pointers = frame.At<TIndex>(index);
        Span<int> at = stackalloc int[axes.Length];
        nint beside = 0, from = 0;
        var rest = start;
        for (var a = axes.Length - 1; a >= 0; a--)
        {
            (rest, at[a]) = Math.DivRem(rest, axes[a].Length);
            beside += at[a] * axes[a].Beside;
            from += at[a] * axes[a].Step;
        }
        var inner = axes.Length - 1;
        for (var end = start + count; start < end;)
        {
            var row = Math.Min(axes[inner].Length - at[inner], end - start);
            Row(first, second, start, beside, pointers + from, row);
            start += row;
            beside -= at[inner] * Beside;
            from -= at[inner] * Step;
            at[inner] = 0;
            for (var a = inner - 1; a >= 0; a--)
            {
                beside += axes[a].Beside;
                from += axes[a].Step;
                if (++at[a] < axes[a].Length)
                    break;
                beside -= axes[a].Length * axes[a].Beside;
                from -= axes[a].Length * axes[a].Step;
                at[a] = 0;
            }
        }
    }

    /// <summary>How far along the axis a pointer points, in elements of the indexed array.</summary>
    protected nint Reached(TIndex pointer) => new Reach(this).Of(pointer);

    /// <summary>The way along the axis, for the loop over a row to hold: what that writes cannot change it.</summary>
    protected readonly struct Reach(IndexKernel<TIndex> kernel)
    {
        private readonly nuint length = kernel.length;
        private readonly nint along = kernel.Along;

        /// <summary>As <see cref="Reached"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public nint Of(TIndex pointer)
        {
            var place = nint.CreateTruncating(pointer);
            if ((nuint)place >= length)
                throw kernel.Outside(pointer);
            return place * along;
        }
    }

    private IndexException Outside(TIndex pointer) =>
        new($"{name}: index {pointer} is outside the {indexed[axis]} of axis {axis} of {indexed}");

    private static (int Length, nint Beside, nint Step)[] Joined((int Length, nint Beside, nint Step)[] axes)
    {
        var joined = new List<(int Length, nint Beside, nint Step)>();
        foreach (var axis in axes.Where(a => a.Length != 1).DefaultIfEmpty((1, 0, 0)))
        {
            if (joined.Count > 0 && joined[^1] is var outer && outer.Beside == axis.Length * axis.Beside &&
                outer.Step == axis.Length * axis.Step)
                joined[^1] = (outer.Length * axis.Length, axis.Beside, axis.Step);
            else
                joined.Add(axis);
        }
        return [.. joined];
    }
}

/// <summary>
/// Updates are added in row-major order on one thread, so that those that meet always add in that order.
/// </summary>
internal sealed unsafe class ScatterAddKernel<T, TIndex>(Instruction instruction) : IndexKernel<TIndex>(
    instruction, ((ScatterAdd)instruction.Primitive).Axis, instruction.Results[0].Shape, instruction.Results[0].Layout)
    where T : unmanaged, INumber<T>
    where TIndex : unmanaged, IBinaryInteger<TIndex>
{
    private readonly View x = instruction.Operands[0];
    private readonly View update = instruction.Operands[2];
    private readonly View y = instruction.Results[0];

    public override void Run(Frame frame)
    {
        var to = new Span<T>(frame.At<T>(y), y.Shape.Size);
        if (x.IsRowMajor)
            new ReadOnlySpan<T>(frame.At<T>(x), to.Length).CopyTo(to);
        else
            to.Fill(*frame.At<T>(x));
        Walk(frame, 0, update.Shape.Size, frame.At<T>(update), frame.At<T>(y));
    }

    protected override void Row(
        void* first, void* second, nint place, nint beside, TIndex* pointers, int count)
    {
        T* from = (T*)first + place, to = (T*)second + beside;
        if (Step == 0 && Beside == 1)
        {
            Add(from, to + Reached(*pointers), count);
            return;
        }
        var (beyond, step, reach) = (Beside, Step, new Reach(this));
        // Neighbours often point to one place: its sum then stays in a register, where adding to it takes half as long.
        var at = to + reach.Of(*pointers);
        var sum = *at;
        for (var end = from + count; from < end; from++, to += beyond, pointers += step)
        {
            var next = to + reach.Of(*pointers);
            if (next != at)
            {
                *at = sum;
                at = next;
                sum = *next;
            }
            sum += *from;
        }
        *at = sum;
    }

    private static void Add(T* from, T* to, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
            (Vector512.Load(to + i) + Vector512.Load(from + i)).Store(to + i);
        for (; i < count; i++)
            to[i] += from[i];
    }
}

internal sealed unsafe class IotaKernel<T>(Instruction instruction) : Kernel where T : unmanaged, INumber<T>
{
    private readonly View y = instruction.Results[0];
    private readonly int axis = ((Iota)instruction.Primitive).Axis;

    public override void Run(Frame frame)
    {
        var to = frame.At<T>(y);
        var (stride, length) = (y.Shape.Strides()[axis], y.Shape[axis]);
        for (var i = 0; i < y.Shape.Size; i++)
            to[i] = T.CreateTruncating(i / stride % length);
    }
}

internal sealed unsafe class DrawKernel<T>(Instruction instruction, Func<ulong, T> draw) : Kernel where T : unmanaged
{
    private readonly View keys = instruction.Operands[0];
    private readonly View y = instruction.Results[0];
    private readonly int draws = ((Draw)instruction.Primitive).Shape.Size;

    public override void Run(Frame frame) => InParts(frame, y.Shape.Size);

    protected override void Part(Frame frame, int start, int count)
    {
        var from = frame.At<long>(keys);
        var to = frame.At<T>(y);
        for (var i = start; i < start + count; i++)
            to[i] = draw(Threefry.Bits((ulong)from[i / draws], (ulong)(i % draws)));
    }
}
