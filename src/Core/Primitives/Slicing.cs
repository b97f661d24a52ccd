using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace DistGrad;

/// <summary>What to take along one axis: one element, which drops the axis, or a range, which keeps it.</summary>
/// <remarks>Made by conversion from an integer (a negative one counts from the back), an index or a range.</remarks>
public readonly struct AxisIndex
{
    private readonly Index start;
    private readonly Range? range;

    private AxisIndex(Index start, Range? range)
    {
        this.start = start;
        this.range = range;
    }

    /// <summary>One element; a negative number counts from the back.</summary>
    // The most negative number has no opposite; it lies outside of every axis, as its neighbour does.
    public static implicit operator AxisIndex(int index) =>
        new(index < 0 ? ^-Math.Max(index, -int.MaxValue) : index, null);

    /// <summary>One element.</summary>
    public static implicit operator AxisIndex(Index index) => new(index, null);

    /// <summary>A range of elements.</summary>
    public static implicit operator AxisIndex(Range range) => new(default, range);

    internal bool DropsAxis => range is null;

    internal (int Start, int Length) Within(int length, int axis, Shape shape)
    {
        var first = (range?.Start ?? start).GetOffset(length);
        var end = range?.End.GetOffset(length) ?? first + 1;
        return first >= 0 && end <= length && first <= end ? (first, end - first) : throw new IndexException(
            $"index: {(range is { } r ? r.ToString() : start.ToString())} is outside the {length} " +
            $"of axis {axis} of {shape}");
    }
}

public partial class Tensor
{
    /// <summary>
    /// The part that these indices and ranges name, one an axis from the front: <c>x[0]</c>,
    /// <c>x[^1, 1..3]</c>, <c>x[.., 2]</c>.
    /// </summary>
    [IndexerName("Part")]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public Tensor this[params AxisIndex[] indices]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(indices);
            if (indices.Length > Rank)
                throw new IndexException($"index: {indices.Length} indices for the {Rank} axes of {Shape}");
            var parts = Enumerable.Range(0, Rank)
                .Select(a => (a < indices.Length ? indices[a] : System.Range.All).Within(Shape[a], a, Shape)).ToArray();
            var slice = new Slice(
                [.. parts.Select(p => p.Start)], [.. parts.Select(p => p.Length)], Ints.Repeat(1, Rank));
            var dropped = Enumerable.Range(0, indices.Length).Where(a => indices[a].DropsAxis).ToArray();
            var part = slice.Lengths == Shape ? this : Apply(slice, this);
            return dropped.Length == 0 ? part : part.Squeeze(dropped);
        }
    }

    /// <summary>
    /// Every step-th element along an axis from start up to stop, as Python's slices: negative bounds count
    /// from the back, bounds outside are moved to the ends, and a missing one is an end. The step is
    /// positive; Flip reads backwards.
    /// </summary>
    public Tensor Slice(int axis, int? start = null, int? stop = null, int step = 1)
    {
        var along = Shape.Axis(axis, "slice");
        if (step <= 0)
            throw new IndexException($"slice: a step of {step}: steps are positive; Flip reads an axis backwards");
        var (first, last) = (Bound(start ?? 0), Bound(stop ?? Shape[along]));
        var length = last <= first ? 0 : ((last - first - 1) / step) + 1;
        return Apply(
            new Slice(
                [.. Enumerable.Range(0, Rank).Select(a => a == along ? first : 0)],
                Shape.With(along, length),
                [.. Enumerable.Range(0, Rank).Select(a => a == along ? step : 1)]),
            this);

        int Bound(int bound) => Math.Clamp(bound < 0 ? bound + Shape[along] : bound, 0, Shape[along]);
    }
}
